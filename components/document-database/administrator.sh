#!/bin/sh
# Makes the administrator on the server's disk, before the server starts (administrator.js).
. "$(dirname "$0")/connect.sh"
run_in_mongosh
