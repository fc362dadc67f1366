// Waiting for what others do.
package api

import (
	"context"
	"fmt"
	"time"
)

// Patience is what anything may take on a machine that is busy with other things.
const Patience = 2 * time.Minute

// Await asks until the answer is yes.
func Await(ctx context.Context, otherwise string, done func() (bool, error)) error {
	for deadline := time.Now().Add(Patience); ; {
		yes, err := done()
		if err != nil || yes {
			return err
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%s after %v", otherwise, Patience)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// HasCondition tells whether the object's status has the condition, and has it as true.
func HasCondition(object Object, kind string) bool {
	return Text(Condition(object, kind), "status") == "True"
}

// Condition is what the object's status says under this name; nothing there is nil.
func Condition(object Object, kind string) Object {
	conditions, _ := At(object, "status", "conditions").([]any)
	for _, item := range conditions {
		if condition, _ := item.(Object); Text(condition, "type") == kind {
			return condition
		}
	}
	return nil
}
