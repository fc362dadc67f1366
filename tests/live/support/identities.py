"""Tries what identities may do, each at every server, on all that is there: every bucket, schema, experiment and model.

MongoDB's protocol takes another client, and so another script: identities.mongo.js.

Standard input says where the servers are and who there is. Prints what worked: `identity | action | server: place`.

The administrators prepare something to be tried on, and remove it in the end. Secrets come in on standard input only.
"""

import base64
import json
import sys
import urllib.error
import urllib.parse
import urllib.request
from types import MappingProxyType

import boto3
import pymysql
from botocore.config import Config
from botocore.exceptions import ClientError

PROBE = "identity-probe"
# What no policy of anybody is about.
UNSHARED = "identity_probe_unshared"
DENIED = {"AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch"}


class ObjectStore:
    """Places are buckets, and folders of them: `models/triton/`."""

    def __init__(self, address: str, host: str, administrator: dict, unlisted: list[str]):
        self.endpoint = f"http://{address}"
        self.administrator = self.client(administrator)
        buckets = [each["Name"] for each in self.administrator.list_buckets()["Buckets"]]
        self.places = [*buckets, *unlisted]

    def client(self, who: dict):
        retries = {"max_attempts": 2}
        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            aws_access_key_id=who["user"],
            aws_secret_access_key=who["password"],
            region_name="us-east-1",
            config=Config(retries=retries, connect_timeout=10, read_timeout=30),
        )

    def prepare(self) -> None:
        for place in self.places:
            bucket, folder = split(place)
            self.administrator.put_object(Bucket=bucket, Key=folder + PROBE, Body=b"x")

    def remove(self) -> None:
        for place in self.places:
            bucket, folder = split(place)
            listed = self.administrator.list_objects_v2(Bucket=bucket, Prefix=folder + PROBE)
            for each in listed.get("Contents", []):
                self.administrator.delete_object(Bucket=bucket, Key=each["Key"])

    def attempts(self, who: dict):
        client = self.client(who)

        for place in self.places:
            yield from self.attempts_on(place, client, who)
        yield "create", "any bucket", lambda: self.create(client, who)

    def attempts_on(self, place: str, client, who: dict):
        bucket, folder = split(place)
        own = {"Bucket": bucket, "Key": f"{folder}{PROBE}-{who['user']}"}

        def see() -> None:
            require(bucket in [each["Name"] for each in client.list_buckets()["Buckets"]])

        if folder == "":
            yield "see", place, see
        yield "list", place, lambda: client.list_objects_v2(Bucket=bucket, Prefix=folder + PROBE)
        yield "get", place, lambda: client.get_object(Bucket=bucket, Key=folder + PROBE)["Body"].read()
        yield "put", place, lambda: client.put_object(**own, Body=b"y")
        yield "delete", place, lambda: client.delete_object(**own)

    def create(self, client, who: dict) -> None:
        name = f"{PROBE}-{who['user']}".lower()
        client.create_bucket(Bucket=name)
        self.administrator.delete_bucket(Bucket=name)

    @staticmethod
    def is_refusal(error: Exception) -> bool:
        return isinstance(error, ClientError) and error.response["Error"]["Code"] in DENIED


class Database:
    """Places are schemas."""

    # Access denied: to log in, to a schema, to a statement, to a table; and a table or schema that one may not know of.
    REFUSALS = frozenset({1044, 1045, 1142, 1227, 1370, 1698})

    # Of the server itself. What one may see of them is another matter, and what is in `mysql` is asked for below.
    SYSTEM = frozenset({"information_schema", "performance_schema", "sys", "mysql"})

    def __init__(self, address: str, host: str, administrator: dict, unlisted: list[str]):
        ip, _, port = address.partition(":")
        self.address = {"host": ip, "port": int(port), "connect_timeout": 10, "read_timeout": 30}
        self.administrator = administrator
        self.schemas: list[str] = []
        self.made: list[str] = []

    def run(self, who: dict, *statements: str) -> list:
        with (
            pymysql.connect(**self.address, user=who["user"], password=who["password"], autocommit=True) as session,
            session.cursor() as cursor,
        ):
            for statement in statements:
                cursor.execute(statement)
            return [row[0] for row in cursor.fetchall()]

    def prepare(self) -> None:
        self.run(self.administrator, f"CREATE DATABASE IF NOT EXISTS {UNSHARED}")
        self.schemas = [name for name in self.run(self.administrator, "SHOW DATABASES") if name not in self.SYSTEM]
        for schema in self.schemas:
            self.run(self.administrator, f"CREATE TABLE IF NOT EXISTS `{schema}`.identity_probe (id INT)")

    def remove(self) -> None:
        names = ["identity_probe", *self.made]
        tables = [f"DROP TABLE IF EXISTS `{schema}`.`{name}`" for schema in self.schemas for name in names]
        databases = [f"DROP DATABASE IF EXISTS `{name}`" for name in [UNSHARED, *self.made]]
        self.run(self.administrator, *tables, *databases)

    def attempts(self, who: dict):
        own = "identity_probe_" + str(len(self.made))
        self.made.append(own)
        for schema in self.schemas:
            yield from self.attempts_on(schema, own, who)
        yield "see", "the server's users", lambda: self.run(who, "SELECT user FROM mysql.user")
        yield "create", "any schema", lambda: self.run(who, f"CREATE DATABASE `{own}`")

    def attempts_on(self, schema: str, own: str, who: dict):
        table, probe = f"`{schema}`.`{own}`", f"`{schema}`.identity_probe"
        yield "see", schema, lambda: require(schema in self.run(who, "SHOW DATABASES"))
        yield "select", schema, lambda: self.run(who, f"SELECT id FROM {probe}")
        yield "insert", schema, lambda: self.run(who, f"INSERT INTO {probe} VALUES (1)")
        yield "create", schema, lambda: self.run(who, f"CREATE TABLE {table} (id INT)")
        # What it may not have made, the administrator makes, so that there is something to be dropped.
        self.run(self.administrator, f"CREATE TABLE IF NOT EXISTS {table} (id INT)")
        yield "drop", schema, lambda: self.run(who, f"DROP TABLE {table}")

    def is_refusal(self, error: Exception) -> bool:
        return isinstance(error, pymysql.MySQLError) and error.args[0] in self.REFUSALS


class Tracking:
    """Places are experiments and models."""

    def __init__(self, address: str, host: str, administrator: dict, unlisted: list[str]):
        # It answers only who asks for it by its name.
        self.url, self.host, self.administrator = f"http://{address}", host, administrator
        self.ids: dict[str, str] = {}
        self.models: list[str] = []

    def call(self, who: dict, method: str, path: str, fields: dict | None = None):
        query = "?" + urllib.parse.urlencode(fields) if method == "GET" and fields else ""
        body = json.dumps(fields).encode() if method != "GET" else None
        token = base64.b64encode(f"{who['user']}:{who['password']}".encode()).decode()
        headers = {"Host": self.host, "Authorization": f"Basic {token}", "Content-Type": "application/json"}
        request = urllib.request.Request(self.url + path + query, body, headers, method=method)
        with urllib.request.urlopen(request, timeout=30) as response:
            content = response.read().decode()
        return json.loads(content) if content.startswith("{") else content

    def api(self, who: dict, method: str, path: str, **fields):
        return self.call(who, method, f"/api/2.0/mlflow/{path}", fields)

    def prepare(self) -> None:
        try:
            about = {"experiment_name": PROBE}
            found = self.api(self.administrator, "GET", "experiments/get-by-name", **about)["experiment"]
            if found["lifecycle_stage"] == "deleted":
                self.api(self.administrator, "POST", "experiments/restore", experiment_id=found["experiment_id"])
        except urllib.error.HTTPError as error:
            if error.code != 404:
                raise
            self.api(self.administrator, "POST", "experiments/create", name=PROBE)
        self.models = self.names("registered-models/search", "registered_models")
        if PROBE not in self.models:
            self.api(self.administrator, "POST", "registered-models/create", name=PROBE)
            self.models.append(PROBE)
        found = self.api(self.administrator, "GET", "experiments/search", max_results=1000)["experiments"]
        self.ids = {each["name"]: each["experiment_id"] for each in found}

    def names(self, path: str, kind: str, who: dict | None = None) -> list[str]:
        found = self.api(who or self.administrator, "GET", path, max_results=1000).get(kind, [])
        return [each["name"] for each in found]

    def remove(self) -> None:
        for name, identifier in self.ids.items():
            about = {"experiment_id": identifier}
            self.api(self.administrator, "POST", "experiments/set-experiment-tag", **about, key=PROBE, value="")
            if name == PROBE:
                self.api(self.administrator, "POST", "experiments/delete", experiment_id=identifier)
        for name in self.models:
            self.api(self.administrator, "DELETE", "registered-models/delete-tag", name=name, key=PROBE)
        self.api(self.administrator, "DELETE", "registered-models/delete", name=PROBE)

    def attempts(self, who: dict):
        for name, identifier in self.ids.items():
            about = {"experiment_id": identifier}
            yield from self.attempts_on("experiment", name, about, who)
        for name in self.models:
            yield from self.attempts_on("model", name, {"name": name}, who)
        yield "create", "any experiment", lambda: self.create(who)
        yield "read", "metrics", lambda: self.call(who, "GET", "/metrics")
        yield "see", "the server's users", lambda: self.api(who, "GET", "users/list")

    # Of each kind: how all of them are called in paths and in answers, and how a tag is set.
    KINDS = MappingProxyType(
        {
            "experiment": ("experiments", "experiments", "set-experiment-tag"),
            "model": ("registered-models", "registered_models", "set-tag"),
        }
    )

    def attempts_on(self, kind: str, name: str, about: dict, who: dict):
        path, plural, tag = self.KINDS[kind]
        place = f"{kind} {name}"
        yield "see", place, lambda: require(name in self.names(f"{path}/search", plural, who))
        yield "read", place, lambda: self.api(who, "GET", f"{path}/get", **about)
        yield "write", place, lambda: self.api(who, "POST", f"{path}/{tag}", **about, key=PROBE, value="x")

    def create(self, who: dict) -> None:
        made = self.api(who, "POST", "experiments/create", name=f"{PROBE}-{who['user']}")
        self.api(self.administrator, "POST", "experiments/delete", experiment_id=made["experiment_id"])

    @staticmethod
    def is_refusal(error: Exception) -> bool:
        return isinstance(error, urllib.error.HTTPError) and error.code in (401, 403)


class NotSeen(Exception):
    pass


def require(is_so: bool) -> None:
    if not is_so:
        raise NotSeen


def split(place: str) -> tuple[str, str]:
    bucket, _, folder = place.partition("/")
    return bucket, folder


def main() -> None:
    given = json.load(sys.stdin)
    kinds = {"object-store": ObjectStore, "sql-database": Database, "tracking-server": Tracking}
    servers = {name: kinds[server.pop("kind")](**server) for name, server in given["servers"].items()}
    for server in servers.values():
        server.prepare()
    try:
        for who in given["identities"]:
            for name, server in servers.items():
                for action, place, attempt in server.attempts(who):
                    try:
                        attempt()
                    except NotSeen:
                        continue
                    except Exception as error:
                        # Whatever else goes wrong is no answer.
                        if not server.is_refusal(error):
                            raise RuntimeError(f"{who['name']}: {action} {place} at {name}") from error
                        continue
                    print(f"{who['name']} | {action} | {name}: {place}")
    finally:
        for server in servers.values():
            server.remove()


main()
