package kube

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	rpc "github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/client-go/tools/clientcmd/api"
)

// clusterKeys are the arguments that decide which cluster it is.
var clusterKeys = []resource.PropertyKey{"kubeconfig", "context", "cluster"}

// DiffConfig replaces a provider, and with it all its objects, when its cluster becomes another one: when the
// active cluster entry of the kubeconfig changes. An unchanged clusterIdentifier prevents that, and a changed one
// forces it. A kubeconfig that cannot be read is an error, as with the official provider: such as the path of a file
// that another machine had.
func (p *provider) DiffConfig(
	_ context.Context, request *pulumirpc.DiffRequest,
) (*pulumirpc.DiffResponse, error) {
	plain := rpc.MarshalOptions{KeepUnknowns: true}
	olds, err := rpc.UnmarshalProperties(request.GetOlds(), plain)
	if err != nil {
		return nil, err
	}
	news, err := rpc.UnmarshalProperties(request.GetNews(), plain)
	if err != nil {
		return nil, err
	}
	return diffConfig(olds, news)
}

func diffConfig(olds, news resource.PropertyMap) (*pulumirpc.DiffResponse, error) {
	response := &pulumirpc.DiffResponse{Changes: pulumirpc.DiffResponse_DIFF_NONE}
	difference := olds.Diff(news)
	if difference == nil {
		return response, nil
	}
	another, err := anotherCluster(olds, news)
	if err != nil {
		return nil, err
	}
	response.Changes = pulumirpc.DiffResponse_DIFF_SOME
	for _, key := range difference.ChangedKeys() {
		response.Diffs = append(response.Diffs, string(key))
	}
	const identifier = "clusterIdentifier"
	switch {
	case difference.Same(identifier) && news.HasValue(identifier):
	case difference.Updated(identifier):
		response.Replaces = []string{identifier}
	case another:
		for _, key := range clusterKeys {
			if slices.Contains(response.Diffs, string(key)) {
				response.Replaces = append(response.Replaces, string(key))
			}
		}
	}
	return response, nil
}

// anotherCluster is true when both configurations lead to a cluster and these differ, and when the new one is not
// known yet.
func anotherCluster(olds, news resource.PropertyMap) (bool, error) {
	for _, key := range clusterKeys {
		if news[key].IsComputed() {
			return true, nil
		}
	}
	before, err := activeCluster(olds)
	if err != nil {
		return false, err
	}
	after, err := activeCluster(news)
	if err != nil {
		return false, err
	}
	return before != nil && after != nil && !equality.Semantic.DeepEqual(before, after), nil
}

// activeCluster is the entry of the kubeconfig that the arguments lead to; nil when they lead to none.
func activeCluster(arguments resource.PropertyMap) (*api.Cluster, error) {
	kubeconfig := arguments["kubeconfig"]
	content := ""
	switch {
	case kubeconfig.IsString():
		content = kubeconfig.StringValue()
	case kubeconfig.IsObject():
		encoded, err := json.Marshal(kubeconfig.ObjectValue().Mappable())
		if err != nil {
			return nil, err
		}
		content = string(encoded)
	}
	if content == "" {
		return nil, nil
	}
	config, err := loadKubeconfig(content)
	if err != nil {
		return nil, err
	}
	name := config.CurrentContext
	if chosen := arguments["context"]; chosen.IsString() {
		name = chosen.StringValue()
	}
	context, found := config.Contexts[name]
	if !found {
		return nil, nil
	}
	cluster := context.Cluster
	if chosen := arguments["cluster"]; chosen.IsString() {
		cluster = chosen.StringValue()
	}
	entry := config.Clusters[cluster]
	if entry != nil {
		entry.LocationOfOrigin = ""
	}
	return entry, nil
}
