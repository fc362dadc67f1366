#!/bin/sh
# Makes one identity that may read and write the database DATABASE, and nothing else (provision.js).
. "$(dirname "$0")/connect.sh"
run_in_mongosh
