// Kubeconfigs: one for the person at the terminal, and one for each component that talks to the API server.
package plane

import (
	"encoding/base64"
	"os"

	"sigs.k8s.io/yaml"
)

func (p *Plane) kubeconfigOf(name string) string { return p.path(configFolder, name+".kubeconfig") }

func (p *Plane) writeKubeconfigs() error {
	for _, name := range []string{controllerManager, scheduler, kwok} {
		if err := p.writeKubeconfig(p.kubeconfigOf(name), name); err != nil {
			return err
		}
	}
	return p.writeKubeconfig(p.path(kubeconfigFile), admin)
}

// writeKubeconfig puts the certificates themselves into the file, so that it may be copied.
func (p *Plane) writeKubeconfig(path, identity string) error {
	var failure error
	contents := func(path string) string {
		data, err := os.ReadFile(path)
		if err != nil {
			failure = err
		}
		return base64.StdEncoding.EncodeToString(data)
	}
	type fields = map[string]any
	config := fields{
		"apiVersion": "v1", "kind": "Config", "current-context": Context,
		"clusters": []fields{{"name": Context, "cluster": fields{
			"server": p.url(apiServer), "certificate-authority-data": contents(p.authority()),
		}}},
		"users": []fields{{"name": Context, "user": fields{
			"client-certificate-data": contents(p.certificate(identity)), "client-key-data": contents(p.key(identity)),
		}}},
		"contexts": []fields{{"name": Context, "context": fields{"cluster": Context, "user": Context}}},
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
