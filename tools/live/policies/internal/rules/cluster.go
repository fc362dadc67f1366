// Package rules says in the language of nftables what the NetworkPolicies of a cluster mean on its one node.
package rules

import (
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// Cluster is what decides who may connect to whom.
type Cluster struct {
	Pods       []corev1.Pod
	Holders    []Holder
	Namespaces []corev1.Namespace
	Policies   []networkingv1.NetworkPolicy
}

// Holder is a pod that was given an address of its own, by the node.
type Holder struct {
	Namespace, Name, UID string
	Address              netip.Addr
}

// pod is one with an address that is its own.
type pod struct {
	// name is `namespace/name`.
	name      string
	namespace string
	labels    labels.Set
	address   netip.Addr
	ports     []corev1.ContainerPort
}

// podsOf gives the pods that hold an address, by name. One that the API server has not told of yet is left out.
func podsOf(cluster Cluster) []pod {
	known := map[string]corev1.Pod{}
	for _, one := range cluster.Pods {
		known[string(one.UID)+" "+one.Namespace+"/"+one.Name] = one
	}
	holders := map[netip.Addr]corev1.Pod{}
	for _, holder := range cluster.Holders {
		found, exists := known[holder.UID+" "+holder.Namespace+"/"+holder.Name]
		if !exists {
			continue
		}
		// Should an address not have been taken back from a pod that is gone, it is the newer one's.
		if other, taken := holders[holder.Address]; !taken || other.CreationTimestamp.Before(&found.CreationTimestamp) {
			holders[holder.Address] = found
		}
	}
	pods := make([]pod, 0, len(holders))
	for address, holder := range holders {
		pods = append(pods, pod{
			name:      holder.Namespace + "/" + holder.Name,
			namespace: holder.Namespace,
			labels:    holder.Labels,
			address:   address,
			ports:     portsOf(holder.Spec),
		})
	}
	slices.SortFunc(pods, func(one, other pod) int { return strings.Compare(one.name, other.name) })
	return pods
}

// portsOf gives the ports that policies may call by a name: those of containers, and of sidecars.
func portsOf(spec corev1.PodSpec) []corev1.ContainerPort {
	var ports []corev1.ContainerPort
	for _, container := range spec.InitContainers {
		if container.RestartPolicy != nil && *container.RestartPolicy == corev1.ContainerRestartPolicyAlways {
			ports = append(ports, container.Ports...)
		}
	}
	for _, container := range spec.Containers {
		ports = append(ports, container.Ports...)
	}
	return ports
}
