// Stop ends the control plane's processes and keeps its data; Status looks at them.
package plane

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"mlops-platform/control-plane/internal/process"
)

// stopPatience is what a component gets to end by itself; etcd loses nothing when it is killed.
const stopPatience = 10 * time.Second

// Stop ends every component; nothing running is fine too.
func (p *Plane) Stop(ctx context.Context) error {
	if !p.Exists() {
		return p.nothingThere()
	}
	unlock, err := p.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	return p.end()
}

func (p *Plane) end() error {
	if p.real() {
		return p.stopMachine()
	}
	return p.stop(p.components(), stopPatience)
}

// Status prints a table, and tells whether everything is up.
func (p *Plane) Status(ctx context.Context, output io.Writer) (up bool, err error) {
	if !p.Exists() {
		return false, p.nothingThere()
	}
	up = true
	table := tabwriter.NewWriter(output, 0, 0, 3, ' ', 0)
	fmt.Fprintln(table, "COMPONENT\tSTATE\tPID\tPORT\tUP FOR\tMEMORY")
	if p.real() {
		return p.machineStatus(ctx, table)
	}
	for _, c := range p.components() {
		row, healthy := p.statusOf(ctx, c)
		up = up && healthy
		fmt.Fprintln(table, row)
	}
	return up, table.Flush()
}

func (p *Plane) statusOf(ctx context.Context, c component) (row string, healthy bool) {
	port := "-"
	if number, has := p.settings.Ports[c.name]; has {
		port = fmt.Sprint(number)
	}
	record, err := p.process(c.name).Find()
	if err != nil || record == nil {
		return fmt.Sprintf("%s\tdown\t-\t%s\t-\t-", c.name, port), false
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	state := "ready"
	if err := p.healthy(ctx, c); err != nil {
		state = "not ready"
	}
	usage := process.UsageOf(record.PID)
	return fmt.Sprintf("%s\t%s\t%d\t%s\t%s\t%d MiB", c.name, state, record.PID, port, usage.Elapsed, usage.Memory),
		state == "ready"
}
