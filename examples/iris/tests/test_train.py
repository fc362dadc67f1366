"""Training: what it logs, and which model is in use afterwards."""

import shutil
from pathlib import Path

import mlflow
import pytest
from conftest import DESTINATION
from mlflow import MlflowClient
from mlflow.entities import Run

from train import train

# So strong a regularization that the model knows little: it is worse on the flowers held out.
POOR = 0.001


def champion() -> str:
    return str(MlflowClient().get_model_version_by_alias(DESTINATION.model, DESTINATION.alias).version)


def runs() -> list[Run]:
    """The newest first."""
    experiment = MlflowClient().get_experiment_by_name(DESTINATION.experiment)
    assert experiment is not None
    return list(MlflowClient().search_runs([experiment.experiment_id]))


def test_the_first_model_is_put_to_use_and_its_run_tells_how_it_came_about(empty_store: str) -> None:
    assert train(DESTINATION) == champion() == "1"

    (run,) = runs()
    assert run.info.status == "FINISHED"
    assert run.data.params == {"C": "1.0", "max_iter": "1000", "random_state": "20"}
    assert run.data.metrics["accuracy"] > 0.9
    assert 0 < run.data.metrics["log_loss"] < 0.5
    version = MlflowClient().get_model_version(DESTINATION.model, "1")
    assert version.run_id == run.info.run_id
    signature = mlflow.models.get_model_info(f"models:/{DESTINATION.model}/1").signature
    assert signature is not None
    assert signature.inputs.input_names() == ["sepal_length", "sepal_width", "petal_length", "petal_width"]
    assert [str(each.type) for each in signature.outputs] == ["DataType.string"]


def test_the_same_training_gives_the_same_model_which_takes_over(empty_store: str) -> None:
    assert [train(DESTINATION), train(DESTINATION)] == ["1", "2"]

    assert champion() == "2"
    second, first = runs()
    assert first.data.metrics == second.data.metrics


def test_a_worse_model_is_logged_but_not_put_to_use(empty_store: str) -> None:
    train(DESTINATION)

    assert train(DESTINATION, POOR) is None

    assert champion() == "1"
    worse, better = runs()
    assert worse.data.metrics["accuracy"] < better.data.metrics["accuracy"]
    assert [worse.data.tags["promoted"], better.data.tags["promoted"]] == ["false", "true"]


def test_a_better_model_takes_over(empty_store: str) -> None:
    train(DESTINATION, POOR)

    assert train(DESTINATION) == champion() == "2"


def test_a_champion_that_cannot_be_loaded_stays_and_the_training_fails(empty_store: str, tmp_path: Path) -> None:
    train(DESTINATION)
    for file in (tmp_path / "artifacts").rglob("MLmodel"):
        file.write_text("flavors: {}")

    with pytest.raises(Exception, match="python_function"):
        train(DESTINATION)

    assert champion() == "1"
    assert runs()[0].info.status == "FAILED"


def test_a_champion_that_lost_its_files_is_replaced(empty_store: str, tmp_path: Path) -> None:
    train(DESTINATION)
    shutil.rmtree(tmp_path / "artifacts")

    assert train(DESTINATION, POOR) == champion() == "2"


def test_an_experiment_and_a_model_that_exist_are_used_as_they_are(empty_store: str) -> None:
    MlflowClient().create_registered_model(DESTINATION.model, description="made by the platform")
    before = len(MlflowClient().search_experiments())

    train(DESTINATION)

    assert len(MlflowClient().search_experiments()) == before
    assert MlflowClient().get_registered_model(DESTINATION.model).description == "made by the platform"
