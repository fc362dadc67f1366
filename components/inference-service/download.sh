#!/bin/sh
# Downloads a model: the files below PREFIX (empty, or a folder with its closing slash) of BUCKET at S3_URL into the
# folder TARGET, which holds MAX_BYTES. Repeatable: what is there already and complete is not loaded again, and what
# does not belong to the model is removed.
#
# ETags are compared with themselves only: they are checksums of neither large nor encrypted objects. Who wants
# checksums puts a file SHA256SUMS beside the model's files.
set -euf

CREDENTIALS_DIR=${CREDENTIALS_DIR:-/credentials/model}
STORE=store
model=$STORE/${BUCKET:?}/${PREFIX?}
place="$BUCKET/$PREFIX at ${S3_URL:?}"

fail() {
  printf 'download.sh: %s\n' "$*" >&2
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

# One JSON object a file: its key, size, ETag and time.
listing() {
  mc --json ls --recursive "$model" || fail "cannot list $place"
}

# The sizes in a listing, added up. A quotation mark inside of a key is escaped, so only the field is found.
total() {
  sum=0
  while IFS= read -r line; do
    size=${line#*'"size":'}
    [ "$size" != "$line" ] || fail "unexpected line in a listing of the object store"
    sum=$((sum + ${size%%[!0-9]*}))
  done
  printf '%s' "$sum"
}

id=$(credential AWS_ACCESS_KEY_ID)
secret=$(credential AWS_SECRET_ACCESS_KEY)
printf '%s\n%s\n' "$id" "$secret" | mc --quiet alias set "$STORE" "$S3_URL" --api S3v4 >/dev/null

files=$(listing)
[ -n "$files" ] || fail "there are no files below $place"
bytes=$(printf '%s\n' "$files" | total)
[ "$bytes" -le "${MAX_BYTES:?}" ] ||
  fail "the model below $place has $bytes bytes, and its volume holds $MAX_BYTES: make it larger"

mc --quiet mirror --overwrite --remove "$model" "${TARGET:?}" >/dev/null || fail "cannot download $place"

# A model that is replaced meanwhile may have come in parts of either. The next attempt gets all of the new one.
[ "$(listing)" = "$files" ] || fail "the model below $place changed while it was downloaded"

# By names and sizes.
differences=$(mc --json diff "$model" "$TARGET") || fail "cannot compare the download with $place"
[ -z "$differences" ] || fail "the download differs from $place: $differences"

if [ -f "$TARGET/SHA256SUMS" ]; then
  (cd "$TARGET" && sha256sum --check --quiet --strict SHA256SUMS) ||
    fail "the files below $place are not those of its SHA256SUMS"
fi

printf 'downloaded %s bytes from %s\n' "$bytes" "$place"
