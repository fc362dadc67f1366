// Package simulation plays the part of operators that the embedded control plane doesn't run: it says about their
// custom resources what they would say when all is well, so that whoever waits for them can go on.
// It is a simulation: nothing is behind what it says.
package simulation

import (
	"cmp"
	"context"
	"errors"
	"log"
	"slices"
	"sync"
	"time"

	"mlops-platform/control-plane/internal/api"
)

// kind is a custom resource with an operator.
type kind struct {
	// group of its API, and the versions of it, the one that is preferred first.
	group    string
	versions []string
	plural   string
	// status is what its operator reports in the end. The operator may have to make something first.
	status statusOf
	// finalizer keeps a resource that is to go until its operator lets it.
	finalizer string
	mayGo     func(context.Context, *api.Client, api.Object) (bool, error)
}

func kinds(issuer *issuer, ai *openShiftAI) []kind {
	return []kind{
		{group: "cert-manager.io", versions: []string{"v1"}, plural: "certificates", status: issuer.issue},
		{
			group: "modelregistry.opendatahub.io", versions: []string{"v1beta1"}, plural: "modelregistries",
			status: ai.registry,
		},
		{
			group: "datasciencecluster.opendatahub.io", versions: []string{"v2", "v1"}, plural: "datascienceclusters",
			status: ai.cluster,
		},
		{
			group: "dscinitialization.opendatahub.io", versions: []string{"v2", "v1"}, plural: "dscinitializations",
			status: ai.initialization, finalizer: initializationFinalizer, mayGo: ai.initializationMayGo,
		},
		{
			group: "serving.kserve.io", versions: []string{"v1beta1"}, plural: "inferenceservices",
			status: inferenceService,
		},
		{group: "route.openshift.io", versions: []string{"v1"}, plural: "routes", status: admitted},
	}
}

// errNotYet says that a resource is to be looked at again, since what it needs may come.
var errNotYet = errors.New("not yet")

const (
	// pause is before another attempt; a kind that isn't there may still be defined.
	pause = time.Second
	// absence is the pause while a kind isn't there at all.
	absence = 2 * time.Second
)

// Run goes on until the context ends. The definitions are those that operators bring, by name.
func Run(ctx context.Context, client *api.Client, definitions map[string]api.Object) error {
	issuer, err := newIssuer()
	if err != nil {
		return err
	}
	var running sync.WaitGroup
	for _, kind := range kinds(issuer, &openShiftAI{definitions}) {
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
	for ctx.Err() == nil {
		var err error
		for _, version := range k.versions {
			if err = k.followOnce(ctx, client, api.Root(k.group+"/"+version)+"/"+k.plural); !api.NotFound(err) {
				break
			}
		}
		wait := pause
		switch {
		case api.NotFound(err):
			wait = absence
		case err != nil && !errors.Is(err, errNotYet) && ctx.Err() == nil:
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
	path, err := client.Path(ctx, object)
	if err != nil {
		return err
	}
	if api.Text(object, "metadata", "deletionTimestamp") != "" {
		return k.letGo(ctx, client, object, path)
	}
	status, notYet := k.status(ctx, client, object)
	if notYet != nil && !errors.Is(notYet, errNotYet) {
		return notYet
	}
	if status == nil || covers(api.At(object, "status"), status) {
		return notYet
	}
	if err := k.hold(ctx, client, object, path); err != nil && !api.NotFound(err) {
		return err
	}
	stamp(status, time.Now())
	path += "/status"
	err = client.MergePatch(ctx, path, api.Object{"status": status})
	if err == nil {
		log.Printf("set the status of %s", path)
	}
	if api.NotFound(err) {
		return nil
	}
	return cmp.Or(err, notYet)
}

// hold puts the operator's finalizer on a resource.
func (k kind) hold(ctx context.Context, client *api.Client, object api.Object, path string) error {
	finalizers := texts(api.At(object, "metadata", "finalizers"))
	if k.finalizer == "" || slices.Contains(finalizers, k.finalizer) {
		return nil
	}
	return client.MergePatch(ctx, path, api.Object{"metadata": api.Object{
		"finalizers": append(finalizers, k.finalizer), "resourceVersion": api.At(object, "metadata", "resourceVersion"),
	}})
}

// letGo takes the finalizer away again, once the operator lets the resource go.
func (k kind) letGo(ctx context.Context, client *api.Client, object api.Object, path string) error {
	finalizers := texts(api.At(object, "metadata", "finalizers"))
	if k.finalizer == "" || !slices.Contains(finalizers, k.finalizer) {
		return nil
	}
	if may, err := k.mayGo(ctx, client, object); err != nil || !may {
		return cmp.Or(err, errNotYet)
	}
	left := slices.DeleteFunc(finalizers, func(name string) bool { return name == k.finalizer })
	err := client.MergePatch(ctx, path, api.Object{"metadata": api.Object{
		"finalizers": left, "resourceVersion": api.At(object, "metadata", "resourceVersion"),
	}})
	if api.NotFound(err) {
		return nil
	}
	return err
}
