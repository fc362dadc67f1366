#!/bin/sh
# Makes the schema SCHEMA, and one identity that owns what is in it and has no other right. Repeatable: a
# changed password takes effect, and whatever else the identity had is revoked. Never touches data.
. "$(dirname "$0")/connect.sh"

# Here rather than where they are used: within a pipeline, the lack of one would only end a part of it.
: "${DB_HOST:?}" "${DB_PORT:?}" "${SCHEMA:?}"

# Data and tables, and nothing that outlives the identity: views, triggers, routines and events run as the
# account that made them, so they would break, or go on, when a rotation removes it.
PRIVILEGES='SELECT,INSERT,UPDATE,DELETE,CREATE,ALTER,DROP,INDEX,REFERENCES,CREATE TEMPORARY TABLES,LOCK TABLES'
ANY_HOST=25 # % in hexadecimal digits

# The content of a mounted Secret.
credential() {
  [ -s "$1" ] || fail "$1 is missing or empty"
  printf '%s' "$(cat "$1")"
}

check_names() {
  case $(printf '%s' "$SCHEMA" | tr '[:upper:]' '[:lower:]') in
    mysql | sys | information_schema | performance_schema) fail "SCHEMA is \"$SCHEMA\", the server's own" ;;
  esac
  case $(credential "$IDENTITY_DIR/user") in
    *[[:space:]]*) fail "the identity's name must not contain whitespace: the sweep separates names by it" ;;
    root | mysql.* | mariadb.*) fail "the identity's name is that of a system account" ;;
  esac
}

wait_for_server() {
  seconds=${WAIT_SECONDS:-60}
  deadline=$(($(date +%s) + seconds))
  until answer=$(printf "SELECT HEX(SUBSTRING_INDEX(CURRENT_USER(), '@', 1));" | client 2>&1); do
    case $answer in
      *'ERROR 1045'*) fail "the server refused the administrator's credentials" ;;
    esac
    [ "$(date +%s)" -lt "$deadline" ] ||
      fail "the database at $DB_HOST:$DB_PORT was not ready within $seconds s: $answer"
    sleep 1
  done
  [ "$answer" != "$user" ] || fail "the identity's name is the administrator's own"
}

# What the statements below are about.
variables() {
  cat <<SQL
SET @user = CONVERT(UNHEX('$user') USING utf8mb4);
SET @schema = CONVERT(UNHEX('$schema') USING utf8mb4);
SET @wildcards = $wildcards;
SET @privileges = '$PRIVILEGES';
SQL
  cat <<'SQL'
SET @granted = IF(@wildcards,
  REPLACE(REPLACE(REPLACE(@schema, '\\', '\\\\'), '_', '\\_'), '%', '\\%'), @schema);
SQL
}

# In a GRANT on a schema, _ and % are wildcards and a backslash takes that meaning away; with
# partial_revokes, an option of MySQL, all three are ordinary characters.
schema_wildcards() {
  case $(printf "SHOW VARIABLES LIKE 'partial_revokes';" | client) in
    *ON) printf 0 ;;
    *) printf 1 ;;
  esac
}

# How many kinds of rights the identity has that it should not: global ones, other schemas, single tables or
# routines, other accounts, roles, and passing its own on.
excess() {
  {
    variables
    cat <<'SQL'
SET @grantee = CONCAT('''', @user, '''@''%''');
SET @excess =
    EXISTS (SELECT * FROM information_schema.user_privileges
      WHERE HEX(grantee) = HEX(@grantee) AND (privilege_type <> 'USAGE' OR is_grantable = 'YES'))
  + EXISTS (SELECT * FROM information_schema.schema_privileges
      WHERE HEX(grantee) = HEX(@grantee) AND (HEX(table_schema) <> HEX(@granted)
        OR NOT FIND_IN_SET(privilege_type, @privileges) OR is_grantable = 'YES'))
  + EXISTS (SELECT * FROM information_schema.table_privileges WHERE HEX(grantee) = HEX(@grantee))
  + EXISTS (SELECT * FROM information_schema.column_privileges WHERE HEX(grantee) = HEX(@grantee))
  + EXISTS (SELECT * FROM mysql.procs_priv WHERE HEX(user) = HEX(@user) AND host = '%')
  + EXISTS (SELECT * FROM mysql.proxies_priv WHERE HEX(user) = HEX(@user) AND host = '%');
SET @roles = IF(VERSION() LIKE '%MariaDB%',
  'SELECT COUNT(*) INTO @roles FROM mysql.roles_mapping WHERE HEX(user) = HEX(@user) AND host = ''%''',
  'SELECT COUNT(*) INTO @roles FROM mysql.role_edges WHERE HEX(to_user) = HEX(@user) AND to_host = ''%''');
PREPARE statement FROM @roles;
EXECUTE statement;
SELECT @excess + @roles;
SQL
  } | sql
}

provision() {
  {
    variables
    printf "SET @password = CONVERT(UNHEX('%s') USING utf8mb4);\n" "$password"
    cat <<'SQL'
SET @account = CONCAT(QUOTE(@user), '@''%''');
SET @statement = CONCAT('CREATE DATABASE IF NOT EXISTS `', REPLACE(@schema, '`', '``'), '` CHARACTER SET utf8mb4');
PREPARE statement FROM @statement;
EXECUTE statement;
SET @statement = CONCAT('CREATE USER IF NOT EXISTS ', @account, ' IDENTIFIED BY ', QUOTE(@password));
PREPARE statement FROM @statement;
EXECUTE statement;
SET @statement = CONCAT('ALTER USER ', @account, ' IDENTIFIED BY ', QUOTE(@password), ' ACCOUNT UNLOCK');
PREPARE statement FROM @statement;
EXECUTE statement;
SET @statement = CONCAT('GRANT ', @privileges, ' ON `', REPLACE(@granted, '`', '``'), '`.* TO ', @account);
PREPARE statement FROM @statement;
EXECUTE statement;
SQL
  } | sql
}

check_names
user=$(credential "$IDENTITY_DIR/user" | hex)
password=$(credential "$IDENTITY_DIR/password" | hex)
schema=$(printf '%s' "$SCHEMA" | hex)
[ -n "$user" ] && [ -n "$password" ] || exit 1

wait_for_server
wildcards=$(schema_wildcards)
# Somebody tampered with it: made anew, it has nothing but what follows. Otherwise nobody notices a second run.
found=$(excess)
[ "$found" -eq 0 ] || remove_accounts "$user $ANY_HOST"
provision
printf 'the identity for schema %s is ready\n' "$SCHEMA"
