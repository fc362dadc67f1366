#!/bin/sh
# Removes every identity whose name starts with IDENTITY_PREFIX and that KEEP does not list (sweep.js). The clock of
# its rule runs from here, since the shell of MongoDB takes a while to start.
STARTED=$(date +%s)
export STARTED
. "$(dirname "$0")/connect.sh"
run_in_mongosh
