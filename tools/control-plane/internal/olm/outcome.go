package olm

import (
	"fmt"
	"strings"
	"time"
)

// Outcomes is the ConfigMap in openshift-marketplace that says how the operators of the catalog fare: its keys are
// packages. The README has a table of its values.
const Outcomes = "simulated-catalog"

// outcome is how an operator fares; without any it is ready at once.
type outcome struct {
	// after is how long it takes from when its version is there.
	after time.Duration
	// never is ready, or fails, or isn't in the catalog at all.
	never, fails, absent bool
	// invalid is what is wrong with the value.
	invalid string
}

func (w world) outcome(operator string) outcome {
	value := strings.TrimSpace(text(w.outcomes[operator]))
	switch value {
	case "":
		return outcome{}
	case "never":
		return outcome{never: true}
	case "csv-fails":
		return outcome{fails: true}
	case "not-in-catalog":
		return outcome{absent: true}
	}
	if period, isAfter := strings.CutPrefix(value, "after "); isAfter {
		if after, err := time.ParseDuration(strings.TrimSpace(period)); err == nil {
			return outcome{after: after}
		}
	}
	return outcome{invalid: fmt.Sprintf("the ConfigMap %s/%s says %q of %s: use `after 90s` (a duration), `never`, "+
		"`csv-fails` or `not-in-catalog`", catalogNamespace, Outcomes, value, operator)}
}
