"""Whom app.py trusts: the authorities that it was given, or the usual ones. Its clients are stand-ins that keep what
they were told, since nothing is installed here."""

import importlib.util
import ssl
import sys
import types
from pathlib import Path

import pytest

APP = Path(__file__).resolve().parents[1] / "app" / "app.py"

VARIABLES = {
    "AWS_S3_ENDPOINT": "https://s3.example.com",
    "AWS_S3_BUCKET": "notes",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_ACCESS_KEY_ID": "id",
    "AWS_SECRET_ACCESS_KEY": "key",
    "DB_HOST": "mysql.example.com",
    "DB_PORT": "3306",
    "DB_NAME": "notes",
    "DB_USER": "notes",
    "DB_PASSWORD": "password",
}


class Told(Exception):
    """Ends an attempt to connect, with what the client was told."""


@pytest.fixture
def told(monkeypatch):
    """Makes Notes of more variables, and returns what the clients of the store and the database are told."""

    def connect(**args):
        raise Told(args)

    def client(service, **args):
        assert service == "s3"
        store.update(args)

    def load(**more):
        modules = {
            "boto3": {"client": client},
            "pymysql": {"connect": connect, "cursors": types.SimpleNamespace(Cursor=object)},
            "botocore": {},
            "botocore.config": {"Config": lambda **_: None},
        }
        for name, members in modules.items():
            module = types.ModuleType(name)
            vars(module).update(members)
            monkeypatch.setitem(sys.modules, name, module)
        spec = importlib.util.spec_from_file_location("app", APP)
        app = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(app)
        notes = app.Notes({**VARIABLES, **more})
        with pytest.raises(Told) as attempt:
            notes.all()
        return store, attempt.value.args[0]

    store = {}
    return load


@pytest.fixture
def files(monkeypatch):
    """The files that contexts of TLS are made with."""
    seen = []
    monkeypatch.setattr(ssl, "create_default_context", lambda cafile=None: seen.append(cafile) or "context")
    return seen


@pytest.mark.parametrize("given", [{}, {"CA_BUNDLE": ""}])
def test_it_trusts_the_usual_authorities_where_it_was_given_none(told, files, given):
    store, database = told(DB_ENCRYPTED="true", **given)
    assert store["verify"] is None
    assert database["ssl"] == "context"
    assert files == [None]


def test_it_trusts_the_authorities_that_it_was_given(told, files):
    store, database = told(DB_ENCRYPTED="true", CA_BUNDLE="/authorities/ca-bundle.crt")
    assert store["verify"] == "/authorities/ca-bundle.crt"
    assert database["ssl"] == "context"
    assert files == ["/authorities/ca-bundle.crt"]


def test_it_does_not_encrypt_where_the_database_wants_none(told, files):
    _, database = told(DB_ENCRYPTED="false", CA_BUNDLE="/authorities/ca-bundle.crt")
    assert database["ssl"] is None
    assert files == []
