# shellcheck shell=sh
# What the scripts of this folder share: talking to the server as its administrator. Sourced.
#
# Names and passwords are sent as hexadecimal digits, which cannot end a string, and compared as such; where
# a statement needs them as text, the server itself quotes them (QUOTE).
set -euf

ADMIN_DIR=${ADMIN_DIR:-/credentials/admin}
IDENTITY_DIR=${IDENTITY_DIR:-/credentials/identity}

# The longest that one call of the client may take.
call_seconds=60

fail() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

# Standard input as upper-case hexadecimal digits, like the server's HEX().
hex() {
  od -An -v -tx1 | tr -d ' \n' | tr a-f A-F
}

# Runs the statements on standard input; one row of the answer a line.
client() {
  timeout "$call_seconds" mysql --defaults-extra-file="$ADMIN_DIR/client.cnf" --host="$DB_HOST" \
    --port="$DB_PORT" --protocol=TCP --connect-timeout=5 --default-character-set=utf8mb4 \
    --batch --raw --skip-column-names "$@"
}

# The same on a session whose state is known: with this sql_mode, QUOTE and backslashes mean what the
# statements assume. What they say stays out of the general log, the slow log and the performance schema
# (which may keep a sample of any statement), whatever the server's configuration. The binary log does get
# account statements; MySQL writes a hash there, never the password. And of the client's messages only the
# errors are passed on, since some clients repeat the statement that failed.
sql() {
  {
    messages=$(
      {
        cat <<'SQL'
SET SESSION sql_log_off = ON;
SET SESSION long_query_time = 31536000;
UPDATE performance_schema.threads SET instrumented = 'NO' WHERE processlist_id = CONNECTION_ID();
SET SESSION sql_mode = 'STRICT_ALL_TABLES';
SQL
        cat
      } | client 2>&1 >&3
    ) || {
      printf '%s\n' "$messages" | sed -n '/^ERROR/p' >&2
      return 1
    }
  } 3>&1
}

# account_statement VERB NAME HOST [REST]: one statement about an account, given in hexadecimal digits.
account_statement() {
  sql <<SQL
SET @name = CONVERT(UNHEX('$2') USING utf8mb4), @host = CONVERT(UNHEX('$3') USING utf8mb4);
SET @statement = CONCAT('$1 USER ', QUOTE(@name), '@', QUOTE(@host), ' ${4-}');
PREPARE statement FROM @statement;
EXECUTE statement;
SQL
}

# Removes accounts, given as lines of name and host in hexadecimal digits, and ends their sessions. They are
# dropped last: if this is interrupted, they are locked, and still there to be found by the next attempt.
remove_accounts() {
  names=
  while read -r name host; do
    account_statement ALTER "$name" "$host" 'ACCOUNT LOCK'
    names=${names:+$names,}$name
  done <<EOT
$1
EOT
  end_sessions "$names"
  while read -r name host; do
    account_statement DROP "$name" "$host"
  done <<EOT
$1
EOT
}

# A login under way may have been let in by the account as it was before the lock: every connection that
# has not logged in yet is waited for (the server gives it connect_timeout, 10 s), and then ended too.
end_sessions() {
  deadline=$(($(date +%s) + 30))
  newest=$(printf 'SELECT CONNECTION_ID();' | sql)
  while :; do
    open=$(
      sql <<SQL
SELECT IF(user = 'unauthenticated user', 'DO 0;', CONCAT('KILL ', id, ';')) FROM information_schema.processlist
WHERE FIND_IN_SET(HEX(user), '$1') OR (user = 'unauthenticated user' AND id < $newest);
SQL
    )
    [ -n "$open" ] || return 0
    [ "$(date +%s)" -lt "$deadline" ] || fail "sessions of removed identities did not end within 30 s"
    # A session that has ended by itself meanwhile is no error.
    printf '%s\n' "$open" | client --force >/dev/null 2>&1 || :
    sleep 0.2
  done
}
