package kube

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/json"
	"k8s.io/client-go/dynamic/fake"
	clienttesting "k8s.io/client-go/testing"
)

const (
	patchType = "kubernetes:core/v1:ConfigMapPatch"
	// ownedMap is as a creation by this provider leaves it.
	ownedMap   = `{ apiVersion: v1, kind: ConfigMap, metadata: { name: a, namespace: ns, managedFields: [ { manager: pulumi-kubernetes, operation: Update, apiVersion: v1, fieldsType: FieldsV1, fieldsV1: { "f:data": { "f:k": {} } } } ] }, data: { k: v } }`
	appliedMap = `{ apiVersion: v1, kind: ConfigMap, metadata: { name: a, namespace: ns, managedFields: [ { manager: m, operation: Apply, apiVersion: v1, fieldsType: FieldsV1, fieldsV1: { "f:data": { "f:k": {} } } } ] }, data: { k: v } }`
)

// recordPatches answers each patch with what it sends (or with the error), and keeps it.
func recordPatches(t *testing.T, client *fake.FakeDynamicClient, failure error) *[]clienttesting.PatchActionImpl {
	t.Helper()
	recorded := &[]clienttesting.PatchActionImpl{}
	client.PrependReactor("patch", "*", func(action clienttesting.Action) (bool, runtime.Object, error) {
		patch := action.(clienttesting.PatchActionImpl)
		*recorded = append(*recorded, patch)
		sent := &unstructured.Unstructured{Object: map[string]any{}}
		if patch.GetPatchType() == types.ApplyPatchType {
			if failure != nil {
				return true, nil, failure
			}
			if err := json.Unmarshal(patch.GetPatch(), &sent.Object); err != nil {
				return true, nil, err
			}
		}
		return true, sent, nil
	})
	return recorded
}

func update(t *testing.T, served *provider, token, wanted string, preview bool) (*pulumirpc.UpdateResponse, error) {
	t.Helper()
	state, err := record{inputs: object(t, configMap), live: object(t, configMap), manager: "m", apiVersion: "v1"}.marshal()
	if err != nil {
		t.Fatal(err)
	}
	return served.Update(context.Background(), &pulumirpc.UpdateRequest{
		Urn: urnOf(token, "a"), Id: "ns/a", Olds: state, News: marshalled(t, inputs(t, wanted)), Preview: preview,
	})
}

func TestUpdateAppliesAsTheManagerOfTheObject(t *testing.T) {
	forced := strings.Replace(configMap, "namespace: ns", `namespace: ns, annotations: { pulumi.com/patchForce: "true" }`, 1)
	renamed := strings.Replace(configMap, "namespace: ns", `namespace: ns, annotations: { pulumi.com/patchFieldManager: other }`, 1)
	for name, test := range map[string]struct {
		present, wanted, token string
		settings               settings
		preview                bool
		// The patches that are expected: type, manager, and whether it is forced or a dry run.
		patches []string
	}{
		"as usual":                 {appliedMap, configMap, configMapType, settings{}, false, []string{"apply m"}},
		"in a preview":             {appliedMap, configMap, configMapType, settings{}, true, []string{"apply m dry"}},
		"after the creation":       {ownedMap, configMap, configMapType, settings{}, false, []string{"json", "apply m"}},
		"in a preview after it":    {ownedMap, configMap, configMapType, settings{}, true, []string{"apply m force dry"}},
		"by force of annotation":   {appliedMap, forced, configMapType, settings{}, false, []string{"apply m force"}},
		"by force of the settings": {appliedMap, configMap, configMapType, settings{patchForce: true}, false, []string{"apply m force"}},
		"a patch":                  {ownedMap, configMap, patchType, settings{}, false, []string{"apply m"}},
		"with another manager":     {appliedMap, renamed, configMapType, settings{}, false, []string{"apply other", "apply m"}},
		"an object that was made before managers were recorded": {configMap, configMap, configMapType, settings{}, false, []string{"apply m force"}},
	} {
		t.Run(name, func(t *testing.T) {
			served, client := servingWith(t, test.present)
			served.settings = test.settings
			recorded := recordPatches(t, client, nil)
			if _, err := update(t, served, test.token, test.wanted, test.preview); err != nil {
				t.Fatal(err)
			}
			var patches []string
			for _, patch := range *recorded {
				patches = append(patches, describe(patch))
			}
			if !slices.Equal(patches, test.patches) {
				t.Errorf("the patches are %q, not %q", patches, test.patches)
			}
		})
	}
}

func describe(patch clienttesting.PatchActionImpl) string {
	if patch.GetPatchType() == types.JSONPatchType {
		return "json"
	}
	text := "apply " + patch.PatchOptions.FieldManager
	if patch.PatchOptions.Force != nil && *patch.PatchOptions.Force {
		text += " force"
	}
	if slices.Contains(patch.PatchOptions.DryRun, metav1.DryRunAll) {
		text += " dry"
	}
	return text
}

func TestConflictsSayHowToTakeFieldsOver(t *testing.T) {
	served, client := servingWith(t, appliedMap)
	recordPatches(t, client, apierrors.NewConflict(schema.GroupResource{Resource: "configmaps"}, "a", errors.New("kubectl-edit has it")))
	_, err := update(t, served, configMapType, configMap, false)
	failure := initFailure(t, err)
	if reasons := strings.Join(failure.GetReasons(), "\n"); !strings.Contains(reasons, patchForce) || !strings.Contains(reasons, "kubectl-edit") {
		t.Errorf("the reasons are %q", reasons)
	}
}

func TestPatchesOfExistingObjectsAreApplied(t *testing.T) {
	served, client := servingWith(t, configMap)
	recorded := recordPatches(t, client, nil)
	response, err := served.Create(context.Background(), &pulumirpc.CreateRequest{
		Urn: urnOf(patchType, "a"), Properties: marshalled(t, inputs(t, configMap))})
	if err != nil || response.GetId() != "ns/a" || len(*recorded) != 1 {
		t.Fatalf("%v, %v (%v)", response, *recorded, err)
	}
	if manager := (*recorded)[0].PatchOptions.FieldManager; !strings.HasPrefix(manager, creator+"-") {
		t.Errorf("the manager is %q", manager)
	}
}

func TestDeletedPatchesGiveUpTheirFieldsAndLeaveTheObject(t *testing.T) {
	served, client := servingWith(t, configMap)
	recorded := recordPatches(t, client, nil)
	state, err := record{inputs: object(t, configMap), live: object(t, configMap), manager: "m"}.marshal()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := served.Delete(context.Background(), &pulumirpc.DeleteRequest{
		Urn: urnOf(patchType, "a"), Id: "ns/a", Properties: state}); err != nil {
		t.Fatal(err)
	}
	if len(*recorded) != 1 || describe((*recorded)[0]) != "apply m" || strings.Contains(string((*recorded)[0].GetPatch()), `"data":`) {
		t.Errorf("the patches are %v", *recorded)
	}
	for _, action := range client.Actions() {
		if action.GetVerb() == "delete" {
			t.Error("the object is deleted")
		}
	}
}

func TestFailedUpdatesKeepTheNewInputs(t *testing.T) {
	served, client := servingWith(t, appliedMap)
	recordPatches(t, client, errors.New("refused"))
	_, err := update(t, served, configMapType, strings.Replace(configMap, "k: v", "k: w", 1), false)
	failure := initFailure(t, err)
	state, err := parseRecord(failure.GetProperties())
	if err != nil || nested(state.inputs.Object, "data", "k") != "w" || nested(state.live.Object, "data", "k") != "v" {
		t.Errorf("the state is %v (%v)", state, err)
	}
}
