#!/bin/sh
# Makes one bucket and sets its options: BUCKET, VERSIONING (enabled or suspended), QUOTA (a size such as
# 10GiB, or empty for none). Repeatable; never deletes anything.
. "$(dirname "$0")/connect.sh"

bucket=$SERVER/${BUCKET:?}
case $BUCKET in
  [!a-z0-9]* | *[!a-z0-9.-]*) fail "BUCKET is \"$BUCKET\": use lower-case letters, digits, dots and dashes" ;;
esac

sign_in
wait_for_server

mc mb --ignore-existing "$bucket" >/dev/null

case ${VERSIONING:?} in
  enabled) mc version enable "$bucket" >/dev/null ;;
  suspended)
    # A bucket that never had versions stays as it is, rather than getting a state of its own.
    info=$(mc --json version info "$bucket")
    case $info in
      *'"Enabled"'*) mc version suspend "$bucket" >/dev/null ;;
    esac
    ;;
  *) fail "VERSIONING is \"$VERSIONING\": use enabled or suspended" ;;
esac

if [ -n "${QUOTA-}" ]; then
  mc quota set "$bucket" --size "$QUOTA" >/dev/null || fail "QUOTA is \"$QUOTA\": use a size such as 10GiB"
else
  mc quota clear "$bucket" >/dev/null
fi

printf 'bucket %s: versioning %s, quota %s\n' "$BUCKET" "$VERSIONING" "${QUOTA:-none}"
