# shellcheck shell=bash
# What programs that build something share: talking to whoever waits. Sourced.

say() { printf '%s\n' "$*" >&2; }
fail() {
  say "$@"
  exit 1
}

# patiently WHAT UNFINISHED COMMAND... : runs a program and says from time to time that it still does. What it has not
# finished is removed, also when this script is ended. The lock, if there is one, is on descriptor 9: not the program's.
patiently() {
  local what=$1 unfinished=$2 started=$SECONDS worker
  shift 2
  "$@" 9>&- >&2 &
  worker=$!
  # shellcheck disable=SC2064 # the values of now
  trap "kill $worker 2>/dev/null; rm -rf '$unfinished'" EXIT
  while sleep 1 && kill -0 "$worker" 2>/dev/null; do
    (((SECONDS - started) % 20)) || say "  still $what, $((SECONDS - started)) s"
  done
  wait "$worker" || return
  trap - EXIT
}
