// Package await waits until Kubernetes objects are ready, or gone, with the rules of the official Pulumi provider
// for Kubernetes: what counts as ready differs from kind to kind, and a failure names its cause.
package await

import (
	"context"
	"fmt"
	"slices"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/dynamic"
)

// DefaultTimeout is how long an object may take, unless the program says otherwise.
const DefaultTimeout = 10 * time.Minute

// tick is how often an object that does not change is looked at again: its pods may have changed.
const tick = time.Second

// Verdict is what a look at an object finds.
type Verdict struct {
	// Ready ends the waiting well; Failed ends it at once, since it cannot end well any more.
	Ready, Failed bool
	// Progress says in a line what is being waited for.
	Progress string
	// Problems are the causes, for the error when the waiting ends without success.
	Problems []string
}

// Rule judges an object that has just been seen.
type Rule func(ctx context.Context, object *unstructured.Unstructured) Verdict

// Waiter waits for one object.
type Waiter struct {
	// Client reaches the object's kind, in its namespace.
	Client dynamic.ResourceInterface
	Rule   Rule
	// Timeout is DefaultTimeout when zero.
	Timeout time.Duration
	// Status receives progress; it may be nil.
	Status func(string)
}

// Error is an object that exists but did not become ready.
type Error struct {
	// Summary is what happened, and Problems are the causes that were found.
	Summary  string
	Problems []string
	// Object is how it was last seen.
	Object *unstructured.Unstructured
}

func (e *Error) Error() string { return e.Summary }

// Until returns the object as soon as the rule finds it ready. It gives up with an *Error when the rule finds that
// it has failed, when the time is over, or when ctx is cancelled.
func (w Waiter) Until(ctx context.Context, object *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	timeout := w.Timeout
	if timeout == 0 {
		timeout = DefaultTimeout
	}
	waiting, stop := context.WithTimeout(ctx, timeout)
	defer stop()

	verdict := Verdict{}
	shown := ""
	// look is true when there is nothing more to wait for.
	look := func() bool {
		verdict = w.Rule(waiting, object)
		if verdict.Progress != shown && w.Status != nil && !verdict.Ready {
			shown = verdict.Progress
			w.Status(shown)
		}
		return verdict.Ready || verdict.Failed
	}

	fail := func(format string, values ...any) error {
		name := fmt.Sprintf("%s %s ", object.GetKind(), fullName(object))
		return &Error{name + fmt.Sprintf(format, values...), unique(verdict.Problems), object}
	}

	done := look()
	for !done && waiting.Err() == nil {
		var deleted bool
		if done, deleted = w.follow(waiting, &object, look); deleted {
			verdict = Verdict{Failed: true, Problems: []string{"Something else deleted it meanwhile"}}
			done = true
		}
	}
	switch {
	case verdict.Ready:
		return object, nil
	case verdict.Failed:
		return object, fail("failed")
	case ctx.Err() != nil:
		return object, fail("was not ready yet when the update was cancelled")
	default:
		return object, fail("was not ready within %s", timeout)
	}
}

// unique keeps the first of equal texts.
func unique(texts []string) []string {
	var kept []string
	for _, text := range texts {
		if !slices.Contains(kept, text) {
			kept = append(kept, text)
		}
	}
	return kept
}

// follow looks at each change of the object until there is nothing more to wait for, or until the connection
// breaks; the caller then comes back. An API server that is away for a while is waited for like everything else.
func (w Waiter) follow(
	ctx context.Context, object **unstructured.Unstructured, look func() bool,
) (done, deleted bool) {
	live, err := w.Client.Get(ctx, (*object).GetName(), metav1.GetOptions{})
	if err != nil {
		if apierrors.IsNotFound(err) {
			return false, true
		}
		sleep(ctx, tick)
		return false, false
	}
	*object = live
	if look() {
		return true, false
	}
	changes, err := w.Client.Watch(ctx, metav1.ListOptions{
		FieldSelector:   fields.OneTermEqualSelector("metadata.name", live.GetName()).String(),
		ResourceVersion: live.GetResourceVersion(),
	})
	if err != nil {
		sleep(ctx, tick)
		return false, false
	}
	defer changes.Stop()

	again := time.NewTicker(tick)
	defer again.Stop()
	for {
		select {
		case <-ctx.Done():
			return false, false
		case <-again.C:
			if look() {
				return true, false
			}
		case change, open := <-changes.ResultChan():
			changed, isObject := change.Object.(*unstructured.Unstructured)
			if !open || change.Type == watch.Error || !isObject {
				return false, false
			}
			if changed.GetName() != live.GetName() {
				continue
			}
			if change.Type == watch.Deleted {
				return false, true
			}
			*object = changed
			if look() {
				return true, false
			}
		}
	}
}

// Gone waits until the object with this name has been deleted. An object of the same name with another uid is
// another one. The error is an *Error.
func (w Waiter) Gone(ctx context.Context, object *unstructured.Unstructured) error {
	timeout := w.Timeout
	if timeout == 0 {
		timeout = DefaultTimeout
	}
	waiting, stop := context.WithTimeout(ctx, timeout)
	defer stop()

	last := object
	for waiting.Err() == nil {
		live, err := w.Client.Get(waiting, object.GetName(), metav1.GetOptions{})
		switch {
		case apierrors.IsNotFound(err):
			return nil
		case err == nil && object.GetUID() != "" && live.GetUID() != object.GetUID():
			return nil
		case err == nil:
			last = live
			if w.Status != nil {
				w.Status(deletionProgress(live))
			}
			w.untilDeletedEvent(waiting, live)
		default:
			sleep(waiting, tick)
		}
	}
	summary := fmt.Sprintf("%s %s was not gone within %s", last.GetKind(), fullName(last), timeout)
	if ctx.Err() != nil {
		summary = fmt.Sprintf("%s %s was not gone yet when the update was cancelled", last.GetKind(), fullName(last))
	}
	return &Error{summary, []string{deletionProgress(last)}, last}
}

// untilDeletedEvent returns when the object may be gone, or has changed in a way that is worth showing.
func (w Waiter) untilDeletedEvent(ctx context.Context, live *unstructured.Unstructured) {
	changes, err := w.Client.Watch(ctx, metav1.ListOptions{
		FieldSelector:   fields.OneTermEqualSelector("metadata.name", live.GetName()).String(),
		ResourceVersion: live.GetResourceVersion(),
	})
	if err != nil {
		sleep(ctx, tick)
		return
	}
	defer changes.Stop()
	select {
	case <-ctx.Done():
	case <-time.After(10 * tick):
	case <-changes.ResultChan():
	}
}

func deletionProgress(object *unstructured.Unstructured) string {
	if object.GetDeletionTimestamp() == nil {
		return "Waiting for the deletion to begin"
	}
	for _, condition := range conditions(object) {
		remaining := condition.kind == "NamespaceContentRemaining" || condition.kind == "NamespaceFinalizersRemaining"
		if remaining && condition.status == "True" {
			return condition.message
		}
	}
	if finalizers := object.GetFinalizers(); len(finalizers) > 0 {
		return fmt.Sprintf("Waiting for the finalizers %v", finalizers)
	}
	return "Waiting for it to be gone"
}

func sleep(ctx context.Context, duration time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(duration):
	}
}

// fullName is how people name an object: with its namespace, if it has one.
func fullName(object *unstructured.Unstructured) string {
	if namespace := object.GetNamespace(); namespace != "" {
		return namespace + "/" + object.GetName()
	}
	return object.GetName()
}
