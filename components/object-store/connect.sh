# shellcheck shell=sh
# What the scripts of this folder share: reading credentials and reaching the server with mc. Sourced.
# The server's image has a shell, mc and coreutils; there is no sed, awk, grep, jq or curl in it.
set -euf

ADMIN_DIR=${ADMIN_DIR:-/credentials/admin}
IDENTITY_DIR=${IDENTITY_DIR:-/credentials/identity}
CONFIG_DIR=${CONFIG_DIR:-/config}
SERVER=server

fail() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

# One line from a mounted Secret. mc reads credentials from its standard input, one a line, so a second line
# would be taken for something else.
credential() {
  [ -r "$1" ] || fail "cannot read $1"
  value=$(cat "$1")
  case $value in
    '') fail "$1 is empty" ;;
    *'
'*) fail "$1 must be a single line" ;;
  esac
  printf '%s' "$value"
}

# The names that an identity and its policy may have. mc takes names as arguments, in lists separated by
# commas, and prints them in JSON: nothing outside of this set ever reaches it or is taken from it.
is_name() {
  case $1 in
    '' | [!A-Za-z0-9]* | *[!A-Za-z0-9._-]*) return 1 ;;
  esac
}

# Tells mc who we are. The secret goes through a pipe into mc's own file, below MC_CONFIG_DIR in memory or on
# the pod's scratch volume; --api keeps mc from contacting the server to find out its signature version.
sign_in() {
  admin=$(credential "$ADMIN_DIR/user")
  secret=$(credential "$ADMIN_DIR/password")
  printf '%s\n%s\n' "$admin" "$secret" | mc --quiet alias set "$SERVER" "${S3_URL:?}" --api S3v4 >/dev/null
}

wait_for_server() {
  seconds=${WAIT_SECONDS:-60}
  timeout "$seconds" mc ready "$SERVER" >/dev/null 2>&1 ||
    fail "the object store at $S3_URL was not ready within $seconds s"
}

# The string value of one key in one line of mc's JSON; empty when there is none.
json_value() {
  case $1 in
    *"\"$2\":"*) ;;
    *) return 0 ;;
  esac
  rest=${1#*"\"$2\":"}
  rest=${rest#*\"}
  printf '%s' "${rest%%\"*}"
}
