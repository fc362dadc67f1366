package generated

import (
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// difference between a resource and the inputs that it should have.
type difference struct {
	changed  []string
	replaces []string
}

// diff compares the new inputs with the old state, both with their defaults: a state that lacks an input which
// later versions know does not differ from a program that does not set it either.
func (k Kind) diff(state, news resource.PropertyMap, now time.Time) difference {
	var found difference
	old, wanted := k.valuesOf(state), k.valuesOf(news)
	for _, name := range k.inputNames() {
		key := resource.PropertyKey(name)
		before, had := old[key]
		after, has := wanted[key]
		if had == has && (!had || before.DeepEquals(after)) {
			continue
		}
		found.changed = append(found.changed, name)
		if !k.Inputs[name].InPlace {
			found.replaces = append(found.replaces, name)
		}
	}
	if k.Refresh != nil {
		// With the new inputs: they decide when a resource counts as stale.
		changed, stale := k.Refresh(k.merge(state, news), now)
		for _, name := range changed.StableKeys() {
			if stale {
				found.changed = append(found.changed, string(name))
				found.replaces = append(found.replaces, string(name))
			}
		}
	}
	return found
}

// merge is the state with other inputs.
func (k Kind) merge(state, inputs resource.PropertyMap) Values {
	merged := Values{}
	for name, value := range state {
		if _, isInput := k.Inputs[string(name)]; !isInput {
			merged[name] = plain(value)
		}
	}
	for name, value := range k.valuesOf(inputs) {
		merged[name] = value
	}
	return merged
}
