// Start brings up whatever is missing: the first time everything, after a crash what crashed, otherwise nothing.
package plane

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"mlops-platform/control-plane/internal/api"
	"mlops-platform/control-plane/internal/parallel"
	"mlops-platform/control-plane/internal/pki"
)

// silence is for how long a component that ran already may not be ready before it is ended and started again.
const silence = 30 * time.Second

const linesOfLog = 20

// attempts is how often a start looks after components that ran when it looked first.
const attempts = 3

// errGone says that a component ran, and doesn't any more.
var errGone = errors.New("it has ended")

var errNotReady = errors.New("it was not ready")

// Start is done when pods can be created. Whatever it launched ends again when it fails or is interrupted.
func (p *Plane) Start(ctx context.Context, target Target) error {
	if target.Nodes == RealNodes {
		if err := checkNode(target); err != nil {
			return err
		}
	}
	if err := p.claim(); err != nil {
		return err
	}
	unlock, err := p.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	// Another start may have been the first one meanwhile.
	if again, err := At(p.Home, p.Say); err != nil {
		return err
	} else {
		p.settings = again.settings
	}
	if err := p.chooseNodes(target.Nodes); err != nil {
		return err
	}
	if err := p.prepare(); err != nil {
		return err
	}
	if p.real() {
		return p.startMachine(ctx, target)
	}
	if err := p.choosePorts(portNames); err != nil {
		return err
	}
	if err := p.configure(target); err != nil {
		return err
	}
	run := &run{plane: p}
	if err := run.start(ctx, target); err != nil {
		run.undo()
		if ctx.Err() != nil {
			return errors.New("interrupted; what was started has been stopped again")
		}
		return err
	}
	return nil
}

func (p *Plane) configure(target Target) error {
	return firstError(
		func() error { return pki.Ensure(p.path(pkiFolder), certificates) },
		p.writeKubeconfigs,
		p.writeStages,
		func() error { return p.writeBrought(target) },
	)
}

// run is one execution of start.
type run struct {
	plane    *Plane
	mutex    sync.Mutex
	launched []string
}

func (r *run) start(ctx context.Context, target Target) error {
	p := r.plane
	components := p.components()
	// A process that was killed a moment ago passes for a running one until it is gone: then there is more to do.
	for range attempts {
		due, err := p.due(components)
		if err != nil {
			return err
		}
		if err := p.stopDue(due); err != nil {
			return err
		}
		if err := r.bringUpAll(ctx, components, target); err != nil {
			return err
		}
		if due, err := p.due(components); err != nil || len(due) == 0 {
			return err
		}
	}
	return errors.New("processes of the control plane end as soon as they are started: see its logs in " +
		p.path(logFolder))
}

func (r *run) bringUpAll(ctx context.Context, components []component, target Target) error {
	for _, layer := range layers(components) {
		if err := parallel.Each(layer, func(c component) error { return r.bringUp(ctx, c) }); err != nil {
			return err
		}
		// The others need what is set up through the API server.
		if layer[0].name == apiServer {
			if err := r.plane.setUp(ctx, target); err != nil {
				return fmt.Errorf("setting up the control plane's own objects: %w", err)
			}
		}
	}
	return r.plane.awaitNodes(ctx)
}

func (r *run) bringUp(ctx context.Context, c component) error {
	err := errGone
	for errors.Is(err, errGone) {
		var ended <-chan error
		if ended, err = r.launch(ctx, c); err == nil {
			err = r.awaitHealth(ctx, c, ended)
		}
	}
	if err == nil || ctx.Err() != nil {
		return err
	}
	return r.plane.withLog(c.name, err)
}

// withLog is why a component did not start, and what it said itself.
func (p *Plane) withLog(name string, err error) error {
	message := fmt.Sprintf("%s did not start: %v", name, err)
	process := p.process(name)
	if tail := process.LogTail(linesOfLog); tail != "" {
		message += fmt.Sprintf("\nThe end of its log, %s:\n  %s", process.Log, strings.ReplaceAll(tail, "\n", "\n  "))
	}
	return errors.New(message)
}

func portTaken(which string, port int) error {
	return fmt.Errorf("%s %d, kept since the first start, is used by another program now: "+
		"end that program, or `reset` this control plane (its data is lost) to choose other ports", which, port)
}

// launch starts the component unless it runs; of one that runs already the end can't be awaited.
func (r *run) launch(ctx context.Context, c component) (ended <-chan error, err error) {
	p := r.plane
	if record, err := p.process(c.name).Find(); err != nil || record != nil {
		return nil, err
	}
	if port, has := p.settings.Ports[c.name]; has && !portFree(port) {
		return nil, portTaken("its port", port)
	}
	executable, fingerprint, err := p.expected(c)
	if err != nil {
		return nil, err
	}
	if c.prepare != nil {
		if err := c.prepare(ctx); err != nil {
			return nil, err
		}
	}
	// On record before it runs: whatever happens from here on, undo finds it.
	r.mutex.Lock()
	r.launched = append(r.launched, c.name)
	r.mutex.Unlock()
	return p.process(c.name).Launch(fingerprint, executable, c.args, p.environment())
}

func (r *run) awaitHealth(ctx context.Context, c component, ended <-chan error) error {
	if c.health == "" && ended != nil {
		return endsSoon(ended)
	}
	ranAlready := ended == nil
	limit := api.Patience
	if ranAlready {
		limit = silence
	}
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("%w after %v", errNotReady, limit))
	defer cancel()
	for {
		attempt, cancel := context.WithTimeout(ctx, 5*time.Second)
		err := r.plane.healthy(attempt, c)
		cancel()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			if ranAlready && errors.Is(context.Cause(ctx), errNotReady) {
				r.plane.Say("  %s runs and does not answer: starting it again", c.name)
				return cmp.Or(r.plane.process(c.name).Stop(renewalPatience), errGone)
			}
			return fmt.Errorf("%w (%v)", context.Cause(ctx), err)
		case end := <-ended:
			return fmt.Errorf("it ended: %v", end)
		case <-time.After(50 * time.Millisecond):
		}
		if record, err := r.plane.process(c.name).Find(); ranAlready && err == nil && record == nil {
			return errGone
		}
	}
}

// endsSoon notices a component that can't be asked for its health and ends at once.
func endsSoon(ended <-chan error) error {
	select {
	case end := <-ended:
		return fmt.Errorf("it ended: %v", end)
	case <-time.After(200 * time.Millisecond):
		return nil
	}
}

// undo stops what this run launched, the last first.
func (r *run) undo() {
	for i := len(r.launched) - 1; i >= 0; i-- {
		if err := r.plane.process(r.launched[i]).Stop(stopPatience); err != nil {
			r.plane.Say("  %s could not be stopped: %v", r.launched[i], err)
		}
	}
}

func firstError(steps ...func() error) error {
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}
