package rules

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// direction is how a connection looks from the pod that a policy selects.
type direction struct {
	name string
	kind networkingv1.PolicyType
	// peer is where nftables finds the address of the other end.
	peer string
}

var (
	egress  = direction{"egress", networkingv1.PolicyTypeEgress, "ip daddr"}
	ingress = direction{"ingress", networkingv1.PolicyTypeIngress, "ip saddr"}
)

// scene is a cluster with what is asked of it again and again.
type scene struct {
	pods       []pod
	namespaces map[string]labels.Set
}

// policy is a NetworkPolicy in one direction.
type policy struct {
	// name is `namespace/name`.
	name      string
	namespace string
	selected  []pod
	// lines are what it permits, in nftables' words.
	lines []string
}

// applies tells whether a policy has something to say in a direction. Left out, its types are Ingress always, and Egress
// only with rules for that. The API server fills them in; this doesn't rely on it.
func applies(spec networkingv1.NetworkPolicySpec, d direction) bool {
	if len(spec.PolicyTypes) > 0 {
		return slices.Contains(spec.PolicyTypes, d.kind)
	}
	return d.kind == networkingv1.PolicyTypeIngress || len(spec.Egress) > 0
}

func (s scene) read(source networkingv1.NetworkPolicy, d direction) (policy, error) {
	result := policy{name: source.Namespace + "/" + source.Name, namespace: source.Namespace}
	selector, err := metav1.LabelSelectorAsSelector(&source.Spec.PodSelector)
	if err != nil {
		return result, err
	}
	for _, candidate := range s.pods {
		if candidate.namespace == source.Namespace && selector.Matches(candidate.labels) {
			result.selected = append(result.selected, candidate)
		}
	}
	permit := func(peers []networkingv1.NetworkPolicyPeer, ports []networkingv1.NetworkPolicyPort) error {
		// A named port is the destination's: that is the selected pod, or whoever the peers are.
		destinations := result.selected
		if d == egress {
			destinations = s.pods
		}
		whom, err := s.peers(result.namespace, peers, d)
		if err != nil {
			return err
		}
		for _, peer := range whom {
			for _, port := range portMatches(ports, destinations) {
				result.lines = append(result.lines, strings.Join(append(slices.Concat(peer, port), "accept"), " "))
			}
		}
		return nil
	}
	if d == egress {
		for _, rule := range source.Spec.Egress {
			if err := permit(rule.To, rule.Ports); err != nil {
				return result, err
			}
		}
		return result, nil
	}
	for _, rule := range source.Spec.Ingress {
		if err := permit(rule.From, rule.Ports); err != nil {
			return result, err
		}
	}
	return result, nil
}

// match is a conjunction of conditions in nftables' words; an empty one is always met.
type match []string

// peers gives the alternatives for the other end: none at all when no pod is meant.
func (s scene) peers(namespace string, peers []networkingv1.NetworkPolicyPeer, d direction) ([]match, error) {
	if len(peers) == 0 {
		return []match{{}}, nil
	}
	var pods []string
	var blocks []match
	for _, peer := range peers {
		if peer.IPBlock != nil {
			block, err := blockMatch(*peer.IPBlock, d)
			if err != nil {
				return nil, err
			}
			if block != nil {
				blocks = append(blocks, block)
			}
			continue
		}
		found, err := s.podsMeant(namespace, peer)
		if err != nil {
			return nil, err
		}
		for _, one := range found {
			pods = append(pods, one.address.String())
		}
	}
	if len(pods) == 0 {
		return blocks, nil
	}
	return append([]match{{d.peer + " " + set(pods)}}, blocks...), nil
}

func (s scene) podsMeant(namespace string, peer networkingv1.NetworkPolicyPeer) ([]pod, error) {
	inNamespace := func(name string) bool { return name == namespace }
	if peer.NamespaceSelector != nil {
		selector, err := metav1.LabelSelectorAsSelector(peer.NamespaceSelector)
		if err != nil {
			return nil, err
		}
		inNamespace = func(name string) bool {
			known, exists := s.namespaces[name]
			return exists && selector.Matches(known)
		}
	}
	wears := labels.Everything()
	if peer.PodSelector != nil {
		selector, err := metav1.LabelSelectorAsSelector(peer.PodSelector)
		if err != nil {
			return nil, err
		}
		wears = selector
	}
	var meant []pod
	for _, candidate := range s.pods {
		if inNamespace(candidate.namespace) && wears.Matches(candidate.labels) {
			meant = append(meant, candidate)
		}
	}
	return meant, nil
}

// blockMatch gives nothing for a block of IPv6: nobody here has such an address.
func blockMatch(block networkingv1.IPBlock, d direction) (match, error) {
	prefix, err := netip.ParsePrefix(block.CIDR)
	if err != nil {
		return nil, err
	}
	if !prefix.Addr().Is4() {
		return nil, nil
	}
	result := match{d.peer + " " + prefix.Masked().String()}
	for _, except := range block.Except {
		inner, err := netip.ParsePrefix(except)
		if err != nil {
			return nil, err
		}
		result = append(result, d.peer+" != "+inner.Masked().String())
	}
	return result, nil
}

// portMatches gives the alternatives for the port.
func portMatches(ports []networkingv1.NetworkPolicyPort, destinations []pod) []match {
	if len(ports) == 0 {
		return []match{{}}
	}
	var matches []match
	for _, protocol := range []corev1.Protocol{corev1.ProtocolTCP, corev1.ProtocolUDP, corev1.ProtocolSCTP} {
		word := strings.ToLower(string(protocol))
		var ranges []portRange
		var named []string
		for _, port := range ports {
			switch {
			case protocolOf(port.Protocol) != protocol:
			case port.Port == nil:
				ranges = append(ranges, portRange{0, 65535})
			case port.Port.Type == intstr.String:
				for _, destination := range destinations {
					named = append(named, destination.called(port.Port.StrVal, protocol)...)
				}
			default:
				ranges = append(ranges, rangeOf(port.Port.IntVal, port.EndPort))
			}
		}
		if len(ranges) > 0 {
			matches = append(matches, match{word + " dport " + set(merge(ranges))})
		}
		if len(named) > 0 {
			matches = append(matches, match{"ip daddr . " + word + " dport " + set(named)})
		}
	}
	return matches
}

// called gives the ports of a pod that have this name, each with its address.
func (p pod) called(name string, protocol corev1.Protocol) []string {
	var found []string
	for _, port := range p.ports {
		own := port.Protocol
		if port.Name == name && protocolOf(&own) == protocol {
			found = append(found, fmt.Sprintf("%s . %d", p.address, port.ContainerPort))
		}
	}
	return found
}

func protocolOf(protocol *corev1.Protocol) corev1.Protocol {
	if protocol == nil || *protocol == "" {
		return corev1.ProtocolTCP
	}
	return *protocol
}

type portRange struct{ first, last int32 }

func rangeOf(first int32, last *int32) portRange {
	if last == nil {
		return portRange{first, first}
	}
	return portRange{first, *last}
}

// merge joins ranges that overlap, which nftables refuses in a set.
func merge(ranges []portRange) []string {
	slices.SortFunc(ranges, func(one, other portRange) int { return int(one.first - other.first) })
	joined := ranges[:1]
	for _, next := range ranges[1:] {
		if last := &joined[len(joined)-1]; next.first <= last.last+1 {
			last.last = max(last.last, next.last)
		} else {
			joined = append(joined, next)
		}
	}
	var words []string
	for _, one := range joined {
		if one.first == one.last {
			words = append(words, fmt.Sprint(one.first))
		} else {
			words = append(words, fmt.Sprintf("%d-%d", one.first, one.last))
		}
	}
	return words
}

// set names each element once; a policy may say things twice. Their order stays.
func set(elements []string) string {
	var once []string
	for _, element := range elements {
		if !slices.Contains(once, element) {
			once = append(once, element)
		}
	}
	return "{ " + strings.Join(once, ", ") + " }"
}
