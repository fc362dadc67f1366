package api

import "testing"

func TestYAMLMayHoldSeveralObjectsAndEmptyDocuments(t *testing.T) {
	objects, err := Parse([]byte("# a comment\n---\nkind: A\n---\n---\nkind: B\ndata:\n  text: |\n    ---not a mark\n"))
	if err != nil {
		t.Fatal(err)
	}
	if len(objects) != 2 || Text(objects[0], "kind") != "A" || Text(objects[1], "data", "text") != "---not a mark\n" {
		t.Errorf("read %v", objects)
	}
}

func TestReadingWhatIsNotThereGivesNothing(t *testing.T) {
	object := Object{"spec": Object{"number": 1.0, "text": "yes"}}
	if Text(object, "spec", "text") != "yes" || At(object, "spec", "number") != 1.0 {
		t.Error("what is there is not read")
	}
	if Text(object, "spec", "number") != "" || Text(object, "spec", "text", "deeper") != "" || At(nil, "spec") != nil {
		t.Error("something was read where nothing is")
	}
}
