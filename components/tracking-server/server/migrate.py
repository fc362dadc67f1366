"""Makes the database ready for this version of MLflow: the tables of the runs and those of the users, which share
one schema, and the administrator with the password of this deployment. Repeatable. Runs before the server starts,
and is the only one to migrate.
"""

import os
import re
from pathlib import Path

import sqlalchemy
from mlflow.db import upgrade as upgrade_runs
from mlflow.server.auth.db.cli import upgrade as upgrade_users
from mlflow.server.auth.sqlalchemy_store import SqlAlchemyStore

ADMIN_DIR = Path(os.environ.get("ADMIN_DIR", "/credentials/admin"))
# Statements that change tables can't be taken back in MySQL, so two migrations must never meet.
LOCK = "CONCAT('mlflow migration of ', LEFT(DATABASE(), 40))"
LOCK_SECONDS = 600


TRIGGER = re.compile(r"\s*(CREATE|DROP)\s+TRIGGER\b", re.IGNORECASE)
REPEATED_NAME = "CONSTRAINT fk_user_id FOREIGN KEY"


@sqlalchemy.event.listens_for(sqlalchemy.Engine, "before_cursor_execute", retval=True)
def adapt(_connection, _cursor, statement, parameters, _context, _many):
    """What MLflow's migrations say, as this database can take it.

    A trigger runs as the account that made it, and fails when a rotation has removed that; so no identity may make
    one. MLflow has a single one, which keeps the names of its gateway's secrets from changing, as MLflow itself does.
    And its first migration of the users gives two tables a constraint of the same name, which MySQL refuses
    (github.com/mlflow/mlflow/issues/9642): without a name, the server finds one for each.
    """
    if TRIGGER.match(statement):
        return "DO 0", parameters
    return statement.replace(REPEATED_NAME, "FOREIGN KEY"), parameters


def migrate(url: str) -> None:
    # In this order: the first one takes a schema that is not empty for one that it made itself.
    upgrade_runs.callback(url)
    upgrade_users.callback(url=url, revision="head")


def ensure_administrator(url: str) -> None:
    """Here rather than by the server, which would never change the password of an administrator that is there."""
    name = (ADMIN_DIR / "user").read_text()
    password = (ADMIN_DIR / "password").read_text()
    users = SqlAlchemyStore()
    users.init_db(url)
    if users.has_user(name):
        users.update_user(name, password=password, is_admin=True)
    else:
        users.create_user(name, password, is_admin=True)


def main() -> None:
    url = os.environ["MLFLOW_BACKEND_STORE_URI"]
    engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.pool.NullPool)
    with engine.connect() as connection:
        if connection.scalar(sqlalchemy.text(f"SELECT GET_LOCK({LOCK}, {LOCK_SECONDS})")) != 1:
            raise SystemExit(f"migrate.py: another migration did not end within {LOCK_SECONDS} s")
        migrate(url)
        ensure_administrator(url)
    print("the database is ready")


if __name__ == "__main__":
    main()
