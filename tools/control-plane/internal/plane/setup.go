// Setting up: the objects that a cluster has before anyone deploys to it.
package plane

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"mlops-platform/control-plane/crds"
	"mlops-platform/control-plane/internal/api"
	"mlops-platform/control-plane/objects"
	"mlops-platform/control-plane/stages"
)

// Target says which kind of cluster the control plane stands for.
type Target struct {
	Name string
	// CRDs are directories with the published CustomResourceDefinitions of this target.
	CRDs []string
}

const (
	stagesFile = "stages.yaml"
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
	own, err := parseAll(objects.Files(target.Name))
	if err != nil {
		return err
	}
	if err := client.Apply(ctx, manager, own); err != nil {
		return err
	}
	wanted, err := parseAll(crds.Files(target.Name))
	if err != nil {
		return err
	}
	for _, directory := range target.CRDs {
		published, err := readAll(directory)
		if err != nil {
			return err
		}
		wanted = append(wanted, published...)
	}
	return define(ctx, client, wanted)
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
	err = await(ctx, "the nodes are not ready", func() (bool, error) {
		var list struct{ Items []api.Object }
		err := client.Get(ctx, "/api/v1/nodes", &list)
		ready := len(list.Items) > 0
		for _, node := range list.Items {
			taints, _ := api.At(node, "spec", "taints").([]any)
			ready = ready && hasCondition(node, "Ready") && len(taints) == 0
		}
		return ready, err
	})
	if err != nil {
		return err
	}
	return await(ctx, "the default service account is not there", func() (bool, error) {
		err := client.Get(ctx, "/api/v1/namespaces/default/serviceaccounts/default", nil)
		if api.NotFound(err) {
			return false, nil
		}
		return err == nil, err
	})
}

// await asks until the answer is yes.
func await(ctx context.Context, otherwise string, done func() (bool, error)) error {
	for deadline := time.Now().Add(patience); ; {
		yes, err := done()
		if err != nil || yes {
			return err
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%s after %v", otherwise, patience)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func hasCondition(object api.Object, kind string) bool {
	conditions, _ := api.At(object, "status", "conditions").([]any)
	for _, item := range conditions {
		condition, _ := item.(api.Object)
		if condition["type"] == kind && condition["status"] == "True" {
			return true
		}
	}
	return false
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
