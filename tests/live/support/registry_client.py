"""Runs in a pod as a client of the model registry: keeps a model in its bucket, registers it, and finds both again."""

import json
import os
import sys
import urllib.request

import boto3

API = f"{os.environ['REGISTRY_URL']}/api/model_registry/v1alpha3"


def call(path: str, body: dict | None = None) -> dict:
    request = urllib.request.Request(
        API + path,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as response:
        return json.load(response)


def main() -> None:
    name = sys.argv[1]
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


main()
