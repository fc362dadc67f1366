package await

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/json"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/dynamic/fake"
	"sigs.k8s.io/yaml"
)

var widgets = schema.GroupVersionResource{Group: "test.example", Version: "v1", Resource: "widgets"}

func object(t *testing.T, text string) *unstructured.Unstructured {
	t.Helper()
	encoded, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	parsed := &unstructured.Unstructured{}
	if err := json.Unmarshal(encoded, &parsed.Object); err != nil {
		t.Fatal(err)
	}
	return parsed
}

func widget(t *testing.T) (*unstructured.Unstructured, dynamic.ResourceInterface) {
	t.Helper()
	made := object(t, `{apiVersion: test.example/v1, kind: Widget, metadata: {name: w, namespace: ns, uid: "1"}}`)
	client := fake.NewSimpleDynamicClientWithCustomListKinds(runtime.NewScheme(),
		map[schema.GroupVersionResource]string{widgets: "WidgetList"}, made)
	return made, client.Resource(widgets).Namespace("ns")
}

func phaseIs(phase string) Rule {
	return func(_ context.Context, object *unstructured.Unstructured) Verdict {
		return Verdict{
			Ready:    text(object, "status", "phase") == phase,
			Failed:   text(object, "status", "phase") == "Broken",
			Progress: "Waiting for " + phase,
			Problems: []string{"it is not " + phase, "it is not " + phase},
		}
	}
}

// later changes the widget's phase while somebody waits.
func later(t *testing.T, client dynamic.ResourceInterface, phase string) {
	changed := object(t, `{apiVersion: test.example/v1, kind: Widget, metadata: {name: w, namespace: ns, uid: "1"}}`)
	_ = unstructured.SetNestedField(changed.Object, phase, "status", "phase")
	time.AfterFunc(100*time.Millisecond, func() {
		if _, err := client.Update(context.Background(), changed, metav1.UpdateOptions{}); err != nil {
			t.Error(err)
		}
	})
}

func TestUntilReturnsTheObjectThatIsReady(t *testing.T) {
	made, client := widget(t)
	later(t, client, "Ready")
	var shown []string
	waiter := Waiter{Client: client, Rule: phaseIs("Ready"), Status: func(text string) { shown = append(shown, text) }}
	live, err := waiter.Until(context.Background(), made)
	if err != nil || text(live, "status", "phase") != "Ready" {
		t.Errorf("%v, %v", live, err)
	}
	if len(shown) != 1 || shown[0] != "Waiting for Ready" {
		t.Errorf("the status was %q", shown)
	}
}

func TestUntilFailsAtOnceWithTheProblems(t *testing.T) {
	made, client := widget(t)
	later(t, client, "Broken")
	began := time.Now()
	_, err := Waiter{Client: client, Rule: phaseIs("Ready")}.Until(context.Background(), made)
	var failure *Error
	if !errors.As(err, &failure) || failure.Summary != "Widget ns/w failed" || len(failure.Problems) != 1 {
		t.Errorf("the error is %#v", err)
	}
	if text(failure.Object, "status", "phase") != "Broken" || time.Since(began) > 5*time.Second {
		t.Errorf("after %s it was %v", time.Since(began), failure.Object)
	}
}

func TestUntilGivesUp(t *testing.T) {
	for name, test := range map[string]struct {
		timeout, cancel time.Duration
		says            string
	}{
		"when the time is over":   {200 * time.Millisecond, time.Minute, "Widget ns/w was not ready within 200ms"},
		"when it is cancelled":    {time.Minute, 200 * time.Millisecond, "Widget ns/w was not ready yet when the update was cancelled"},
		"with the timeout unused": {0, 200 * time.Millisecond, "Widget ns/w was not ready yet when the update was cancelled"},
	} {
		t.Run(name, func(t *testing.T) {
			made, client := widget(t)
			ctx, cancel := context.WithTimeout(context.Background(), test.cancel)
			defer cancel()
			began := time.Now()
			_, err := Waiter{Client: client, Rule: phaseIs("Ready"), Timeout: test.timeout}.Until(ctx, made)
			if err == nil || err.Error() != test.says || time.Since(began) > 5*time.Second {
				t.Errorf("after %s the error is %v", time.Since(began), err)
			}
		})
	}
}

func TestUntilNoticesThatTheObjectIsDeleted(t *testing.T) {
	made, client := widget(t)
	if err := client.Delete(context.Background(), "w", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	_, err := Waiter{Client: client, Rule: phaseIs("Ready")}.Until(context.Background(), made)
	var failure *Error
	if !errors.As(err, &failure) || !strings.Contains(failure.Problems[0], "deleted") {
		t.Errorf("the error is %v", err)
	}
}

func TestUntilDoesNotTakeADeletedObjectForReady(t *testing.T) {
	made, client := widget(t)
	var deleting atomic.Bool
	// True of the object as it is in the event of its deletion.
	rule := func(context.Context, *unstructured.Unstructured) Verdict { return Verdict{Ready: deleting.Load()} }
	time.AfterFunc(100*time.Millisecond, func() {
		deleting.Store(true)
		_ = client.Delete(context.Background(), "w", metav1.DeleteOptions{})
	})
	_, err := Waiter{Client: client, Rule: rule}.Until(context.Background(), made)
	var failure *Error
	if !errors.As(err, &failure) || !strings.Contains(failure.Problems[0], "deleted") {
		t.Errorf("the error is %v", err)
	}
}

func TestGoneWaitsForTheDeletion(t *testing.T) {
	made, client := widget(t)
	time.AfterFunc(100*time.Millisecond, func() { _ = client.Delete(context.Background(), "w", metav1.DeleteOptions{}) })
	// The fake server does not tell what happened before a watch began: the object is looked at again then.
	if err := (Waiter{Client: client, Timeout: time.Minute}).Gone(context.Background(), made); err != nil {
		t.Error(err)
	}
}

func TestGoneTakesAnObjectWithAnotherUIDForAnother(t *testing.T) {
	made, client := widget(t)
	old := made.DeepCopy()
	old.SetUID("0")
	if err := (Waiter{Client: client, Timeout: time.Second}).Gone(context.Background(), old); err != nil {
		t.Error(err)
	}
}

func TestGoneSaysWhatHoldsTheObject(t *testing.T) {
	made, client := widget(t)
	held := made.DeepCopy()
	held.SetFinalizers([]string{"test.example/hold"})
	now := metav1.Now()
	held.SetDeletionTimestamp(&now)
	if _, err := client.Update(context.Background(), held, metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
	err := Waiter{Client: client, Timeout: 200 * time.Millisecond}.Gone(context.Background(), made)
	var failure *Error
	if !errors.As(err, &failure) || !strings.Contains(failure.Problems[0], "test.example/hold") {
		t.Errorf("the error is %#v", err)
	}
}
