// Versions and checksums of the modules from which ../published takes definitions. No code of theirs is used, so
// `go mod tidy` would empty this file: use `go get MODULE@VERSION` and `go mod download` here instead.
module mlops-platform/control-plane/crds/modules

go 1.24.0

require (
	github.com/argoproj/argo-cd/v3 v3.3.19
	github.com/cert-manager/cert-manager v1.21.2
	github.com/kserve/kserve v0.15.0
	github.com/operator-framework/api v0.30.0
	github.com/prometheus-operator/prometheus-operator v0.85.0
	github.com/traefik/traefik/v3 v3.7.13
	sigs.k8s.io/gateway-api v1.6.0
)
