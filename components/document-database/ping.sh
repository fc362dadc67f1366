#!/bin/sh
# Whether the server beside this script answers its administrator (ping.js).
. "$(dirname "$0")/connect.sh"
run_in_mongosh
