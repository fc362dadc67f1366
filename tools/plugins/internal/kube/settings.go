package kube

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"
)

// settings are the provider's arguments, as far as they matter here. Others are accepted and ignored.
type settings struct {
	// kubeconfig is a path or the content; "" is what kubectl would use.
	kubeconfig, context, cluster, namespace string

	secretMutable, configMapMutable, patchForce, upsert bool
	qps                                                 float32
	burst                                               int
}

// The client's rate limits, as the official provider has them.
const (
	defaultQPS   = 50
	defaultBurst = 120
)

// parseSettings reads the variables that the engine passes, which are strings, with the environment variables that
// the official provider knows as defaults.
func parseSettings(variables map[string]string) (settings, error) {
	argument := func(name string) string { return variables["kubernetes:config:"+name] }
	flag := func(name, environment string) bool {
		if value := argument(name); value != "" {
			return value == "true"
		}
		return os.Getenv(environment) == "true"
	}
	parsed := settings{
		kubeconfig:       argument("kubeconfig"),
		context:          argument("context"),
		cluster:          argument("cluster"),
		namespace:        argument("namespace"),
		secretMutable:    flag("enableSecretMutable", "PULUMI_K8S_ENABLE_SECRET_MUTABLE"),
		configMapMutable: flag("enableConfigMapMutable", "PULUMI_K8S_ENABLE_CONFIGMAP_MUTABLE"),
		patchForce:       flag("enablePatchForce", "PULUMI_K8S_ENABLE_PATCH_FORCE"),
		upsert:           flag("upsertExistingObjects", "PULUMI_K8S_UPSERT_EXISTING_OBJECTS"),
		qps:              defaultQPS,
		burst:            defaultBurst,
	}
	if !flagIsOn(argument("enableServerSideApply"), "PULUMI_K8S_ENABLE_SERVER_SIDE_APPLY") {
		return parsed, fmt.Errorf("enableServerSideApply=false is not supported by this stand-in")
	}
	if argument("renderYamlToDirectory") != "" {
		return parsed, fmt.Errorf("renderYamlToDirectory is not supported by this stand-in")
	}
	if text := os.Getenv("PULUMI_K8S_CLIENT_QPS"); text != "" {
		qps, err := strconv.ParseFloat(text, 32)
		if err != nil {
			return parsed, fmt.Errorf("PULUMI_K8S_CLIENT_QPS is no number: %q", text)
		}
		parsed.qps = float32(qps)
	}
	if text := os.Getenv("PULUMI_K8S_CLIENT_BURST"); text != "" {
		burst, err := strconv.Atoi(text)
		if err != nil {
			return parsed, fmt.Errorf("PULUMI_K8S_CLIENT_BURST is no whole number: %q", text)
		}
		parsed.burst = burst
	}
	if text := argument("kubeClientSettings"); text != "" {
		client := struct {
			Burst *int
			QPS   *float32
		}{&parsed.burst, &parsed.qps}
		if err := json.Unmarshal([]byte(text), &client); err != nil {
			return parsed, fmt.Errorf("kubeClientSettings: %w", err)
		}
	}
	return parsed, nil
}

// flagIsOn is for the flag that is on unless somebody turns it off.
func flagIsOn(argument, environment string) bool {
	if argument == "" {
		argument = os.Getenv(environment)
	}
	return argument != "false"
}

// clientConfig is the kubeconfig with the context and cluster that the arguments choose.
func (s settings) clientConfig() (clientcmd.ClientConfig, error) {
	overrides := &clientcmd.ConfigOverrides{
		CurrentContext: s.context,
		Context:        api.Context{Cluster: s.cluster, Namespace: s.namespace},
	}
	if s.kubeconfig == "" {
		rules := clientcmd.NewDefaultClientConfigLoadingRules()
		return clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, overrides), nil
	}
	config, err := loadKubeconfig(s.kubeconfig)
	if err != nil {
		return nil, err
	}
	return clientcmd.NewDefaultClientConfig(*config, overrides), nil
}

func (s settings) restConfig() (*rest.Config, error) {
	config, err := s.clientConfig()
	if err != nil {
		return nil, err
	}
	found, err := config.ClientConfig()
	if err != nil {
		return nil, fmt.Errorf("cannot read the kubeconfig: %w", err)
	}
	found.QPS, found.Burst = s.qps, s.burst
	found.UserAgent = "pulumi-kubernetes-stand-in"
	found.WarningHandler = rest.NoWarnings{}
	return found, nil
}

// defaultNamespace is where objects without a namespace go.
func (s settings) defaultNamespace() string {
	config, err := s.clientConfig()
	if err != nil {
		return "default"
	}
	namespace, _, err := config.Namespace()
	if err != nil || namespace == "" {
		return "default"
	}
	return namespace
}

// loadKubeconfig takes a path, with ~ for the home directory, or the content itself.
func loadKubeconfig(pathOrContent string) (*api.Config, error) {
	path := pathOrContent
	if rest, isHome := strings.CutPrefix(path, "~/"); isHome {
		if home, err := os.UserHomeDir(); err == nil {
			path = filepath.Join(home, rest)
		}
	}
	content := []byte(pathOrContent)
	if _, err := os.Stat(path); err == nil {
		if content, err = os.ReadFile(path); err != nil {
			return nil, err
		}
	}
	config, err := clientcmd.Load(content)
	if err != nil {
		// The error of the parser would show the content, and with it credentials.
		return nil, fmt.Errorf("the provider's kubeconfig is neither a file that exists nor the content of one")
	}
	return config, nil
}
