// Renewal: which components have to start, for the first time or again, and how the old ones end.
package plane

import (
	"slices"
	"strings"
	"time"

	"mlops-platform/control-plane/internal/parallel"
)

// renewalPatience is what a component gets to end by itself before it starts again. It may be waiting for one that is
// gone, and loses nothing when it is killed.
const renewalPatience = 2 * time.Second

// due are the components that don't run as they should, in the order in which they start: those that have ended, those
// that another version or other settings started, and those that need one of these.
func (p *Plane) due(components []component) (due []component, err error) {
	isDue := map[string]bool{}
	for _, c := range components {
		_, fingerprint, err := p.expected(c)
		if err != nil {
			return nil, err
		}
		record, err := p.process(c.name).Find()
		if err != nil {
			return nil, err
		}
		if record == nil || record.Fingerprint != fingerprint || isDue[c.needs] {
			isDue[c.name] = true
			due = append(due, c)
		}
	}
	return due, nil
}

// stopDue ends what still runs of the components that have to start.
func (p *Plane) stopDue(due []component) error {
	var running []component
	var names []string
	for _, c := range due {
		record, err := p.process(c.name).Find()
		if err != nil {
			return err
		}
		if record != nil {
			running, names = append(running, c), append(names, c.name)
		}
	}
	if len(running) == 0 {
		return nil
	}
	p.Say("  starting again what has changed, or needs what has ended: %s", strings.Join(names, ", "))
	return p.stop(running, renewalPatience)
}

// stop ends components: first what needs others, then those.
func (p *Plane) stop(components []component, patience time.Duration) error {
	for _, layer := range slices.Backward(layers(components)) {
		err := parallel.Each(layer, func(c component) error { return p.process(c.name).Stop(patience) })
		if err != nil {
			return err
		}
	}
	return nil
}

// layers are the components that can start and end together: neighbours that need the same one.
func layers(components []component) [][]component {
	var layers [][]component
	for i, c := range components {
		if i == 0 || components[i-1].needs != c.needs {
			layers = append(layers, nil)
		}
		last := len(layers) - 1
		layers[last] = append(layers[last], c)
	}
	return layers
}
