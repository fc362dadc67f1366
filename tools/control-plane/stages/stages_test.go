package stages

import (
	"strings"
	"testing"

	"mlops-platform/control-plane/internal/api"
)

func TestEveryStageHasANameOfItsOwnAndTakesUpSomething(t *testing.T) {
	stages, err := api.Parse(All())
	if err != nil {
		t.Fatal(err)
	}
	if len(stages) < 10 {
		t.Errorf("there are only %d stages", len(stages))
	}
	seen := map[string]bool{}
	for _, stage := range stages {
		name := api.Text(stage, "metadata", "name")
		if name == "" || seen[name] || api.Text(stage, "kind") != "Stage" {
			t.Errorf("%q is no stage, or there are two of it", name)
		}
		seen[name] = true
		if api.At(stage, "spec", "selector", "matchExpressions") == nil {
			t.Errorf("%s takes up everything", name)
		}
	}
}

func TestTheOutcomeIsSpelledOutForKwok(t *testing.T) {
	all := string(All())
	if strings.Contains(all, "$outcome") {
		t.Error("$outcome is still there")
	}
	for _, word := range []string{Annotation, NeverReady, Fail, Wait} {
		if !strings.Contains(all, `"`+word+`"`) {
			t.Errorf("%s is not asked for", word)
		}
	}
}
