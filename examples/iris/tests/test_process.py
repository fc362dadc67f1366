"""serve.py as a process of its own: how it starts, logs and ends."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import CHAMPION, FLOWERS, KEY, OLD_KEY, wait_until

FOLDER = Path(__file__).parent.parent
BODY = json.dumps(FLOWERS["setosa"]).encode()

Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    processes: list[subprocess.Popen[str]] = []

    def run(**environment: str) -> subprocess.Popen[str]:
        inherited = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
        process = subprocess.Popen(
            [sys.executable, "-B", str(FOLDER / "serve.py")],
            env={**inherited, "HOME": str(tmp_path), "TMPDIR": str(tmp_path), **environment},
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        processes.append(process)
        return process

    yield run
    for process in processes:
        process.kill()
        process.communicate()


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"API_KEYS": KEY}, "MODEL_URI is not set"),
        ({"MODEL_URI": CHAMPION}, "API_KEYS is not set"),
        ({"MODEL_URI": CHAMPION, "API_KEYS": " , "}, "API_KEYS is not set"),
        ({"MODEL_URI": CHAMPION, "API_KEYS": KEY, "PORT": "http"}, "PORT is 'http', which is not a number"),
    ],
)
def test_it_does_not_start_without_what_it_needs(start: Start, environment: dict[str, str], message: str) -> None:
    process = start(**environment)
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 1
    assert message in output
    assert "Traceback" not in output
    assert KEY not in output


def test_it_ends_after_the_last_answer_and_its_log_has_no_key(start: Start, store: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = start(MODEL_URI=CHAMPION, API_KEYS=f"{KEY},{OLD_KEY}", PORT=str(port), MLFLOW_TRACKING_URI=store)
    wait_until(lambda: status(port, "/ready") == 200, "the process is ready")
    assert status(port, "/predict?key=" + KEY) == 405

    # The process is told to end in the middle of a request.
    unfinished = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    unfinished.putrequest("POST", "/predict")
    for name, value in {"X-API-Key": OLD_KEY, "Content-Type": "application/json", "Content-Length": len(BODY)}.items():
        unfinished.putheader(name, str(value))
    unfinished.endheaders(BODY[:10])
    assert status(port, "/health") == 200
    process.send_signal(signal.SIGTERM)
    wait_until(lambda: status(port, "/health") is None, "nothing new is accepted")
    unfinished.send(BODY[10:])
    answer = unfinished.getresponse()
    assert (answer.status, json.load(answer)["species"]) == (200, "setosa")
    # As a client does that has what it wanted.
    unfinished.close()

    output, _ = process.communicate(timeout=60)
    lines = [json.loads(line) for line in output.splitlines()]
    assert [line["status"] for line in lines if line["logger"] == "access"] == [405, 200]
    assert {"info"} == {line["level"] for line in lines}
    assert KEY not in output
    assert OLD_KEY not in output


def status(port: int, path: str) -> int | None:
    """None when nobody answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except OSError:
        return None
    finally:
        connection.close()
