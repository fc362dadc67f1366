package await

import (
	"context"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
)

// podProblems are the reasons why pods of an owner are not ready: not scheduled, image not pulled, crashed...
func podProblems(ctx context.Context, cluster Cluster, owner *unstructured.Unstructured) []string {
	pods, err := cluster.List(ctx, podKind, owner.GetNamespace(), "")
	if err != nil {
		return nil
	}
	var problems []string
	for at := range pods {
		if !ownedBy(&pods[at], owner) || isGone(&pods[at]) {
			continue
		}
		var pod corev1.Pod
		if runtime.DefaultUnstructuredConverter.FromUnstructured(pods[at].Object, &pod) != nil {
			continue
		}
		for _, reason := range reasons(pod) {
			problems = append(problems, fmt.Sprintf("Pod %s/%s: %s", pod.Namespace, pod.Name, reason))
		}
	}
	return problems
}

// reasons why a pod is neither ready nor has succeeded. What its conditions say is too general when there are others.
func reasons(pod corev1.Pod) []string {
	if pod.Status.Phase == corev1.PodSucceeded {
		return nil
	}
	var found []string
	for _, status := range slices.Concat(pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses) {
		found = append(found, containerReasons(status)...)
	}
	if pod.Status.Phase == corev1.PodFailed && pod.Status.Reason != "" {
		found = append(found, fmt.Sprintf("[%s] %s", pod.Status.Reason, pod.Status.Message))
	}
	if len(found) > 0 {
		return found
	}
	for _, condition := range pod.Status.Conditions {
		switch condition.Type {
		case corev1.PodScheduled, corev1.PodInitialized, corev1.PodReady:
			if condition.Status != corev1.ConditionTrue && condition.Message != "" {
				found = append(found, fmt.Sprintf("[%s] %s", condition.Reason, condition.Message))
			}
		}
	}
	return found
}

func containerReasons(status corev1.ContainerStatus) []string {
	if status.Ready {
		return nil
	}
	var found []string
	if waiting := status.State.Waiting; waiting != nil &&
		waiting.Reason != "ContainerCreating" && waiting.Reason != "PodInitializing" {
		found = append(found, strings.TrimSpace(
			fmt.Sprintf("container %s is waiting: [%s] %s", status.Name, waiting.Reason, waiting.Message)))
	}
	for _, ended := range []*corev1.ContainerStateTerminated{
		status.State.Terminated, status.LastTerminationState.Terminated,
	} {
		if ended != nil && ended.ExitCode != 0 {
			found = append(found, strings.TrimSpace(fmt.Sprintf(
				"container %s ended with exit code %d [%s] %s", status.Name, ended.ExitCode, ended.Reason, ended.Message)))
		}
	}
	return found
}

// eventProblems are warnings about an object whose own status does not tell why it has no pods: a pod that
// admission refuses never exists.
func eventProblems(ctx context.Context, cluster Cluster, object *unstructured.Unstructured) []string {
	events, err := cluster.List(ctx, eventKind, object.GetNamespace(), "")
	if err != nil {
		return nil
	}
	var problems []string
	for at := range events {
		if text(&events[at], "involvedObject", "uid") != string(object.GetUID()) ||
			text(&events[at], "type") != corev1.EventTypeWarning {
			continue
		}
		problems = append(problems, fmt.Sprintf("[%s] %s", text(&events[at], "reason"), text(&events[at], "message")))
	}
	return problems
}
