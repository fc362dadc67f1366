#!/bin/sh
# Removes every identity whose name starts with IDENTITY_PREFIX and that KEEP (names separated by whitespace)
# does not list, and ends its sessions. Nothing else is touched, and no data.
#
# A Job left over from an interrupted deployment must never remove an identity that is to live:
# - KEEP is read from its ConfigMap when the container starts. If that is another list than the one that this Job
#   was made for (KEEP_CHECKSUM), a later deployment is under way, whose own sweep does the work: nothing is done.
# - A deployment updates the ConfigMap before it makes any identity. So whatever exists shortly after the start of
#   this script, KEEP knows. Hence listing is the first thing done, in one attempt; only what was listed is ever removed; and if
#   listing took too long to be sure of that "shortly", nothing is. Trying again means a new pod, with a new
#   KEEP: this script never waits for the server and never lists again.
started=$(date +%s)
. "$(dirname "$0")/connect.sh"
FRESH_SECONDS=5

# Here rather than below: within a pipeline, the lack of a variable would only end a part of it, and no prefix
# at all means everybody.
: "${DB_HOST:?}" "${DB_PORT:?}" "${IDENTITY_PREFIX:?}" "${KEEP?KEEP must be set, even if no identity is to be kept}"
: "${KEEP_CHECKSUM:?}"
if [ "$(printf '%s' "$KEEP" | sha256sum | cut -c "1-${#KEEP_CHECKSUM}")" != "$KEEP_CHECKSUM" ]; then
  echo "the list of identities to keep is a later deployment's: nothing removed"
  exit 0
fi
prefix=$(printf '%s' "$IDENTITY_PREFIX" | hex)
keep=
for name in $KEEP; do
  keep=${keep:+$keep,}$(printf '%s' "$name" | hex)
done

call_seconds=$FRESH_SECONDS
# What has no host is a role of MariaDB. Nobody sweeps itself away.
accounts=$(
  sql <<SQL
SELECT HEX(user), HEX(host) FROM mysql.user
WHERE HEX(user) LIKE '$prefix%' AND NOT FIND_IN_SET(HEX(user), '$keep') AND host <> ''
  AND HEX(user) <> HEX(SUBSTRING_INDEX(CURRENT_USER(), '@', 1));
SQL
) || fail "could not list the identities"
age=$(($(date +%s) - started))
[ "$age" -le "$FRESH_SECONDS" ] ||
  fail "listing took $age s, and the identities to keep may be others by now: nothing removed, to be run again"
call_seconds=60

[ -n "$accounts" ] || exit 0
remove_accounts "$accounts"
printf 'removed %s accounts\n' "$(printf '%s\n' "$accounts" | wc -l)"
