#!/bin/sh
# Removes every identity whose name starts with IDENTITY_PREFIX and that KEEP (names separated by whitespace)
# does not list, with its policy, its access keys and its sessions. Nothing else is touched.
#
# A Job left over from an interrupted deployment must never remove an identity that is to live:
# - KEEP is read from its ConfigMap when the container starts. If that is another list than the one that this Job
#   was made for (KEEP_CHECKSUM), a later deployment is under way, whose own sweep does the work: nothing is done.
# - A deployment updates the ConfigMap before it makes any identity. So whatever exists shortly after the start of
#   this script, KEEP knows. Hence listing is the first thing done, in one attempt; only what was listed is ever removed; and if
#   listing took too long to be sure of that "shortly", nothing is. Trying again means a new pod, with a new
#   KEEP: this script never waits and never repeats.
started=$(date +%s)
. "$(dirname "$0")/connect.sh"
FRESH_SECONDS=5

prefix=${IDENTITY_PREFIX:?}
keep=${KEEP?KEEP must be set, even if no identity is to be kept}
: "${KEEP_CHECKSUM:?}"
if [ "$(printf '%s' "$keep" | sha256sum | cut -c "1-${#KEEP_CHECKSUM}")" != "$KEEP_CHECKSUM" ]; then
  echo "the list of identities to keep is a later deployment's: nothing removed"
  exit 0
fi

sign_in
users=$(timeout "$FRESH_SECONDS" mc --json admin user list "$SERVER") || fail "could not list the identities"
policies=$(timeout "$FRESH_SECONDS" mc --json admin policy list "$SERVER") || fail "could not list the policies"
age=$(($(date +%s) - started))
[ "$age" -le "$FRESH_SECONDS" ] ||
  fail "listing took $age s, and the identities to keep may be others by now: nothing removed, to be run again"

# The names in a listing (one JSON object a line, under the given key) that are ours and not to be kept.
unwanted() {
  while IFS= read -r line; do
    [ -n "$line" ] || continue
    name=$(json_value "$line" "$1")
    [ -n "$name" ] || fail "unexpected line in a listing of the server"
    case $name in "$prefix"*) ;; *) continue ;; esac
    is_name "$name" || continue
    is_kept "$name" || printf '%s\n' "$name"
  done
}

is_kept() {
  for kept in $keep; do
    [ "$kept" != "$1" ] || return 0
  done
  return 1
}

unwanted_users=$(printf '%s\n' "$users" | unwanted accessKey)
unwanted_policies=$(printf '%s\n' "$policies" | unwanted policy)

# Users first: a policy in use cannot be removed. With a user go its access keys; its sessions and the URLs
# that it signed are worth nothing without it.
failures=0
for name in $unwanted_users; do
  if mc admin user remove "$SERVER" "$name" >/dev/null; then
    printf 'removed identity %s\n' "$name"
  else
    failures=$((failures + 1))
  fi
done
for name in $unwanted_policies; do
  mc admin policy remove "$SERVER" "$name" >/dev/null || failures=$((failures + 1))
done

[ "$failures" -eq 0 ] || fail "$failures removals failed"
