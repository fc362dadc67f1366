# shellcheck shell=sh
# What the scripts of this folder share: running their other half, in the shell of MongoDB. Sourced.
set -euf

fail() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

# Runs the script of the same name in mongosh, in place of this one. By itself mongosh keeps a log of what it does
# in its home, and reports to its makers: it gets a home of its own, whose settings forbid both. They are written
# under another name first, so that nobody ever reads a half of them.
run_in_mongosh() {
  export HOME="${TMPDIR:-/tmp}/mongosh"
  settings=$HOME/.mongodb/mongosh
  mkdir -p "$settings"
  printf '{"disableLogging":true,"enableTelemetry":false,"historyLength":0}\n' >"$settings/.config.$$"
  mv "$settings/.config.$$" "$settings/config"
  exec mongosh --nodb --norc --quiet "${0%.sh}.js"
}
