// Objects: which path they live at, and how YAML becomes them.
package api

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"sigs.k8s.io/yaml"
)

type resource struct {
	Name       string
	Kind       string
	Namespaced bool
}

// Parse reads the objects of a YAML file.
func Parse(data []byte) ([]Object, error) {
	var objects []Object
	for _, document := range bytes.Split(append([]byte("\n"), data...), []byte("\n---")) {
		var object Object
		if err := yaml.Unmarshal(document, &object); err != nil {
			return nil, err
		}
		if len(object) > 0 {
			objects = append(objects, object)
		}
	}
	return objects, nil
}

// Text reads a string at the path of keys inside an object; nothing there is the empty string.
func Text(object Object, keys ...string) string {
	value, _ := At(object, keys...).(string)
	return value
}

// At reads what is at the path of keys inside an object.
func At(object Object, keys ...string) any {
	var value any = object
	for _, key := range keys {
		inner, _ := value.(Object)
		value = inner[key]
	}
	return value
}

// Path is where the API server keeps the object.
func (c *Client) Path(ctx context.Context, object Object) (string, error) {
	version, kind := Text(object, "apiVersion"), Text(object, "kind")
	root := Root(version)
	// A kind that isn't among those known may have been defined meanwhile.
	for _, again := range []bool{false, true} {
		known, err := c.resourcesOf(ctx, root, again)
		if err != nil {
			return "", err
		}
		for _, resource := range known {
			// Subresources have a slash in their name.
			if resource.Kind != kind || strings.Contains(resource.Name, "/") {
				continue
			}
			namespace := ""
			if resource.Namespaced {
				namespace = "/namespaces/" + Text(object, "metadata", "namespace")
			}
			return root + namespace + "/" + resource.Name + "/" + Text(object, "metadata", "name"), nil
		}
	}
	return "", fmt.Errorf("the API server knows no kind %s in %s", kind, version)
}

// Root is the path below which a version of an API is served.
func Root(version string) string {
	if strings.Contains(version, "/") {
		return "/apis/" + version
	}
	return "/api/" + version
}

func (c *Client) resourcesOf(ctx context.Context, root string, again bool) ([]resource, error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if known, ok := c.resources[root]; ok && !again {
		return known, nil
	}
	var list struct{ Resources []resource }
	if err := c.Get(ctx, root, &list); err != nil {
		return nil, err
	}
	c.resources[root] = list.Resources
	return list.Resources, nil
}

// Apply makes each object what it says.
func (c *Client) Apply(ctx context.Context, manager string, objects []Object) error {
	for _, object := range objects {
		path, err := c.Path(ctx, object)
		if err != nil {
			return err
		}
		if err := c.ServerSideApply(ctx, path, manager, object); err != nil {
			return err
		}
	}
	return nil
}
