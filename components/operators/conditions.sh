#!/bin/sh
# Waits until an object that an operator looks after says that all is well with it: that conditions of it are true, for
# what is asked of it now. Where that does not come about, it prints what the object says instead; the end of what a
# failed container printed is its termination message, which ends up in the error of the deployment.
#
#   RESOURCE, NAME         the object: full name of its kind, and its own
#   CONDITIONS             names of the conditions that have to be true
#   SUBJECT                what works then, in words: "model registry of OpenShift AI"
#   BASIS_RESOURCE, BASIS_NAME   an object that it rests on, whose phase is told when it waits in vain; or empty
#   REMEDY                 where to look then
#   TIMEOUT, INTERVAL      seconds until it gives up; seconds between two looks
# shellcheck source=connect.sh
. "$(dirname "$0")/connect.sh"

# Whether all is well; otherwise `waiting` says what is not. Messages are quoted: they are one line each.
look() {
  ask "${RESOURCE:?}" "${NAME:?}" 'generation {{.metadata.generation}}
{{with .status}}{{with .observedGeneration}}observed {{.}}{{end}}
{{range .conditions}}{{.type}} {{.status}}{{with .reason}} ({{.}}){{end}}{{with .message}}: {{printf "%.500q" .}}{{end}}
{{end}}{{end}}' || return 1
  if [ -z "$facts" ]; then
    waiting="there is no $RESOURCE \"$NAME\""
    return 1
  fi
  observed=$(fact observed)
  # Conditions of what was asked for before may still be true.
  if [ "${observed:-0}" -lt "$(fact generation)" ]; then
    waiting="its operator has not looked at it since it was changed"
    return 1
  fi
  waiting=
  for condition in ${CONDITIONS:?}; do
    said=$(fact "$condition")
    case $said in
    True*) ;;
    *) waiting="$waiting${waiting:+; }$condition is ${said:-not there yet}" ;;
    esac
  done
  [ -z "$waiting" ]
}

# What it rests on, as far as it can be had.
basis() {
  [ -n "${BASIS_RESOURCE-}" ] || return 0
  ask "$BASIS_RESOURCE" "${BASIS_NAME:?}" '{{.kind}} {{.metadata.name}}:{{with .status}} {{.phase}}{{with .conditions}}{{with index . 0}}{{with .message}}: {{printf "%.500q" .}}{{end}}{{end}}{{end}}{{else}} no status{{end}}' ||
    return 0
  printf '%s\n' "${facts:-There is no $BASIS_RESOURCE \"$BASIS_NAME\".}"
}

deadline=$(($(date +%s) + ${TIMEOUT:?}))
until look; do
  if [ "$(date +%s)" -ge "$deadline" ]; then
    {
      printf 'The %s does not work after %s s. What %s says: %s.\n' "${SUBJECT:?}" "$TIMEOUT" "$NAME" "$waiting"
      basis
      printf '%s\n' "${REMEDY-}"
    } >&2
    exit 1
  fi
  progress "$NAME"
done

printf 'The %s works.\n' "${SUBJECT:?}"
