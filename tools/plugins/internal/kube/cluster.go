package kube

import (
	"context"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
)

// cluster is an API server, with what it serves.
type cluster struct {
	dynamic dynamic.Interface
	mapper  meta.RESTMapper
	// forget makes the next lookup ask the server again what it serves.
	forget func()
}

func newCluster(config *rest.Config) (*cluster, error) {
	objects, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	client, err := discovery.NewDiscoveryClientForConfig(config)
	if err != nil {
		return nil, err
	}
	cached := memory.NewMemCacheClient(client)
	mapper := restmapper.NewDeferredDiscoveryRESTMapper(cached)
	return &cluster{dynamic: objects, mapper: mapper, forget: mapper.Reset}, nil
}

// client for the objects of a kind; the namespace matters only to kinds that have one. A kind that was not served before
// may be by now: operators bring theirs while the engine works.
func (c *cluster) client(kind schema.GroupVersionKind, namespace string) (dynamic.ResourceInterface, error) {
	mapping, err := c.mapper.RESTMapping(kind.GroupKind(), kind.Version)
	if err != nil {
		c.forget()
		if mapping, err = c.mapper.RESTMapping(kind.GroupKind(), kind.Version); err != nil {
			return nil, err
		}
	}
	if mapping.Scope.Name() != meta.RESTScopeNameNamespace {
		return c.dynamic.Resource(mapping.Resource), nil
	}
	if namespace == "" {
		namespace = "default"
	}
	return c.dynamic.Resource(mapping.Resource).Namespace(namespace), nil
}

func (c *cluster) clientFor(object *unstructured.Unstructured) (dynamic.ResourceInterface, error) {
	return c.client(object.GroupVersionKind(), object.GetNamespace())
}

// namespaced is true for kinds whose objects are in namespaces, and for kinds that the server does not know (yet):
// most custom resources are.
func (c *cluster) namespaced(kind schema.GroupVersionKind) (bool, error) {
	mapping, err := c.mapper.RESTMapping(kind.GroupKind(), kind.Version)
	switch {
	case isUnknownKind(err):
		return true, nil
	case err != nil:
		return false, err
	}
	return mapping.Scope.Name() == meta.RESTScopeNameNamespace, nil
}

// serves is true when the server knows the kind.
func (c *cluster) serves(kind schema.GroupVersionKind) bool {
	_, err := c.mapper.RESTMapping(kind.GroupKind(), kind.Version)
	return err == nil
}

// isUnknownKind recognizes the error for a kind that the server does not serve.
func isUnknownKind(err error) bool { return meta.IsNoMatchError(err) }

// List is for rules.
func (c *cluster) List(
	ctx context.Context, kind schema.GroupVersionKind, namespace, labels string,
) ([]unstructured.Unstructured, error) {
	client, err := c.client(kind, namespace)
	if err != nil {
		return nil, err
	}
	list, err := client.List(ctx, metav1.ListOptions{LabelSelector: labels})
	if err != nil {
		return nil, err
	}
	return list.Items, nil
}

// Get is for rules.
func (c *cluster) Get(
	ctx context.Context, kind schema.GroupVersionKind, namespace, name string,
) (*unstructured.Unstructured, error) {
	client, err := c.client(kind, namespace)
	if err != nil {
		return nil, err
	}
	return client.Get(ctx, name, metav1.GetOptions{})
}
