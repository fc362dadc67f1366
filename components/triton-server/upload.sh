#!/bin/sh
# Uploads the files of models to the folder PREFIX (empty, or with its closing slash) of BUCKET at S3_URL. FILES says which:
# one a line, its name in FILES_DIR and its path in the folder. Repeatable: a file that is there already is replaced.
#
# Each is sent as it is, without a look at what is there: the identity may write, and neither read nor list.
set -euf

CREDENTIALS_DIR=${CREDENTIALS_DIR:-/credentials/models}
FILES_DIR=${FILES_DIR:-/files}
STORE=store
folder=$STORE/${BUCKET:?}/${PREFIX?}
place="$BUCKET/$PREFIX at ${S3_URL:?}"

fail() {
  printf 'upload.sh: %s\n' "$*" >&2
  exit 1
}

# One line from the mounted Secret: mc reads credentials from its standard input, one a line.
credential() {
  [ -r "$CREDENTIALS_DIR/$1" ] || fail "cannot read $CREDENTIALS_DIR/$1"
  value=$(cat "$CREDENTIALS_DIR/$1")
  case $value in
    '' | *'
'*) fail "$CREDENTIALS_DIR/$1 must be a single line" ;;
  esac
  printf '%s' "$value"
}

id=$(credential AWS_ACCESS_KEY_ID)
secret=$(credential AWS_SECRET_ACCESS_KEY)
printf '%s\n%s\n' "$id" "$secret" | mc --quiet alias set "$STORE" "$S3_URL" --api S3v4 >/dev/null

count=0
while read -r name path; do
  [ -r "$FILES_DIR/$name" ] || fail "cannot read $FILES_DIR/$name"
  mc --quiet pipe "$folder$path" <"$FILES_DIR/$name" >/dev/null || fail "cannot upload $path to $place"
  count=$((count + 1))
done <<EOT
${FILES:?}
EOT

printf 'uploaded %s files to %s\n' "$count" "$place"
