"""Runs in a pod as a client of the model registry. `keep NAME` keeps a model in its bucket, registers it, and finds
both again; `write` registers one model after another, and prints the name of each that was acknowledged; `read` prints
the names of all that there are."""

import json
import os
import sys
import time
import urllib.request
import uuid

import boto3

API = f"{os.environ['REGISTRY_URL']}/api/model_registry/v1alpha3"


def call(path: str, body: dict | None = None) -> dict:
    request = urllib.request.Request(
        API + path,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as response:
        return json.load(response)


def keep(name: str) -> None:
    bucket, key = os.environ["AWS_S3_BUCKET"], f"{name}/model.bin"
    store = boto3.client("s3", endpoint_url=os.environ["AWS_S3_ENDPOINT"])
    store.put_object(Bucket=bucket, Key=key, Body=name.encode())

    model = call("/registered_models", {"name": name})
    where = f"s3://{bucket}/{key}"
    call(
        f"/registered_models/{model['id']}/versions",
        {"name": "1", "registeredModelId": model["id"], "description": where},
    )

    found = call(f"/registered_models/{model['id']}")
    versions = call(f"/registered_models/{model['id']}/versions")["items"]
    kept = store.get_object(Bucket=bucket, Key=versions[0]["description"].removeprefix(f"s3://{bucket}/"))
    print(
        json.dumps(
            {
                "model": found["name"],
                "versions": [each["name"] for each in versions],
                "content": kept["Body"].read().decode(),
            }
        )
    )


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


command, *arguments = sys.argv[1:]
{"keep": keep, "write": write, "read": read}[command](*arguments)
