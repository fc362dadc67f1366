"""What the README says a client sends and gets is what the model takes and answers."""

import json
import re
from typing import Any

import pytest

from conftest import FOLDER, Server

README = (FOLDER / "README.md").read_text(encoding="utf-8")


def request_and_answer() -> tuple[dict[str, Any], dict[str, Any]]:
    block = next(block for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL) if "/infer" in block)
    data = re.search(r"-d '(\{.*?\})'$", block, re.MULTILINE | re.DOTALL)
    assert data is not None
    answer = "\n".join(line.removeprefix("# ") for line in block[data.end() :].splitlines() if line.startswith("# "))
    return json.loads(data[1]), json.loads(answer)


def test_the_request_of_the_readme_gets_its_answer(server: Server) -> None:
    request, answer = request_and_answer()
    got = server.ask(request)
    for one, other in zip(got.pop("outputs"), answer.pop("outputs"), strict=True):
        data, expected = one.pop("data"), other.pop("data")
        assert one == other
        assert data == (expected if one["datatype"] == "BYTES" else pytest.approx(expected, abs=0.005))
    assert got == answer


def test_the_readme_asks_the_model_by_its_name(server: Server) -> None:
    assert set(re.findall(r"/v2/models/(\w+)/", README)) == {server.config.name}
