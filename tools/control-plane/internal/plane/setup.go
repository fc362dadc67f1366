// Setting up: the objects that a cluster has before anyone deploys to it.
package plane

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"mlops-platform/control-plane/crds"
	"mlops-platform/control-plane/internal/api"
	"mlops-platform/control-plane/internal/definitions"
	"mlops-platform/control-plane/internal/olm"
	"mlops-platform/control-plane/objects"
	"mlops-platform/control-plane/stages"
)

// Target says which kind of cluster the control plane stands for.
type Target struct {
	Name string
	// Nodes says who runs pods: SimulatedNodes or RealNodes.
	Nodes string
	// CRDs are directories with the published CustomResourceDefinitions of this target.
	CRDs []string
}

const (
	stagesFile  = "stages.yaml"
	broughtFile = "brought.json"
	openShift   = "openshift"
	// manager owns the fields of the control plane's own objects.
	manager = "control-plane"
)

func (p *Plane) writeStages() error {
	return writeFile(p.path(configFolder, stagesFile), stages.All())
}

func (p *Plane) setUp(ctx context.Context, target Target) error {
	client, err := p.client(apiServer, admin)
	if err != nil {
		return err
	}
	files := objects.Files(target.Name)
	if p.real() {
		files = objects.Node()
	}
	own, err := parseAll(files)
	if err != nil {
		return err
	}
	if err := client.Apply(ctx, manager, own); err != nil {
		return err
	}
	wanted, _, err := target.definitions()
	if err != nil {
		return err
	}
	if err := definitions.Install(ctx, client, wanted); err != nil {
		return err
	}
	custom, err := parseAll(objects.Custom(target.Name))
	if err != nil {
		return err
	}
	return client.Apply(ctx, manager, custom)
}

// definitions are the target's: those that are there from the start, and those that operators bring.
func (t Target) definitions() (fromTheStart, brought []api.Object, err error) {
	all, err := parseAll(crds.Files(t.Name))
	if err != nil {
		return nil, nil, err
	}
	for _, directory := range t.CRDs {
		published, err := readAll(directory)
		if err != nil {
			return nil, nil, err
		}
		all = append(all, published...)
	}
	for _, definition := range all {
		name := definitions.Name(definition)
		if t.Name == openShift && olm.Brought(name) {
			brought = append(brought, definition)
		} else {
			fromTheStart = append(fromTheStart, definition)
		}
	}
	return fromTheStart, brought, nil
}

// writeBrought keeps the definitions that operators bring for the simulation. On a target without operators those of
// an earlier start stay.
func (p *Plane) writeBrought(target Target) error {
	path := p.path(configFolder, broughtFile)
	if target.Name != openShift {
		if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
			return err
		}
		return writeFile(path, []byte("[]\n"))
	}
	_, brought, err := target.definitions()
	if err != nil {
		return err
	}
	for _, definition := range brought {
		definitions.StripDescriptions(definition["spec"])
	}
	data, err := json.Marshal(brought)
	if err != nil {
		return err
	}
	return writeFile(path, append(data, '\n'))
}

// Brought are the definitions that operators bring, by name.
func (p *Plane) Brought() (map[string]api.Object, error) {
	data, err := os.ReadFile(p.path(configFolder, broughtFile))
	if err != nil {
		return nil, err
	}
	var list []api.Object
	if err := json.Unmarshal(data, &list); err != nil {
		return nil, err
	}
	byName := map[string]api.Object{}
	for _, definition := range list {
		byName[definitions.Name(definition)] = definition
	}
	return byName, nil
}

// freeNodes ends the leases of a kwok that was killed: the next one would wait until they have run out.
func (p *Plane) freeNodes(ctx context.Context) error {
	const leases = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"
	client, err := p.client(apiServer, admin)
	if err != nil {
		return err
	}
	var list struct{ Items []api.Object }
	if err := client.Get(ctx, leases, &list); err != nil {
		return err
	}
	for _, lease := range list.Items {
		err := client.Delete(ctx, leases+"/"+api.Text(lease, "metadata", "name"))
		if err != nil && !api.NotFound(err) {
			return err
		}
	}
	return nil
}

// awaitNodes waits until pods can be scheduled, and can be created in the default namespace.
func (p *Plane) awaitNodes(ctx context.Context) error {
	client, err := p.client(apiServer, admin)
	if err != nil {
		return err
	}
	err = api.Await(ctx, "the nodes are not ready", func() (bool, error) {
		var list struct{ Items []api.Object }
		err := client.Get(ctx, "/api/v1/nodes", &list)
		ready := len(list.Items) > 0
		for _, node := range list.Items {
			taints, _ := api.At(node, "spec", "taints").([]any)
			ready = ready && api.HasCondition(node, "Ready") && len(taints) == 0
		}
		return ready, err
	})
	if err != nil {
		return err
	}
	return api.Await(ctx, "the default service account is not there", func() (bool, error) {
		err := client.Get(ctx, "/api/v1/namespaces/default/serviceaccounts/default", nil)
		if api.NotFound(err) {
			return false, nil
		}
		return err == nil, err
	})
}

func parseAll(files [][]byte) ([]api.Object, error) {
	var all []api.Object
	for _, file := range files {
		some, err := api.Parse(file)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all, nil
}

func readAll(directory string) ([]api.Object, error) {
	paths, err := filepath.Glob(filepath.Join(directory, "*.yaml"))
	if err != nil {
		return nil, err
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("there are no definitions (*.yaml) in %s", directory)
	}
	var files [][]byte
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		files = append(files, data)
	}
	return parseAll(files)
}
