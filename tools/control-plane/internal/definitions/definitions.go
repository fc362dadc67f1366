// Package definitions installs the kinds that a cluster knows besides its own.
package definitions

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"

	"mlops-platform/control-plane/internal/api"
	"mlops-platform/control-plane/internal/parallel"
)

// manager owns the fields of the definitions, whoever of this program installs them.
const manager = "control-plane"

// path is where the API server keeps them.
const path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"

// contentsMark is the hash of what was applied: large definitions are not sent again for nothing.
const contentsMark = "control-plane.mlops-platform/contents"

// Name of a definition: the plural of its kind and its group.
func Name(definition api.Object) string { return api.Text(definition, "metadata", "name") }

// Install applies the definitions that are missing or different, and waits until their kinds are served.
func Install(ctx context.Context, client *api.Client, wanted []api.Object) error {
	there, err := marks(ctx, client)
	if err != nil {
		return err
	}
	var changed []api.Object
	for _, definition := range wanted {
		StripDescriptions(definition["spec"])
		mark, err := hashOf(definition)
		if err != nil {
			return err
		}
		if there[Name(definition)] != mark {
			changed = append(changed, annotated(definition, contentsMark, mark))
		}
	}
	if err := parallel.Each(changed, func(definition api.Object) error {
		return client.Apply(ctx, manager, []api.Object{definition})
	}); err != nil {
		return err
	}
	for _, definition := range changed {
		if err := awaitEstablished(ctx, client, Name(definition)); err != nil {
			return err
		}
	}
	return nil
}

// marks maps the name of each definition to the hash of its contents.
func marks(ctx context.Context, client *api.Client) (map[string]string, error) {
	var list struct {
		Items []struct {
			Metadata struct {
				Name        string
				Annotations map[string]string
			}
		}
	}
	if err := client.Metadata(ctx, path, &list); err != nil {
		return nil, err
	}
	found := map[string]string{}
	for _, item := range list.Items {
		found[item.Metadata.Name] = item.Metadata.Annotations[contentsMark]
	}
	return found, nil
}

func awaitEstablished(ctx context.Context, client *api.Client, name string) error {
	return api.Await(ctx, fmt.Sprintf("the kind %s is not served", name), func() (bool, error) {
		var definition api.Object
		err := client.Get(ctx, path+"/"+name+"/status", &definition)
		return api.HasCondition(definition, "Established"), err
	})
}

// StripDescriptions halves the API server's memory: most of a published schema is prose.
func StripDescriptions(value any) {
	switch value := value.(type) {
	case api.Object:
		// A property of that name is an object, not a text.
		if _, isText := value["description"].(string); isText {
			delete(value, "description")
		}
		for key, inner := range value {
			if key != "default" && key != "enum" {
				StripDescriptions(inner)
			}
		}
	case []any:
		for _, inner := range value {
			StripDescriptions(inner)
		}
	}
}

func hashOf(object api.Object) (string, error) {
	data, err := json.Marshal(object)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:16]), nil
}

// annotated is the definition with one more annotation.
func annotated(definition api.Object, key, value string) api.Object {
	metadata, _ := definition["metadata"].(api.Object)
	annotations, _ := metadata["annotations"].(api.Object)
	definition, metadata, annotations = maps.Clone(definition), maps.Clone(metadata), maps.Clone(annotations)
	if annotations == nil {
		annotations = api.Object{}
	}
	annotations[key] = value
	metadata["annotations"] = annotations
	definition["metadata"] = metadata
	return definition
}
