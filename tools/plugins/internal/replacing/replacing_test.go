package replacing

import "testing"

func TestTheTableIsReadWhole(t *testing.T) {
	if len(Kubernetes.Always) != 2 || len(Kubernetes.Kinds["batch/Job"]) != 4 {
		t.Errorf("the fields of Kubernetes objects are %+v", Kubernetes)
	}
	if contents := Kubernetes.Contents["/Secret"]; contents.Mutable != "enableSecretMutable" || len(contents.Fields) != 2 {
		t.Errorf("the contents of a Secret are %+v", contents)
	}
}

func TestArgumentsReplaceUnlessTheTableSaysOtherwise(t *testing.T) {
	const certificate = "tls:index/selfSignedCert:SelfSignedCert"
	if !InPlace(certificate, "earlyRenewalHours") || InPlace(certificate, "dnsNames") || InPlace("random:x", "length") {
		t.Error("only the early renewal of a certificate is changed in place")
	}
}
