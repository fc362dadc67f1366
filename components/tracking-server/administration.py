"""What the scripts of this folder share: talking to the tracking server as its administrator.

Nothing but Python's own library: MLflow's client takes seconds and hundreds of megabytes to load. Credentials come
from files and go into one header; no message repeats them.
"""

import base64
import json
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from http import HTTPStatus
from pathlib import Path
from typing import NoReturn

ADMIN_DIR = Path(os.environ.get("ADMIN_DIR", "/credentials/admin"))
IDENTITY_DIR = Path(os.environ.get("IDENTITY_DIR", "/credentials/identity"))

# The longest that one call may take.
CALL_SECONDS = 60

ALREADY_EXISTS = "RESOURCE_ALREADY_EXISTS"
DOES_NOT_EXIST = "RESOURCE_DOES_NOT_EXIST"


def fail(message: str) -> NoReturn:
    print(f"{Path(sys.argv[0]).name}: {message}", file=sys.stderr)
    sys.exit(1)


def setting(name: str) -> str:
    """A variable that has to be there, even if it is empty."""
    if name not in os.environ:
        fail(f"{name} must be set")
    return os.environ[name]


def credential(file: Path) -> str:
    try:
        value = file.read_text()
    except OSError:
        fail(f"cannot read {file}")
    return value or fail(f"{file} is empty")


class Refused(Exception):
    """The server did not do what it was asked to do."""

    def __init__(self, status: int, code: str, message: str):
        super().__init__(f"{status} {code} {message}".strip())
        self.status = status
        self.code = code


class Server:
    def __init__(self) -> None:
        self.url = setting("TRACKING_URL")
        self.administrator = credential(ADMIN_DIR / "user")
        identity = f"{self.administrator}:{credential(ADMIN_DIR / 'password')}"
        self._authorization = "Basic " + base64.b64encode(identity.encode()).decode()
        # Whatever proxy the environment names, it is not for credentials of this cluster.
        self._open = urllib.request.build_opener(urllib.request.ProxyHandler({})).open

    def call(self, method: str, path: str, fields: dict | None = None, seconds: float = CALL_SECONDS) -> dict:
        """Calls the REST API below `/api`; `fields` are its query where it only reads, and its body otherwise."""
        url = f"{self.url}/api/{path}"
        headers = {"Authorization": self._authorization}
        body = None
        if fields is not None and method == "GET":
            url += "?" + urllib.parse.urlencode(fields)
        elif fields is not None:
            headers["Content-Type"] = "application/json"
            body = json.dumps(fields).encode()
        request = urllib.request.Request(url, data=body, method=method, headers=headers)
        try:
            with self._open(request, timeout=seconds) as response:
                return json.loads(response.read() or b"{}")
        except urllib.error.HTTPError as error:
            raise refusal(error) from None

    def wait(self) -> None:
        """Waits until the server answers its administrator."""
        seconds = int(os.environ.get("WAIT_SECONDS", "60"))
        deadline = time.monotonic() + seconds
        while True:
            try:
                self.call("GET", "2.0/mlflow/users/current")
                return
            except Refused as refused:
                if refused.status == HTTPStatus.UNAUTHORIZED:
                    fail("the server refused the administrator's credentials")
                reason = str(refused)
            except OSError as error:
                reason = str(error)
            if time.monotonic() > deadline:
                fail(f"the tracking server at {self.url} was not ready within {seconds} s: {reason}")
            time.sleep(1)


def refusal(error: urllib.error.HTTPError) -> Refused:
    text = error.read().decode(errors="replace")
    try:
        body = json.loads(text)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        return Refused(error.code, "", text[:200])
    return Refused(error.code, str(body.get("error_code", "")), str(body.get("message", ""))[:200])
