# shellcheck shell=sh
# What the scripts of this folder share: asking the API server as the Job's own account, and waiting. Sourced.
#
#   API_SERVER             its URL
#   $CREDENTIALS_DIR/token proves who asks, $AUTHORITY_DIR/ca.crt who answers
set -euf

CREDENTIALS_DIR=${CREDENTIALS_DIR:-/credentials/api}
AUTHORITY_DIR=${AUTHORITY_DIR:-/authority}

export KUBECONFIG="${HOME:?}/kubeconfig"
errors=$HOME/errors

# The kubelet renews the token in its file; kubectl reads it again by itself.
cat >"$KUBECONFIG" <<EOT
apiVersion: v1
kind: Config
clusters: [{ name: here, cluster: { server: "${API_SERVER:?}", certificate-authority: "$AUTHORITY_DIR/ca.crt" } }]
users: [{ name: job, user: { tokenFile: "$CREDENTIALS_DIR/token" } }]
contexts: [{ name: job, context: { cluster: here, user: job, namespace: "${NAMESPACE:?}" } }]
current-context: job
EOT

# Without it the first process of a container would not hear that it is to stop.
trap 'exit 143' TERM

# pending WORDS: what there is to wait for.
pending() {
  waiting=$1
}

# progress WHAT: says what it waits for, once, and waits a little.
progress() {
  if [ "$waiting" != "${told-}" ]; then
    told=$waiting
    printf '%s: %s\n' "$1" "$waiting"
  fi
  sleep "${INTERVAL:?}"
}

# ask KIND NAME TEMPLATE: sets `facts` to what the template makes of an object, to nothing if there is none. Without an
# answer it fails, and that is what there is to wait for.
ask() {
  facts=$(kubectl get "$1" "$2" --ignore-not-found --request-timeout=20s --output=go-template="$3" 2>"$errors") || {
    pending "the API server gave no answer: $(tail -n 1 "$errors")"
    return 1
  }
}

# fact NAME: the value in the line of `facts` that starts with the name.
fact() {
  while read -r name value; do
    if [ "$name" = "$1" ]; then printf '%s' "$value"; fi
  done <<EOT
$facts
EOT
}
