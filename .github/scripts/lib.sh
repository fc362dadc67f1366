# What the scripts of the workflows share. Sourced; needs gh, jq and the variables REPOSITORY and GH_TOKEN.
# shellcheck shell=bash

# Comments and issues have at most 65,536 characters; what is around a report needs a few.
most_bytes=60000

# readable FILE: the beginning of a text without what a terminal or a browser would not show as it is: sequences of a
# terminal, control characters, those that turn the direction of text, bytes that are no UTF-8. Longer runs of backticks
# are cut, since a fence has to be longer still.
readable() {
  local -x LC_ALL=C
  # iconv leaves out what is no UTF-8, and fails for it.
  # shellcheck disable=SC2016 # the backticks are the text's
  head -c "$most_bytes" "$1" | sed 's/\x1b\[[0-?]*[ -/]*[@-~]//g' | tr -d '\000-\010\013-\037\177' |
    { iconv -c -f UTF-8 -t UTF-8 2>/dev/null || true; } |
    sed -E 's/\xc2[\x80-\x9f]|\xe2\x80[\x8b-\x8f\xa8-\xae]|\xe2\x81[\xa0-\xaf]|\xef\xbb\xbf//g; s/(`{100})`+/\1/g'
}

# fenced FILE LANGUAGE: a text as a block that shows it as it is. Nothing in it is a link, a mention or a picture, and its
# fence is longer than any in it: counted in what is posted, after everything else was taken out.
fenced() {
  local file=$1 language=$2 text longest marks
  text=$(readable "$file")
  longest=$(LC_ALL=C grep -ao '`\+' <<<"$text" |
    awk 'length > most { most = length } END { print (most < 3 ? 3 : most + 1) }') || true
  marks=$(printf '%*s' "$longest" '' | tr ' ' '`')
  printf '%s%s\n%s\n%s\n' "$marks" "$language" "$text" "$marks"
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
