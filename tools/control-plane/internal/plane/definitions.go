// Definitions: the custom resources that a target's cluster knows.
package plane

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"mlops-platform/control-plane/internal/api"
)

const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"

// contentsMark is the hash of what was applied: large definitions are not sent again for nothing.
const contentsMark = "control-plane.mlops-platform/contents"

// define applies the definitions that are missing or different, and waits until their kinds are served.
func define(ctx context.Context, client *api.Client, wanted []api.Object) error {
	there, err := marks(ctx, client)
	if err != nil {
		return err
	}
	var changed []api.Object
	for _, definition := range wanted {
		stripDescriptions(definition["spec"])
		mark, err := hashOf(definition)
		if err != nil {
			return err
		}
		if there[api.Text(definition, "metadata", "name")] != mark {
			annotate(definition, contentsMark, mark)
			changed = append(changed, definition)
		}
	}
	if err := inParallel(changed, func(definition api.Object) error {
		return client.Apply(ctx, manager, []api.Object{definition})
	}); err != nil {
		return err
	}
	for _, definition := range changed {
		if err := awaitEstablished(ctx, client, api.Text(definition, "metadata", "name")); err != nil {
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
	if err := client.Metadata(ctx, definitions, &list); err != nil {
		return nil, err
	}
	found := map[string]string{}
	for _, item := range list.Items {
		found[item.Metadata.Name] = item.Metadata.Annotations[contentsMark]
	}
	return found, nil
}

func awaitEstablished(ctx context.Context, client *api.Client, name string) error {
	return await(ctx, fmt.Sprintf("the kind %s is not served", name), func() (bool, error) {
		var definition api.Object
		err := client.Get(ctx, definitions+"/"+name+"/status", &definition)
		return hasCondition(definition, "Established"), err
	})
}

// stripDescriptions halves the API server's memory: most of a published schema is prose.
func stripDescriptions(value any) {
	switch value := value.(type) {
	case api.Object:
		// A property of that name is an object, not a text.
		if _, isText := value["description"].(string); isText {
			delete(value, "description")
		}
		for key, inner := range value {
			if key != "default" && key != "enum" {
				stripDescriptions(inner)
			}
		}
	case []any:
		for _, inner := range value {
			stripDescriptions(inner)
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

func annotate(object api.Object, key, value string) {
	metadata, _ := object["metadata"].(api.Object)
	annotations, _ := metadata["annotations"].(api.Object)
	if annotations == nil {
		annotations = api.Object{}
		metadata["annotations"] = annotations
	}
	annotations[key] = value
}
