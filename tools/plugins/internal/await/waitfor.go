package await

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/util/jsonpath"
)

// Expression is the rule that the annotation pulumi.com/waitFor asks for: "condition=Type[=Status]",
// "jsonpath={.path}[=value]", or a JSON list of such, all of which have to hold.
func Expression(annotation string) (Rule, error) {
	var expressions []string
	if json.Unmarshal([]byte(annotation), &expressions) != nil {
		expressions = []string{annotation}
	}
	if len(expressions) == 0 {
		return nil, fmt.Errorf("pulumi.com/waitFor: the list is empty")
	}
	var rules []Rule
	for _, expression := range expressions {
		var rule Rule
		var err error
		if wanted, is := strings.CutPrefix(expression, "condition="); is {
			rule = conditionRule(wanted)
		} else if wanted, is := strings.CutPrefix(expression, "jsonpath="); is {
			rule, err = pathRule(wanted)
		} else {
			err = fmt.Errorf("it has to start with condition= or jsonpath=")
		}
		if err != nil {
			return nil, fmt.Errorf("pulumi.com/waitFor %q: %w", expression, err)
		}
		rules = append(rules, rule)
	}
	return all(rules), nil
}

func all(rules []Rule) Rule {
	return func(ctx context.Context, object *unstructured.Unstructured) Verdict {
		for _, rule := range rules {
			if verdict := rule(ctx, object); !verdict.Ready {
				return verdict
			}
		}
		return Verdict{Ready: true}
	}
}

// conditionRule holds when the condition has the status, True unless another is given, and is about the present
// generation.
func conditionRule(wanted string) Rule {
	kind, status, given := strings.Cut(wanted, "=")
	if !given {
		status = "True"
	}
	return func(_ context.Context, object *unstructured.Unstructured) Verdict {
		verdict := Verdict{Progress: fmt.Sprintf("Waiting for the condition %s=%s", kind, status)}
		list, _, _ := unstructured.NestedSlice(object.Object, "status", "conditions")
		for _, element := range list {
			fields, _ := element.(map[string]any)
			found := &unstructured.Unstructured{Object: fields}
			if !strings.EqualFold(text(found, "type"), kind) {
				continue
			}
			seen := numberOr(found, numberOr(object, object.GetGeneration(), "status", "observedGeneration"),
				"observedGeneration")
			verdict.Ready = strings.EqualFold(text(found, "status"), status) && seen >= object.GetGeneration()
			if !verdict.Ready {
				verdict.Problems = []string{fmt.Sprintf("The condition %s is %s: [%s] %s", kind,
					text(found, "status"), text(found, "reason"), text(found, "message"))}
			}
			return verdict
		}
		verdict.Problems = []string{fmt.Sprintf("It has no condition %s", kind)}
		return verdict
	}
}

// pathRule holds when the path leads to the value, or to any value when none is given.
func pathRule(wanted string) (Rule, error) {
	end := strings.LastIndex(wanted, "}")
	if !strings.HasPrefix(wanted, "{") || end < 0 {
		return nil, fmt.Errorf("the path has to be in braces, as in jsonpath={.status.phase}=Ready")
	}
	value, given := strings.CutPrefix(wanted[end+1:], "=")
	if wanted[end+1:] != "" && (!given || value == "") {
		return nil, fmt.Errorf("after the path comes nothing, or =value")
	}
	path := jsonpath.New("waitFor").AllowMissingKeys(true)
	if err := path.Parse(wanted[:end+1]); err != nil {
		return nil, err
	}
	return func(_ context.Context, object *unstructured.Unstructured) Verdict {
		verdict := Verdict{Progress: "Waiting for " + wanted}
		results, err := path.FindResults(object.Object)
		if err != nil || len(results) == 0 || len(results[0]) == 0 {
			verdict.Problems = []string{wanted[:end+1] + " leads nowhere"}
			return verdict
		}
		found := fmt.Sprint(results[0][0].Interface())
		verdict.Ready = !given || found == value
		if !verdict.Ready {
			verdict.Problems = []string{fmt.Sprintf("%s is %q, not %q", wanted[:end+1], found, value)}
		}
		return verdict
	}, nil
}
