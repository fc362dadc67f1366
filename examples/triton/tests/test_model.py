"""The model without Triton: what it answers, and that config.pbtxt says so."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from sklearn.datasets import load_iris

import triton_python_backend_utils as pb_utils
from conftest import REPOSITORY, Config, Server, load
from train import train

SETOSA = [5.1, 3.5, 1.4, 0.2]
VIRGINICA = [6.5, 3.0, 5.8, 2.2]


def flowers(*rows: list[Any]) -> dict[str, Any]:
    data = [measure for row in rows for measure in row]
    return {"inputs": [{"name": "flower", "shape": [len(rows), 4], "datatype": "FP32", "data": data}]}


def output(answer: dict[str, Any], name: str) -> list[Any]:
    return next(each["data"] for each in answer["outputs"] if each["name"] == name)


def test_the_repository_is_laid_out_as_triton_wants_it(config: Config) -> None:
    assert config.name == "iris"
    assert config.backend == "python"
    assert sorted(path.name for path in REPOSITORY.iterdir()) == ["iris"]
    assert (REPOSITORY / "iris" / "1" / "model.py").is_file()


def test_it_tells_a_setosa_from_a_virginica(server: Server) -> None:
    answer = server.ask(flowers(SETOSA, VIRGINICA))
    assert output(answer, "species") == ["setosa", "virginica"]
    probabilities = output(answer, "probabilities")
    assert sum(probabilities[:3]) == pytest.approx(1, abs=1e-6)
    assert probabilities[0] == max(probabilities[:3])
    assert probabilities[5] == max(probabilities[3:])


def test_it_is_right_about_most_flowers(server: Server) -> None:
    data = load_iris()
    right = 0
    for start in range(0, len(data.data), server.config.max_batch_size):
        rows = data.data[start : start + server.config.max_batch_size]
        names = [data.target_names[each] for each in data.target[start : start + server.config.max_batch_size]]
        species = output(server.ask(flowers(*rows.tolist())), "species")
        right += sum(one == other for one, other in zip(species, names, strict=True))
    assert right / len(data.data) > 0.95


def test_extreme_measures_get_probabilities_too(server: Server) -> None:
    probabilities = output(server.ask(flowers([1e6, -1e6, 1e6, 1e6])), "probabilities")
    assert sum(probabilities) == pytest.approx(1, abs=1e-6)


def test_a_request_that_is_wrong_does_not_spoil_the_others(server: Server) -> None:
    wrong, right = server.ask_all([flowers([5.1, float("nan"), 1.4, 0.2]), flowers(SETOSA)])
    assert wrong == {"error": "flower: every measure has to be a number"}
    assert output(right, "species") == ["setosa"]


def test_its_numbers_are_those_that_training_gives() -> None:
    """Another version of the library may end a little elsewhere."""
    written = json.loads((REPOSITORY / "iris" / "1" / "weights.json").read_text(encoding="utf-8"))
    trained = train()
    assert written["species"] == trained["species"]
    assert written["accuracy"] == pytest.approx(trained["accuracy"], abs=0.03)
    for one, other in zip(written["coefficients"], trained["coefficients"], strict=True):
        assert one == pytest.approx(other, abs=0.01)
    assert written["intercepts"] == pytest.approx(trained["intercepts"], abs=0.05)


def test_it_does_not_load_with_numbers_of_another_shape(config: Config, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(REPOSITORY / "iris" / "1", tmp_path / "1"))
    weights = json.loads((folder / "weights.json").read_text(encoding="utf-8"))
    weights["coefficients"] = [row[:3] for row in weights["coefficients"]]
    (folder / "weights.json").write_text(json.dumps(weights), encoding="utf-8")
    with pytest.raises(pb_utils.TritonModelException, match=r"config\.pbtxt wants 3 of 4"):
        load(config, folder)
