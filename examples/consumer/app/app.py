"""Keeps notes: the text of each in a bucket, a line about it in a schema.

POST /notes with a text makes one and GET /notes lists them. /health says that the program runs, /ready that both
services let it in. Who it is, and where they are, is in the variables of the two Secrets that the platform made.
CA_BUNDLE is the file with the private authorities that vouch for the services; empty: the usual ones do.
"""

import json
import os
import signal
import ssl
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import boto3
import pymysql
from botocore.config import Config

LARGEST_NOTE = 64 * 1024
SECONDS = 5

TABLE = "CREATE TABLE IF NOT EXISTS notes (id CHAR(32) PRIMARY KEY, length INT NOT NULL, made TIMESTAMP DEFAULT NOW())"


class Notes:
    """Both services, as the variables describe them."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = env
        self._authorities = env.get("CA_BUNDLE") or None
        self._bucket = env["AWS_S3_BUCKET"]
        folder = env.get("AWS_S3_PREFIX", "")
        self._prefix = f"{folder}/notes/" if folder else "notes/"
        # The credential is in the variables that every S3 client looks for.
        self._store = boto3.client(
            "s3",
            endpoint_url=env["AWS_S3_ENDPOINT"],
            region_name=env["AWS_DEFAULT_REGION"],
            verify=self._authorities,
            aws_access_key_id=env["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=env["AWS_SECRET_ACCESS_KEY"],
            config=Config(
                s3={"addressing_style": "path"},
                connect_timeout=SECONDS,
                read_timeout=SECONDS,
                retries={"total_max_attempts": 2},
            ),
        )

    @contextmanager
    def _cursor(self) -> Iterator[pymysql.cursors.Cursor]:
        env = self._env
        connection = pymysql.connect(
            host=env["DB_HOST"],
            port=int(env["DB_PORT"]),
            database=env["DB_NAME"],
            user=env["DB_USER"],
            password=env["DB_PASSWORD"],
            ssl=self._trust() if env.get("DB_ENCRYPTED") == "true" else None,
            connect_timeout=SECONDS,
            read_timeout=SECONDS,
            autocommit=True,
        )
        with connection, connection.cursor() as cursor:
            cursor.execute(TABLE)
            yield cursor

    def _trust(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self._authorities)

    def check(self) -> None:
        """Fails unless both services let it in."""
        self._store.list_objects_v2(Bucket=self._bucket, Prefix=self._prefix, MaxKeys=1)
        with self._cursor() as cursor:
            cursor.execute("SELECT 1 FROM notes LIMIT 1")

    def add(self, text: str) -> str:
        """Keeps a note and returns its id. The line comes last: what is listed is there."""
        note = uuid.uuid4().hex
        self._store.put_object(Bucket=self._bucket, Key=f"{self._prefix}{note}", Body=text.encode())
        with self._cursor() as cursor:
            cursor.execute("INSERT INTO notes (id, length) VALUES (%s, %s)", (note, len(text)))
        return note

    def all(self) -> list[dict[str, str]]:
        """Every note, the oldest first."""
        with self._cursor() as cursor:
            cursor.execute("SELECT id FROM notes ORDER BY made, id")
            ids = [row[0] for row in cursor.fetchall()]
        return [{"id": note, "text": self._text(note)} for note in ids]

    def _text(self, note: str) -> str:
        return self._store.get_object(Bucket=self._bucket, Key=f"{self._prefix}{note}")["Body"].read().decode()


class Handler(BaseHTTPRequestHandler):
    """Answers in JSON. `notes` is set by whoever makes the server."""

    notes: Notes

    def do_GET(self) -> None:
        if self.path == "/health":
            self._answer(200, {"status": "alive"})
        elif self.path == "/ready":
            self._attempt(self._check)
        elif self.path == "/notes":
            self._attempt(lambda: (200, {"notes": self.notes.all()}))
        else:
            self._answer(404, {"error": "there is /notes, /health and /ready"})

    def do_POST(self) -> None:
        if self.path != "/notes":
            self._answer(404, {"error": "POST to /notes"})
            return
        length = int(self.headers.get("Content-Length") or 0)
        if not 0 < length <= LARGEST_NOTE:
            self._answer(413, {"error": f"a note has 1 to {LARGEST_NOTE} bytes"})
            return
        text = self.rfile.read(length).decode(errors="replace")
        self._attempt(lambda: (201, {"id": self.notes.add(text)}))

    def _check(self) -> tuple[int, object]:
        self.notes.check()
        return 200, {"status": "ready"}

    def _attempt(self, work: Callable[[], tuple[int, object]]) -> None:
        try:
            status, body = work()
        except Exception as error:
            # The kind alone: messages of clients quote hosts, users and statements.
            self._answer(503, {"error": type(error).__name__})
            self.log_error("%s: %s", type(error).__name__, error)
            return
        self._answer(status, body)

    def _answer(self, status: int, body: object) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Probes would fill the log."""


def main() -> None:
    Handler.notes = Notes(os.environ)
    with ThreadingHTTPServer(("", int(os.environ.get("PORT", "8000"))), Handler) as server:
        # The first process of a container ignores what it does not handle.
        signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
        server.serve_forever()


if __name__ == "__main__":
    main()
