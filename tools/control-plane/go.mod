module mlops-platform/control-plane

go 1.25.0

require (
	golang.org/x/sys v0.42.0
	sigs.k8s.io/yaml v1.6.0
)

require go.yaml.in/yaml/v2 v2.4.2 // indirect
