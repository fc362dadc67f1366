#!/bin/sh
# Passes on the server's slow query log, SLOW_LOG, to the container's own log, and keeps the file small. A
# sidecar of the server: MySQL can write that log to a regular file only.
set -eu
MAX_BYTES=$((32 * 1024 * 1024))

log=${SLOW_LOG:?}
touch "$log"
tail -n 0 -F "$log" &
trap 'kill $!' TERM INT

# The server appends, so that emptying the file under its hands is safe. Waiting in the background lets a
# signal end this at once.
while sleep 30 & wait $!; do
  if [ "$(stat -c %s "$log")" -gt "$MAX_BYTES" ]; then : >"$log"; fi
done
