package rules

import (
	"crypto/sha256"
	"fmt"
	"net/netip"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// Table is the name of the table, in the family inet.
const Table = "live-policies"

// Options is what the cluster's objects do not say.
type Options struct {
	// PodNetwork is where pods get their addresses from. One of these that no pod is known to have is closed.
	PodNetwork netip.Prefix
}

// Render gives the script with which nft replaces the whole table at once. A pod's own chain asks the policies that select
// it; the first that permits a connection accepts it, and nftables goes on to the other direction's chain, which has a lower
// priority.
func Render(cluster Cluster, options Options) (string, error) {
	s := scene{pods: podsOf(cluster), namespaces: map[string]labels.Set{}}
	for _, namespace := range cluster.Namespaces {
		s.namespaces[namespace.Name] = namespace.Labels
	}
	out, err := s.decide(cluster.Policies, egress)
	if err != nil {
		return "", err
	}
	in, err := s.decide(cluster.Policies, ingress)
	if err != nil {
		return "", err
	}

	var text strings.Builder
	line := func(format string, values ...any) { fmt.Fprintf(&text, format+"\n", values...) }
	// To delete a table, it has to be there.
	line("table inet %s", Table)
	line("delete table inet %s", Table)
	line("table inet %s {", Table)
	s.writeItself(line)
	writeVerdicts(line, egress, out)
	writeVerdicts(line, ingress, in)
	writeBase(line, "forwarded-from-pods", "forward priority filter", []string{
		// Every interface gives itself an address of its link, which no policy knows.
		"meta nfproto ipv6 drop",
		"ct state established,related accept",
		"ip saddr . ip daddr @itself accept",
		fmt.Sprintf("ip saddr %s jump egress", options.PodNetwork.Masked()),
	})
	writeBase(line, "forwarded-to-pods", "forward priority filter + 1", []string{
		"ct state established,related accept",
		"ip saddr . ip daddr @itself accept",
		fmt.Sprintf("ip daddr %s jump ingress", options.PodNetwork.Masked()),
	})
	writeBase(line, "from-pods-to-the-node", "input priority filter", []string{
		"iif lo accept",
		"meta nfproto ipv6 drop",
		"ct state established,related accept",
		fmt.Sprintf("ip saddr %s jump egress", options.PodNetwork.Masked()),
	})
	writeChain(line, "egress", []string{"ip saddr vmap @egress-of-pods", "drop"})
	writeChain(line, "ingress", []string{"ip daddr vmap @ingress-of-pods", "drop"})
	out.writeChains(line, egress)
	in.writeChains(line, ingress)
	line("}")
	return text.String(), nil
}

type writer = func(format string, values ...any)

// decisions are one direction's, by pod.
type decisions struct {
	pods []pod
	// applying are the policies that select a pod, in the order of pods. A pod that none selects is open.
	applying [][]policy
	// policies are those that select anybody.
	policies []policy
}

func (s scene) decide(sources []networkingv1.NetworkPolicy, d direction) (decisions, error) {
	result := decisions{pods: s.pods, applying: make([][]policy, len(s.pods))}
	for _, source := range sources {
		if !applies(source.Spec, d) {
			continue
		}
		read, err := s.read(source, d)
		if err != nil {
			return result, fmt.Errorf("the NetworkPolicy %s/%s: %w", source.Namespace, source.Name, err)
		}
		if len(read.selected) == 0 {
			continue
		}
		result.policies = append(result.policies, read)
		for index, candidate := range s.pods {
			for _, selected := range read.selected {
				if selected.address == candidate.address {
					result.applying[index] = append(result.applying[index], read)
				}
			}
		}
	}
	return result, nil
}

// writeItself lists every pod with itself: no pod can block access to itself, also not by way of its own Service.
func (s scene) writeItself(line writer) {
	line("\tset itself {")
	line("\t\ttype ipv4_addr . ipv4_addr")
	var elements []string
	for _, one := range s.pods {
		elements = append(elements, fmt.Sprintf("%s . %s", one.address, one.address))
	}
	writeElements(line, elements)
	line("\t}")
}

func writeVerdicts(line writer, d direction, made decisions) {
	line("\tmap %s-of-pods {", d.name)
	line("\t\ttype ipv4_addr : verdict")
	var elements []string
	for index, one := range made.pods {
		verdict := "accept"
		if len(made.applying[index]) > 0 {
			verdict = "goto " + chainName("pod", d, one.name)
		}
		elements = append(elements, fmt.Sprintf("%s : %s", one.address, verdict))
	}
	writeElements(line, elements)
	line("\t}")
}

// writeElements writes none where there are none, which nft would not read.
func writeElements(line writer, elements []string) {
	if len(elements) > 0 {
		line("\t\telements = {\n\t\t\t%s\n\t\t}", strings.Join(elements, ",\n\t\t\t"))
	}
}

func (made decisions) writeChains(line writer, d direction) {
	for _, one := range made.policies {
		writeChain(line, chainName("policy", d, one.name), one.lines)
	}
	for index, one := range made.pods {
		if len(made.applying[index]) == 0 {
			continue
		}
		var lines []string
		for _, applying := range made.applying[index] {
			lines = append(lines, "jump "+chainName("policy", d, applying.name))
		}
		writeChain(line, chainName("pod", d, one.name), append(lines, "drop"))
	}
}

func writeBase(line writer, name, hook string, lines []string) {
	writeChain(line, name, append([]string{"type filter hook " + hook + "; policy accept"}, lines...))
}

func writeChain(line writer, name string, lines []string) {
	line("\tchain %s {", name)
	for _, one := range lines {
		line("\t\t%s", one)
	}
	line("\t}")
}

// longest is how much of a name nftables takes, with room for what is added.
const longest = 90

// chainName is `policy/egress/namespace/name`; of a name that is too long, only the start is kept.
func chainName(kind string, d direction, name string) string {
	if len(name) > longest {
		name = fmt.Sprintf("%s-%x", name[:longest], sha256.Sum256([]byte(name)))[:longest+17]
	}
	return kind + "/" + d.name + "/" + name
}
