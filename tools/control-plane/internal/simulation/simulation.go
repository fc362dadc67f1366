// Package simulation plays the part of operators that the embedded control plane doesn't run: it says about their
// custom resources what they would say when all is well, so that whoever waits for them can go on.
// It is a simulation: nothing is behind what it says.
package simulation

import (
	"context"
	"errors"
	"log"
	"sync"
	"time"

	"mlops-platform/control-plane/internal/api"
)

// kind is a custom resource with an operator.
type kind struct {
	// version is the group and the version of its API.
	version string
	plural  string
	// status is what its operator reports in the end. The operator may have to make something first.
	status func(context.Context, *api.Client, api.Object) (api.Object, error)
}

func kinds(issuer *issuer) []kind {
	return []kind{
		{"cert-manager.io/v1", "certificates", issuer.issue},
		{"modelregistry.opendatahub.io/v1beta1", "modelregistries", conditions("Progressing", "Available")},
		{"datasciencecluster.opendatahub.io/v2", "datascienceclusters", phase("Ready", "Ready")},
		{"dscinitialization.opendatahub.io/v2", "dscinitializations", phase("Ready", "Available")},
		{"serving.kserve.io/v1beta1", "inferenceservices", conditions("PredictorReady", "Ready")},
		{"route.openshift.io/v1", "routes", admitted},
	}
}

const (
	// pause is before another attempt; a kind that isn't there may still be defined.
	pause = time.Second
	// absence is the pause while a kind isn't there at all.
	absence = 5 * time.Second
)

// Run goes on until the context ends.
func Run(ctx context.Context, client *api.Client) error {
	issuer, err := newIssuer()
	if err != nil {
		return err
	}
	var running sync.WaitGroup
	for _, kind := range kinds(issuer) {
		running.Add(1)
		go func() {
			defer running.Done()
			kind.follow(ctx, client)
		}()
	}
	running.Wait()
	return nil
}

// follow takes up every resource of the kind, and each again when it changes.
func (k kind) follow(ctx context.Context, client *api.Client) {
	path := api.Root(k.version) + "/" + k.plural
	for ctx.Err() == nil {
		err := k.followOnce(ctx, client, path)
		wait := pause
		switch {
		case api.NotFound(err):
			wait = absence
		case err != nil && ctx.Err() == nil:
			log.Print(err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
	}
}

func (k kind) followOnce(ctx context.Context, client *api.Client, path string) error {
	var list struct {
		Metadata struct{ ResourceVersion string }
		Items    []api.Object
	}
	if err := client.Get(ctx, path, &list); err != nil {
		return err
	}
	var failure error
	for _, item := range list.Items {
		failure = errors.Join(failure, k.takeUp(ctx, client, item))
	}
	if failure != nil {
		return failure
	}
	// A resource that could not be taken up comes up again with the next list.
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	err := client.Watch(ctx, path, list.Metadata.ResourceVersion, func(event string, object api.Object) {
		if event == "DELETED" {
			return
		}
		if failure = k.takeUp(ctx, client, object); failure != nil {
			cancel()
		}
	})
	if failure != nil {
		return failure
	}
	return err
}

// takeUp writes the status unless it is there already, for this generation of the resource.
func (k kind) takeUp(ctx context.Context, client *api.Client, object api.Object) error {
	if api.Text(object, "metadata", "deletionTimestamp") != "" {
		return nil
	}
	status, err := k.status(ctx, client, object)
	if err != nil || status == nil || covers(api.At(object, "status"), status) {
		return err
	}
	stamp(status, time.Now())
	path := api.Root(k.version)
	if namespace := api.Text(object, "metadata", "namespace"); namespace != "" {
		path += "/namespaces/" + namespace
	}
	path += "/" + k.plural + "/" + api.Text(object, "metadata", "name") + "/status"
	err = client.MergePatch(ctx, path, api.Object{"status": status})
	if err == nil {
		log.Printf("set the status of %s", path)
	}
	if api.NotFound(err) {
		return nil
	}
	return err
}
