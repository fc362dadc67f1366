package kube

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// changes are differences by their paths, such as spec.template.spec.containers[0].image.
type changes map[string]*pulumirpc.PropertyDiff

// compare finds what has to change for the fields of an object to become the wanted ones.
func compare(old, wanted map[string]any) changes {
	found := changes{}
	found.maps("", old, wanted)
	return found
}

func (c changes) maps(path string, old, wanted map[string]any) {
	for key, after := range wanted {
		before, had := old[key]
		c.values(join(path, key), before, had, after)
	}
	for key, before := range old {
		if _, has := wanted[key]; !has && before != nil {
			c.add(join(path, key), pulumirpc.PropertyDiff_DELETE)
		}
	}
}

func (c changes) values(path string, before any, had bool, after any) {
	_, unknown := after.(resource.Computed)
	switch {
	case after == nil && (!had || before == nil):
	case !had:
		c.add(path, pulumirpc.PropertyDiff_ADD)
	case unknown:
		c.add(path, pulumirpc.PropertyDiff_UPDATE)
	case after == nil:
		c.add(path, pulumirpc.PropertyDiff_DELETE)
	default:
		switch after := after.(type) {
		case map[string]any:
			if before, isMap := before.(map[string]any); isMap {
				c.maps(path, before, after)
				return
			}
		case []any:
			if before, isList := before.([]any); isList {
				c.lists(path, before, after)
				return
			}
		default:
			if equal(before, after) {
				return
			}
		}
		c.add(path, pulumirpc.PropertyDiff_UPDATE)
	}
}

func (c changes) lists(path string, old, wanted []any) {
	for at := range max(len(old), len(wanted)) {
		element := fmt.Sprintf("%s[%d]", path, at)
		switch {
		case at >= len(wanted):
			c.add(element, pulumirpc.PropertyDiff_DELETE)
		case at >= len(old):
			c.add(element, pulumirpc.PropertyDiff_ADD)
		default:
			c.values(element, old[at], true, wanted[at])
		}
	}
}

func (c changes) add(path string, kind pulumirpc.PropertyDiff_Kind) {
	c[path] = &pulumirpc.PropertyDiff{Kind: kind, InputDiff: kind == pulumirpc.PropertyDiff_DELETE}
}

// replace turns the kinds of changes into those that replace the object, where a field wants that.
func (c changes) replace(fields []string) []string {
	var paths []string
	for path, change := range c {
		if !replaces(fields, path) {
			continue
		}
		paths = append(paths, path)
		switch change.Kind {
		case pulumirpc.PropertyDiff_ADD:
			change.Kind = pulumirpc.PropertyDiff_ADD_REPLACE
		case pulumirpc.PropertyDiff_DELETE:
			change.Kind = pulumirpc.PropertyDiff_DELETE_REPLACE
		default:
			change.Kind = pulumirpc.PropertyDiff_UPDATE_REPLACE
		}
	}
	return paths
}

// ignore drops the changes at and below the paths.
func (c changes) ignore(paths []string) error {
	for _, text := range paths {
		ignored, err := resource.ParsePropertyPath(text)
		if err != nil {
			return fmt.Errorf("ignoreChanges %q: %w", text, err)
		}
		for path := range c {
			changed, err := resource.ParsePropertyPath(path)
			if err == nil && ignored.Contains(changed) {
				delete(c, path)
			}
		}
	}
	return nil
}

// join writes a key after a path, quoted where it has characters that paths are made of.
func join(path, key string) string {
	switch {
	case strings.ContainsAny(key, `."[]`):
		return fmt.Sprintf(`%s["%s"]`, path, strings.ReplaceAll(key, `"`, `\"`))
	case path == "":
		return key
	}
	return path + "." + key
}

// equal compares plain values; a whole number is the same however it is written.
func equal(one, other any) bool {
	left, isNumber := float(one)
	right, areNumbers := float(other)
	if isNumber && areNumbers {
		return left == right
	}
	return one == other
}

func float(value any) (float64, bool) {
	switch value := value.(type) {
	case int64:
		return float64(value), true
	case float64:
		return value, true
	}
	return 0, false
}
