#!/bin/sh
# Makes one identity with exactly one policy, of the same name. Repeatable: a changed password or policy
# takes effect, and what else was attached is detached.
. "$(dirname "$0")/connect.sh"

user=$(credential "$IDENTITY_DIR/user")
password=$(credential "$IDENTITY_DIR/password")
policy=$CONFIG_DIR/policy.json
is_name "$user" || fail "the identity's name must consist of letters, digits, dots, dashes and underscores"
[ -r "$policy" ] || fail "cannot read $policy"

sign_in
wait_for_server

# The policy comes first, and others go last: the identity never has more rights than it should, and an
# identity in use is never without any.
mc admin policy create "$SERVER" "$user" "$policy" >/dev/null
printf '%s\n%s\n' "$user" "$password" | mc admin user add "$SERVER" >/dev/null
mc admin policy attach "$SERVER" "$user" --user "$user" >/dev/null

info=$(mc --json admin user info "$SERVER" "$user")
attached=$(json_value "$info" policyName)
IFS=,
for other in $attached; do
  [ "$other" = "$user" ] || mc admin policy detach "$SERVER" "$other" --user "$user" >/dev/null
done

printf 'identity %s is ready\n' "$user"
