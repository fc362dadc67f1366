#!/bin/sh
# Tries what identities may do at MongoDB servers (identities.mongo.js): in mongosh, as the component's own scripts.
. "$(dirname "$0")/../../../components/document-database/connect.sh"
run_in_mongosh
