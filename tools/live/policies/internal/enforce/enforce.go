// Package enforce keeps one nftables table equal to what a cluster's NetworkPolicies say.
package enforce

import (
	"context"
	"fmt"
	"log"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/kubernetes"

	"mlops-platform/live-policies/internal/addresses"
	"mlops-platform/live-policies/internal/rules"
)

const (
	// batch is how long it waits for more news before it acts on the first.
	batch = 10 * time.Millisecond
	// pause is how long it waits after the API server did not answer.
	pause = 200 * time.Millisecond
	// glance is how often it looks whether a pod was given an address: its first process starts soon after.
	glance = 10 * time.Millisecond
	// patience is for one question to the API server.
	patience = 15 * time.Second
	// again is how often everything is read and written without any news, should somebody have removed the table.
	again = 30 * time.Second
)

// Enforcer has what it takes to do so.
type Enforcer struct {
	table     Table
	addresses addresses.Results
	options   rules.Options
	// applied is what the table was last replaced with.
	applied string
}

// New closes the pod network at once, unless a table from before is in force: then that stays until there is a newer one.
func New(ctx context.Context, table Table, given addresses.Results, options rules.Options) (*Enforcer, error) {
	enforcer := &Enforcer{table: table, addresses: given, options: options}
	if exists, err := table.Exists(ctx); exists || err != nil {
		return enforcer, err
	}
	return enforcer, enforcer.apply(ctx, rules.Cluster{})
}

// Run goes on until the context ends, and leaves the table in force.
func (e *Enforcer) Run(ctx context.Context, client kubernetes.Interface) {
	news := make(chan struct{}, 1)
	for _, open := range watches(client) {
		go wake(ctx, open, news)
	}
	go e.look(ctx, news)
	for troubled := false; ctx.Err() == nil; {
		if err := e.Once(ctx, client); err != nil && ctx.Err() == nil {
			if !troubled {
				log.Printf("The rules stay as they are: %v", err)
			}
			troubled = true
			wait(ctx, pause)
			continue
		}
		troubled = false
		select {
		case <-news:
			wait(ctx, batch)
		case <-time.After(again):
			e.applied = ""
		case <-ctx.Done():
		}
	}
}

// Once reads everything and, if that makes a difference, replaces the table.
func (e *Enforcer) Once(ctx context.Context, client kubernetes.Interface) error {
	cluster, err := e.read(ctx, client)
	if err != nil {
		return err
	}
	return e.apply(ctx, cluster)
}

// read asks the node who has which address, then the API server for pods, and for policies last. What is read later is never
// older: so no pod is taken for an open one because a policy that was there before it has not been heard of yet, as could happen with
// caches of each kind.
func (e *Enforcer) read(ctx context.Context, client kubernetes.Interface) (rules.Cluster, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	holders, err := e.addresses.Holders()
	if err != nil {
		return rules.Cluster{}, fmt.Errorf("the pods' addresses can't be read: %w", err)
	}
	pods, err := client.CoreV1().Pods(metav1.NamespaceAll).List(ctx, metav1.ListOptions{})
	if err != nil {
		return rules.Cluster{}, fmt.Errorf("pods can't be read: %w", err)
	}
	namespaces, err := client.CoreV1().Namespaces().List(ctx, metav1.ListOptions{})
	if err != nil {
		return rules.Cluster{}, fmt.Errorf("namespaces can't be read: %w", err)
	}
	policies, err := client.NetworkingV1().NetworkPolicies(metav1.NamespaceAll).List(ctx, metav1.ListOptions{})
	if err != nil {
		return rules.Cluster{}, fmt.Errorf("network policies can't be read: %w", err)
	}
	return rules.Cluster{Pods: pods.Items, Holders: holders, Namespaces: namespaces.Items, Policies: policies.Items}, nil
}

func (e *Enforcer) apply(ctx context.Context, cluster rules.Cluster) error {
	script, err := rules.Render(cluster, e.options)
	if err != nil || script == e.applied {
		return err
	}
	began := time.Now()
	if err := e.table.Replace(ctx, script); err != nil {
		return err
	}
	if e.applied != "" {
		log.Printf("New rules from %d pods and %d policies, in %d ms",
			len(cluster.Holders), len(cluster.Policies), time.Since(began).Milliseconds())
	}
	e.applied = script
	return nil
}

// opener starts a watch of one kind of object.
type opener func(context.Context, metav1.ListOptions) (watch.Interface, error)

func watches(client kubernetes.Interface) []opener {
	return []opener{
		client.CoreV1().Pods(metav1.NamespaceAll).Watch,
		client.CoreV1().Namespaces().Watch,
		client.NetworkingV1().NetworkPolicies(metav1.NamespaceAll).Watch,
	}
}

// wake says that there is news, whatever it is: also when a watch begins, for what happened while nobody looked.
func wake(ctx context.Context, open opener, news chan<- struct{}) {
	for ctx.Err() == nil {
		watching, err := open(ctx, metav1.ListOptions{})
		if err != nil {
			wait(ctx, pause)
			continue
		}
		tell(news)
		for event := range watching.ResultChan() {
			if event.Type == watch.Error {
				break
			}
			tell(news)
		}
		watching.Stop()
		wait(ctx, batch)
	}
}

// look says so when an address was given or taken back.
func (e *Enforcer) look(ctx context.Context, news chan<- struct{}) {
	for seen := e.addresses.Changed(); ctx.Err() == nil; wait(ctx, glance) {
		if changed := e.addresses.Changed(); !changed.Equal(seen) {
			seen = changed
			tell(news)
		}
	}
}

func tell(news chan<- struct{}) {
	select {
	case news <- struct{}{}:
	default:
	}
}

func wait(ctx context.Context, duration time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(duration):
	}
}
