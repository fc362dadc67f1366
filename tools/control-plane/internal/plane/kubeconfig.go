// Kubeconfigs: one for the person at the terminal, and one for each component that talks to the API server.
package plane

import (
	"encoding/base64"
	"os"

	"sigs.k8s.io/yaml"
)

func (p *Plane) kubeconfigOf(name string) string { return p.path(configFolder, name+".kubeconfig") }

func (p *Plane) writeKubeconfigs() error {
	names := []string{controllerManager, scheduler, kwok}
	if p.real() {
		names = []string{controllerManager, scheduler, kubelet, kubeProxy, policies}
	}
	for _, name := range names {
		if err := p.writeKubeconfig(p.kubeconfigOf(name), p.url(apiServer), name); err != nil {
			return err
		}
	}
	return p.writeKubeconfig(p.path(kubeconfigFile), p.outside(apiServer), admin)
}

// writeKubeconfig puts the certificates themselves into the file, so that it may be copied.
func (p *Plane) writeKubeconfig(path, server, identity string) error {
	var failure error
	contents := func(path string) string {
		data, err := os.ReadFile(path)
		if err != nil {
			failure = err
		}
		return base64.StdEncoding.EncodeToString(data)
	}
	type fields = map[string]any
	name := p.context()
	config := fields{
		"apiVersion": "v1", "kind": "Config", "current-context": name,
		"clusters": []fields{{"name": name, "cluster": fields{
			"server": server, "certificate-authority-data": contents(p.authority()),
		}}},
		"users": []fields{{"name": name, "user": fields{
			"client-certificate-data": contents(p.certificate(identity)), "client-key-data": contents(p.key(identity)),
		}}},
		"contexts": []fields{{"name": name, "context": fields{"cluster": name, "user": name}}},
	}
	data, err := yaml.Marshal(config)
	if err != nil {
		return err
	}
	if failure != nil {
		return failure
	}
	return writeFile(path, data)
}
