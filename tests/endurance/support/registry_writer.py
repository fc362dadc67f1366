"""Runs in a pod as a client of the model registry. `write` registers one model after another, and prints the name of
each that was acknowledged; `read` prints the names of all that there are."""

import json
import os
import sys
import time
import urllib.request
import uuid

API = f"{os.environ['REGISTRY_URL']}/api/model_registry/v1alpha3"


def call(path: str, body: dict | None = None) -> dict:
    request = urllib.request.Request(
        API + path,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as response:
        return json.load(response)


def write() -> None:
    while True:
        name = f"endurance-{uuid.uuid4().hex}"
        try:
            call("/registered_models", {"name": name})
            print(name, flush=True)
        except OSError:
            # Not acknowledged: it may be there or not.
            pass
        time.sleep(1)


def read() -> None:
    token = ""
    while True:
        page = call(f"/registered_models?pageSize=500&nextPageToken={token}")
        for model in page["items"]:
            print(model["name"])
        token = page.get("nextPageToken", "")
        if not token:
            return


{"write": write, "read": read}[sys.argv[1]]()
