// Package node holds the settings of the programs that make a node which runs containers.
package node

import (
	_ "embed"
	"fmt"
	"os"
)

//go:embed containerd.toml
var containerd string

//go:embed kubelet.yaml
var kubelet string

//go:embed kube-proxy.yaml
var kubeProxy string

//go:embed cni.json
var cni string

// resolver is for pods that want the node's: there is no name server outside of the cluster.
const resolver = "# There is no name server here.\n"

// Files are the settings by path, with values in place of ${NAMES}.
func Files(values map[string]string) (map[string][]byte, error) {
	files := map[string][]byte{}
	for path, template := range map[string]string{
		"containerd.toml": containerd, "kubelet.yaml": kubelet, "kube-proxy.yaml": kubeProxy,
		"cni/10-bridge.conflist": cni, "resolv.conf": resolver,
	} {
		var missing []string
		text := os.Expand(template, func(name string) string {
			value, has := values[name]
			if !has {
				missing = append(missing, name)
			}
			return value
		})
		if missing != nil {
			return nil, fmt.Errorf("%s: there is no value for %v", path, missing)
		}
		files[path] = []byte(text)
	}
	return files, nil
}
