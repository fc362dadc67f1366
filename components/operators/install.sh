#!/bin/sh
# Sees one operator installed: approves the InstallPlan that installs the pinned version, waits until the Lifecycle
# Manager reports success, and until the API server serves the operator's kinds. Where that does not come about, one
# message says why; it is the pod's termination message, which ends up in the error of the deployment.
#
#   OPERATOR, NAMESPACE    the Subscription: its package's name, and where it is
#   CHANNEL, SOURCE, SOURCE_NAMESPACE   where its versions come from, for messages
#   APPROVAL               Automatic, Manual, or None: an administrator installs it, and only its kinds are waited for
#   VERSION                the ClusterServiceVersion to install with approval Manual
#   PINNED                 those that may come in the same InstallPlan
#   DEFINITIONS            full names of its kinds' definitions, each perhaps with /VERSION
#   TIMEOUT, PATIENCE      seconds until it gives up; seconds that a setback has to last to be believed
#   INTERVAL               seconds between two looks
# shellcheck source=connect.sh
. "$(dirname "$0")/connect.sh"

TERMINATION_LOG=${TERMINATION_LOG:-/dev/termination-log}

SUBSCRIPTION=subscriptions.operators.coreos.com
PLAN=installplans.operators.coreos.com
CSV=clusterserviceversions.operators.coreos.com
KIND=customresourcedefinitions.apiextensions.k8s.io

# The longest message that Kubernetes keeps, in bytes.
MESSAGE_BYTES=4096

# What there is to wait for: `waiting` says it in words, `remedy` what to do if it never comes. Where waiting alone may not
# help, `setback` says the same as `waiting`; where it cannot help, `final` is set.

wait_for() {
  pending "$1"
  remedy=${2-}
}

setback() {
  wait_for "$1" "$2"
  setback=$1
}

look_at_pods="Look at its pods: kubectl get pods,events --namespace=$NAMESPACE"
look_at_catalogs="Look at the catalogs: kubectl get catalogsources,pods --namespace=$SOURCE_NAMESPACE"

# The operator runs.
installed() {
  ask "$SUBSCRIPTION" "$OPERATOR" 'is there
{{with .status}}installed {{with .installedCSV}}{{.}}{{end}}
current {{with .currentCSV}}{{.}}{{end}}
plan {{with .installPlanRef}}{{.name}}{{end}}
{{range .conditions}}{{if and (eq .type "ResolutionFailed") (eq .status "True")}}unresolved {{.reason}}
why {{with .message}}{{printf "%q" .}}{{end}}
{{end}}{{end}}{{end}}' || return 1
  if [ -z "$facts" ]; then
    setback "there is no such Subscription" "Run the deployment again with a refresh: it makes another one."
    return 1
  fi
  before=$(fact installed)
  version=${VERSION:-${before:-$(fact current)}}
  plan=$(fact plan)
  unresolved=$(fact unresolved)
  why=$(fact why)

  # While nothing was resolved for this Subscription, a version that is there is somebody else's, or was left behind.
  if [ -n "$version" ] && { [ -z "$unresolved" ] || [ -n "$before" ]; }; then
    ask "$CSV" "$version" 'is there
{{with .status}}phase {{with .phase}}{{.}}{{end}}
reason {{with .reason}}{{.}}{{end}}{{end}}' || return 1
    if [ -n "$facts" ]; then
      running
      return
    fi
  fi
  planned
  return 1
}

# The version is there: does it work?
running() {
  phase=$(fact phase)
  case $phase in
  Succeeded) return 0 ;;
  Failed)
    case $(fact reason) in
    *OwnerConflict)
      setback "$version failed" "Somebody else has installed it. Remove one of the two, or leave it to them \
(install: false)."
      ;;
    *) setback "$version failed" "$look_at_pods" ;;
    esac
    ;;
  *) wait_for "$version is ${phase:-new}" "$look_at_pods" ;;
  esac
  return 1
}

# The version is not there: what about the plan to install it?
planned() {
  if [ -n "$unresolved" ]; then
    case "$unresolved $why" in
    ConstraintsNotSatisfiable*"clusterserviceversion "*" exists and is not referenced by a subscription"*)
      orphan=${why%" exists and is not referenced by a subscription"*}
      orphan=${orphan##*"clusterserviceversion "}
      setback "$orphan is there already, and belongs to no Subscription" "It was left behind when its Subscription was \
deleted. It is installed again after: kubectl delete clusterserviceversion $orphan --namespace=$NAMESPACE"
      ;;
    ConstraintsNotSatisfiable*)
      setback "no set of versions satisfies the Subscriptions of the namespace $NAMESPACE" "Is \
${VERSION:-$OPERATOR} in the channel $CHANNEL? kubectl describe packagemanifest $OPERATOR \
--namespace=$SOURCE_NAMESPACE. Where the condition names another Subscription, mend that one first: a namespace is \
resolved as a whole."
      ;;
    # Catalogs that are still starting are reported so.
    *) wait_for "its versions cannot be resolved" "$look_at_catalogs" ;;
    esac
    return
  fi
  if [ -z "$plan" ]; then
    wait_for "there is no InstallPlan yet" "$look_at_catalogs"
    return
  fi
  ask "$PLAN" "$plan" 'is there
approved {{.spec.approved}}
versions {{range .spec.clusterServiceVersionNames}}{{.}} {{end}}
{{with .status}}phase {{with .phase}}{{.}}{{end}}{{end}}' || return 0
  if [ -z "$facts" ]; then
    wait_for "InstallPlan $plan is gone, and there is no other yet"
    return
  fi
  versions=$(fact versions)
  phase=$(fact phase)
  case $phase in
  Failed)
    setback "InstallPlan $plan failed" "It is not tried again by itself. Mend what it names, then: kubectl delete \
installplan $plan --namespace=$NAMESPACE"
    final=yes
    ;;
  Complete) missed ;;
  *)
    if [ "$(fact approved)" = true ]; then
      wait_for "InstallPlan $plan is ${phase:-new}"
    else
      unapproved
    fi
    ;;
  esac
}

# All that was planned is done, and the version is not there.
missed() {
  if [ -n "$VERSION" ] && [ "$before" != "$VERSION" ]; then
    setback "${before:-the version before} is installed, and no update to $VERSION is offered" "Is it in the channel \
$CHANNEL, and newer? An operator never goes back to an older version by itself."
  else
    setback "InstallPlan $plan is Complete, but $version is gone" "Somebody deleted it. Delete the Subscription too, \
then run the deployment again with a refresh: kubectl delete subscription $OPERATOR --namespace=$NAMESPACE"
  fi
}

# A plan that waits for somebody to agree to it.
unapproved() {
  by_hand="kubectl patch installplan $plan --namespace=$NAMESPACE --type=merge --patch='{\"spec\":{\"approved\":true}}'"
  if [ "$APPROVAL" != Manual ]; then
    setback "InstallPlan $plan waits for approval ($versions)" "A Subscription with approval Manual makes every plan of \
its namespace wait. Approve it ($by_hand), or give this operator a pinned version and approval Manual."
    return
  fi
  if ! is_among "$VERSION" "$versions"; then
    setback "InstallPlan $plan would install $versions, not $VERSION" "Only the pinned version is approved. Pin what \
the channel $CHANNEL offers, or go there in steps: pin one version after the other."
    return
  fi
  strangers=
  for each in $versions; do
    is_among "$each" "$PINNED" || strangers="$strangers $each"
  done
  if [ -n "$strangers" ]; then
    setback "InstallPlan $plan would install more than is pinned here:$strangers" "Somebody has to agree to that. \
Approve it by hand: $by_hand"
    return
  fi
  approve
}

# The plan as it was seen, and no other: one that has become another meanwhile is looked at again.
approve() {
  list=
  for each in $versions; do
    list="$list${list:+, }\"$each\""
  done
  if kubectl patch "$PLAN" "$plan" --request-timeout=20s --type=json --patch="[
    { \"op\": \"test\", \"path\": \"/spec/clusterServiceVersionNames\", \"value\": [$list] },
    { \"op\": \"replace\", \"path\": \"/spec/approved\", \"value\": true }]" >/dev/null 2>"$errors"; then
    wait_for "InstallPlan $plan is approved: $versions"
  else
    wait_for "InstallPlan $plan cannot be approved: $(tail -n 1 "$errors")"
  fi
}

is_among() {
  case " $2 " in *" $1 "*) return 0 ;; esac
  return 1
}

# The API server knows the operator's kinds.
served() {
  missing=
  for definition in $DEFINITIONS; do
    kind=${definition%%/*}
    ask "$KIND" "$kind" '{{with .status}}{{range .conditions}}
{{if and (eq .type "Established") (eq .status "True")}}established yes{{end}}{{end}}{{end}}
versions {{range .spec.versions}}{{if .served}}{{.name}} {{end}}{{end}}' || return 1
    if [ -z "$(fact established)" ]; then
      missing="$missing $kind"
    elif [ "$kind" != "$definition" ] && ! is_among "${definition#*/}" "$(fact versions)"; then
      missing="$missing $definition"
    fi
  done
  [ -n "$missing" ] || return 0
  if [ "$APPROVAL" = None ]; then
    wait_for "these kinds are not served:$missing" "An administrator has to install $OPERATOR (channel $CHANNEL of \
$SOURCE), or leave it to this stack (install: true)."
  else
    wait_for "these kinds are not served:$missing" "Does $version bring them? Another version may be needed."
  fi
  return 1
}

look() {
  waiting='' setback='' remedy='' final=''
  if [ "$APPROVAL" != None ]; then
    installed || return 1
  fi
  served
}

# What the Lifecycle Manager says about it, as far as it can be had.
circumstances() {
  [ "$APPROVAL" != None ] || return 0
  show "$SUBSCRIPTION" "$OPERATOR" \
    'Subscription {{.metadata.namespace}}/{{.metadata.name}}:{{with .status}} {{with .state}}{{.}}{{end}}
{{range .conditions}}{{if eq .status "True"}}  {{.type}} ({{with .reason}}{{.}}{{end}}): {{with .message}}{{printf "%.900s" .}}{{end}}
{{end}}{{end}}{{else}} no status
{{end}}'
  show "$PLAN" "${plan-}" \
    'InstallPlan {{.metadata.namespace}}/{{.metadata.name}}:{{range .spec.clusterServiceVersionNames}} {{.}}{{end}}{{with .status}}, {{.phase}}{{with .message}}: {{printf "%.600s" .}}{{end}}{{end}}
'
  show "$CSV" "${version-}" \
    'ClusterServiceVersion {{.metadata.namespace}}/{{.metadata.name}}:{{with .status}}{{with .phase}} {{.}}{{end}}{{with .reason}} ({{.}}){{end}}{{with .message}}: {{printf "%.600s" .}}{{end}}{{end}}
'
}

# show KIND NAME TEMPLATE: if there is one, and it can be had.
show() {
  [ -z "$2" ] || ! ask "$@" || [ -z "$facts" ] || printf '%s\n' "$facts"
}

give_up() {
  message=$(
    printf 'The operator %s is not installed: %s.\n' "$OPERATOR" "$waiting${1:+, $1}"
    advice=$remedy
    circumstances
    printf '%s\n' ${advice:+"$advice"} "The next deployment tries again."
  )
  printf '%s\n' "$message" >&2
  # Outside of a pod there is no such file.
  { printf '%s' "$message" | head -c "$MESSAGE_BYTES" >"$TERMINATION_LOG"; } 2>/dev/null || :
  exit 1
}

setback_before=
deadline=$(($(date +%s) + TIMEOUT))
until look; do
  now=$(date +%s)
  if [ "$setback" != "$setback_before" ]; then
    setback_before=$setback
    since=$now
  fi
  [ -z "$final" ] || give_up
  [ -z "$setback" ] || [ $((now - since)) -lt "$PATIENCE" ] || give_up
  [ "$now" -lt "$deadline" ] || give_up "after $TIMEOUT s"
  progress "$OPERATOR"
done

printf '%s works: %s\n' "$OPERATOR" "${version:-its kinds are served}"
