package olm

import (
	"context"
	"log"
	"time"

	"mlops-platform/control-plane/internal/api"
	"mlops-platform/control-plane/internal/definitions"
)

// store is where everything is kept: the API server, or a test's memory.
type store interface {
	// list reads all objects of a resource such as apps/v1/deployments.
	list(ctx context.Context, resource string) ([]api.Object, error)
	// apply makes the object what it says, and returns it as it is then.
	apply(ctx context.Context, object api.Object) (api.Object, error)
	setStatus(ctx context.Context, object, status api.Object) error
	remove(ctx context.Context, object api.Object) error
	define(ctx context.Context, wanted []api.Object) error
	outcomes(ctx context.Context) (api.Object, error)
}

// owner of the fields that OLM writes.
const owner = "simulated-olm"

type remote struct{ client *api.Client }

func (r *remote) list(ctx context.Context, resource string) ([]api.Object, error) {
	var list struct{ Items []api.Object }
	err := r.client.Get(ctx, "/apis/"+resource, &list)
	return list.Items, err
}

func (r *remote) apply(ctx context.Context, object api.Object) (api.Object, error) {
	if err := r.client.Apply(ctx, owner, []api.Object{object}); err != nil {
		return nil, err
	}
	path, err := r.client.Path(ctx, object)
	if err != nil {
		return nil, err
	}
	log.Printf("OLM: made %s", path)
	var made api.Object
	err = r.client.Get(ctx, path, &made)
	return made, err
}

func (r *remote) setStatus(ctx context.Context, object, status api.Object) error {
	path, err := r.client.Path(ctx, object)
	if err != nil {
		return err
	}
	log.Printf("OLM: set the status of %s", path)
	return r.client.MergePatch(ctx, path+"/status", api.Object{"status": status})
}

func (r *remote) remove(ctx context.Context, object api.Object) error {
	path, err := r.client.Path(ctx, object)
	if err != nil {
		return err
	}
	if err := r.client.Delete(ctx, path); err != nil && !api.NotFound(err) {
		return err
	}
	return nil
}

func (r *remote) define(ctx context.Context, wanted []api.Object) error {
	return definitions.Install(ctx, r.client, wanted)
}

func (r *remote) outcomes(ctx context.Context) (api.Object, error) {
	var found struct{ Data api.Object }
	err := r.client.Get(ctx, "/api/v1/namespaces/"+catalogNamespace+"/configmaps/"+Outcomes, &found)
	if api.NotFound(err) {
		return nil, nil
	}
	return found.Data, err
}

// changes tells that something has changed, or may have.
func (r *remote) changes(ctx context.Context) <-chan struct{} {
	changes := make(chan struct{}, 1)
	notify := func(string, api.Object) {
		select {
		case changes <- struct{}{}:
		default:
		}
	}
	for _, path := range []string{
		"/apis/operators.coreos.com/v1alpha1/catalogsources", "/apis/operators.coreos.com/v1/operatorgroups",
		"/apis/operators.coreos.com/v1alpha1/subscriptions", "/apis/operators.coreos.com/v1alpha1/installplans",
		"/apis/operators.coreos.com/v1alpha1/clusterserviceversions",
		"/api/v1/namespaces/" + catalogNamespace + "/configmaps",
	} {
		go func() {
			for ctx.Err() == nil {
				wait := pause
				if err := r.client.Watch(ctx, path, "", notify); api.NotFound(err) {
					wait = absence
				}
				// Nobody watched for a moment.
				notify("", nil)
				select {
				case <-ctx.Done():
				case <-time.After(wait):
				}
			}
		}()
	}
	return changes
}

// Installed is the version of an operator that runs, if any.
func Installed(ctx context.Context, client *api.Client, name string) (version string, runs bool, err error) {
	var list struct{ Items []api.Object }
	err = client.Get(ctx, "/apis/operators.coreos.com/v1alpha1/clusterserviceversions", &list)
	if api.NotFound(err) {
		return "", false, nil
	}
	for _, item := range list.Items {
		if operator := operatorOf(api.Text(item, "metadata", "name")); operator == nil || operator.name != name {
			continue
		}
		if phase := api.Text(item, "status", "phase"); phase == succeeded || phase == replacing {
			return api.Text(item, "spec", "version"), true, nil
		}
	}
	return "", false, err
}
