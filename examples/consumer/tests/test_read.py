"""What read.py says of outputs: of real ones, of wrong ones, and of those that a later platform will have."""

import copy
import io
import json
import sys

import pytest

import read

SCHEMA = json.loads(read.SCHEMA.read_text())

ENDPOINT = {"kind": "pods", "namespace": "db", "pods": {"app": "mysql"}, "port": 3306}
OUTPUTS = {
    "contractVersion": 1,
    "target": "minikube",
    "objectStore": {
        "url": "https://s3.example.com",
        "host": "s3.example.com",
        "port": 443,
        "endpoint": {"kind": "addresses", "cidrs": ["10.0.0.0/8"], "port": 443},
        "region": "eu-central-1",
        "buckets": ["notes"],
    },
    "database": {"host": "mysql.db", "port": 3306, "endpoint": ENDPOINT, "encrypted": False},
    "workloads": {},
    "portForward": {"mysql": "kubectl port-forward --namespace db service/mysql 3306:3306"},
    "namespaces": {"db-ai": "db"},
    "consumers": {
        "notes": {
            "namespace": "notes",
            "pods": {"app": "notes"},
            "connections": {
                "objectStore": {
                    "secretName": "notes-s3-connection",
                    "generation": "1",
                    "bucket": "notes",
                    "prefix": "",
                    "access": "readWrite",
                }
            },
        }
    },
}


def changed(path: str, value: object) -> dict:
    """The outputs with another value at a path, or none."""
    outputs = copy.deepcopy(OUTPUTS)
    *parents, last = path.split(".")
    place = outputs
    for name in parents:
        place = place[name]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return outputs


def run(monkeypatch: pytest.MonkeyPatch, text: str, *args: str) -> str:
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))
    return read.main(list(args))


def test_outputs_of_a_stack_are_what_the_schema_says() -> None:
    assert list(read.problems(OUTPUTS, SCHEMA)) == []


def test_a_field_that_a_later_platform_adds_is_no_mistake() -> None:
    assert list(read.problems(changed("database.replicas", 2), SCHEMA)) == []


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        ("contractVersion", 2, "contractVersion: 2 is not 1"),
        ("contractVersion", None, "contractVersion: is missing"),
        ("database", None, "database: is missing"),
        ("database.port", "3306", 'database.port: "3306" is no integer'),
        ("database.port", True, "database.port: true is no integer"),
        ("database.port", 70000, "database.port: 70000 is not from 1 to 65535"),
        ("database.encrypted", 0, "database.encrypted: 0 is no boolean"),
        ("database.host", "", "database.host: is empty"),
        ("database.endpoint.kind", "pod", "database.endpoint: is none of the 2 things that it may be"),
        ("objectStore.buckets", ["notes", 1], "objectStore.buckets[1]: 1 is no string"),
        ("namespaces.mlops", 1, "namespaces.mlops: 1 is no string"),
        ("consumers.notes.pods", [], "consumers.notes.pods: [] is no object"),
        (
            "consumers.notes.connections.objectStore.access",
            "all",
            'consumers.notes.connections.objectStore.access: "all" is none of ["read", "write", "readWrite"]',
        ),
    ],
)
def test_what_is_wrong_is_found_and_named(path: str, value: object, problem: str) -> None:
    assert list(read.problems(changed(path, value), SCHEMA)) == [problem]


def test_what_it_could_not_check_it_does_not_pass_over() -> None:
    with pytest.raises(NotImplementedError, match="pattern"):
        list(read.problems("x", {"type": "string", "pattern": "^y"}))


def test_the_value_of_a_field_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    text = json.dumps(OUTPUTS)
    assert run(monkeypatch, text, "consumers.notes.connections.objectStore.secretName") == "notes-s3-connection"
    assert run(monkeypatch, text, "objectStore.buckets") == '["notes"]'


@pytest.mark.parametrize(
    ("text", "args", "message"),
    [
        (json.dumps(OUTPUTS), ["tracking.url"], r"the stack has no tracking; there is: .*, database, namespaces, "),
        (json.dumps(OUTPUTS), ["database.url"], r"database has no url; there is: encrypted, endpoint, host, port$"),
        (json.dumps(OUTPUTS), ["target.name"], r"target has no name; there is: nothing$"),
        (json.dumps(changed("database", None)), ["target"], r"written for:\n  database: is missing$"),
        ("{}", ["target"], r"written for:\n  contractVersion: is missing\n"),
        ("no JSON", ["target"], r"standard input is not JSON"),
        ("{}", [], r"^usage: "),
    ],
)
def test_people_are_told_what_is_wrong(
    monkeypatch: pytest.MonkeyPatch, text: str, args: list[str], message: str
) -> None:
    with pytest.raises(SystemExit, match=message):
        run(monkeypatch, text, *args)
