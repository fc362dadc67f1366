# What the scripts of the workflows share. Sourced; needs gh, jq and the variables REPOSITORY and GH_TOKEN.
# shellcheck shell=bash

# Comments and issues have at most 65,536 characters; what is around a report needs a few.
most_bytes=60000

# fenced FILE LANGUAGE: a text as a block that shows it as it is. Nothing in it is a link, a mention or a picture, and its
# fence is longer than any in it.
fenced() {
  local file=$1 language=$2 longest marks
  longest=$(head -c "$most_bytes" "$file" | { grep -o '`\+' || true; } |
    awk 'length > most { most = length } END { print (most < 3 ? 3 : most + 1) }')
  marks=$(printf '%*s' "$longest" '' | tr ' ' '`')
  printf '%s%s\n' "$marks" "$language"
  # Colours of the terminal are none here.
  head -c "$most_bytes" "$file" | sed 's/\x1b\[[0-9;]*m//g'
  printf '\n%s\n' "$marks"
  if [ "$(wc -c <"$file")" -gt "$most_bytes" ]; then printf '\n_The rest is left out: comments have a limit._\n'; fi
}

# is_text FILE: a file that is there, and is no link to another one.
is_text() { [ -f "$1" ] && [ ! -L "$1" ]; }

# download RUN NAME DIRECTORY: the files of an artifact; false when there is none.
download() {
  gh run download "$1" --repo "$REPOSITORY" --name "$2" --dir "$3"
}

# put_comment NUMBER MARKER FILE: the file, below the marker, as our comment on a pull request that begins with it.
put_comment() {
  local number=$1 marker=$2 file=$3 id
  id=$(gh api --paginate "repos/$REPOSITORY/issues/$number/comments?per_page=100" |
    jq --raw-output --arg marker "$marker" \
      '.[] | select(.user.login == "github-actions[bot]" and (.body | startswith($marker))) | .id' | sed -n 1p)
  if [ -n "$id" ]; then
    body_of "$marker" "$file" | gh api --silent --method PATCH "repos/$REPOSITORY/issues/comments/$id" --input -
    echo "Updated the comment $id of pull request $number."
  else
    body_of "$marker" "$file" | gh api --silent --method POST "repos/$REPOSITORY/issues/$number/comments" --input -
    echo "Commented on pull request $number."
  fi
}

body_of() { jq --raw-input --slurp --arg marker "$1" '{body: ($marker + "\n" + .)}' "$2"; }

run_link() { printf '%s/%s/actions/runs/%s' "${GITHUB_SERVER_URL:-https://github.com}" "$REPOSITORY" "$1"; }
