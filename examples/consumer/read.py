#!/usr/bin/env python3
"""Reads a stack's outputs from standard input, checks them against the contract, and prints one of them.

    pulumi stack output --json --stack dev | read.py objectStore.url
    make --silent outputs JSON=1 | read.py consumers.notes.connections.database.secretName

Nothing has to be installed: the part of JSON Schema that the contract uses is checked here. A program that has the
package jsonschema gives it stacks/contract/contract.schema.json in its place.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

SCHEMA = Path(__file__).resolve().parents[2] / "stacks" / "contract" / "contract.schema.json"

TYPES = {"object": dict, "array": list, "string": str, "integer": int, "number": (int, float), "boolean": bool}

# What says something about a value and is checked below, and what says something to people.
KNOWN = {
    *("type", "const", "enum", "minLength", "minimum", "maximum", "properties", "required"),
    *("additionalProperties", "propertyNames", "items", "oneOf"),
    *("$schema", "title", "description"),
}


def problems(value: object, schema: dict, path: str = "") -> Iterator[str]:
    """Everything that is wrong with a value. A field that the schema does not name is a later platform's."""
    unknown = schema.keys() - KNOWN
    if unknown:
        raise NotImplementedError(f"the schema says {', '.join(sorted(unknown))}, which this program does not check")
    where = path or "the outputs"
    expected = schema.get("type")
    if expected and (not isinstance(value, TYPES[expected]) or (expected != "boolean" and isinstance(value, bool))):
        yield f"{where}: {json.dumps(value)} is no {expected}"
        return
    if "const" in schema and value != schema["const"]:
        yield f"{where}: {json.dumps(value)} is not {json.dumps(schema['const'])}"
    if "enum" in schema and value not in schema["enum"]:
        yield f"{where}: {json.dumps(value)} is none of {json.dumps(schema['enum'])}"
    if isinstance(value, str) and len(value) < schema.get("minLength", 0):
        yield f"{where}: is empty"
    if isinstance(value, int) and not schema.get("minimum", value) <= value <= schema.get("maximum", value):
        yield f"{where}: {value} is not from {schema.get('minimum')} to {schema.get('maximum')}"
    if "oneOf" in schema and sum(not any(problems(value, variant, path)) for variant in schema["oneOf"]) != 1:
        yield f"{where}: is none of the {len(schema['oneOf'])} things that it may be"
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from problems(item, schema.get("items", {}), f"{path}[{index}]")
    if isinstance(value, dict):
        yield from fields(value, schema, path)


def fields(value: dict, schema: dict, path: str) -> Iterator[str]:
    named = schema.get("properties", {})
    for name in schema.get("required", []):
        if name not in value:
            yield f"{join(path, name)}: is missing"
    for name, item in value.items():
        yield from problems(name, schema.get("propertyNames", {}), join(path, name))
        yield from problems(item, named.get(name, schema.get("additionalProperties", {})), join(path, name))


def join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def find(outputs: object, field: str) -> object:
    """What is at a path such as `consumers.notes.namespace`; KeyError says what there is."""
    found, there = outputs, []
    for name in field.split("."):
        if not isinstance(found, dict) or name not in found:
            names = ", ".join(sorted(found)) if isinstance(found, dict) else "nothing"
            raise KeyError(f"{'.'.join(there) or 'the stack'} has no {name}; there is: {names}")
        found = found[name]
        there.append(name)
    return found


def main(args: list[str]) -> str:
    if len(args) != 1:
        sys.exit("usage: pulumi stack output --json | read.py <field>, such as objectStore.url")
    try:
        outputs = json.load(sys.stdin)
    except json.JSONDecodeError:
        sys.exit("standard input is not JSON: pulumi stack output --json | read.py <field>")
    found = list(problems(outputs, json.loads(SCHEMA.read_text())))
    if found:
        sys.exit("These are not the outputs that this program was written for:\n  " + "\n  ".join(found))
    try:
        value = find(outputs, args[0])
    except KeyError as error:
        sys.exit(error.args[0])
    return value if isinstance(value, str) else json.dumps(value)


if __name__ == "__main__":
    print(main(sys.argv[1:]))
