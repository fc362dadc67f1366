"""What the tests share: a tracking store with a champion in it, and the service in this process."""

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import mlflow
import pytest
from fastapi.testclient import TestClient
from mlflow import MlflowClient

from serve import Settings, create_app
from train import Destination, train

KEY = "the-newest-key"
OLD_KEY = "the-key-before"
CHAMPION = "models:/iris@champion"
DESTINATION = Destination(experiment="iris", model="iris", alias="champion")
FLOWERS = {
    "setosa": {"sepal_length": 5.1, "sepal_width": 3.5, "petal_length": 1.4, "petal_width": 0.2},
    "versicolor": {"sepal_length": 6.0, "sepal_width": 2.7, "petal_length": 4.2, "petal_width": 1.3},
    "virginica": {"sepal_length": 6.5, "sepal_width": 3.0, "petal_length": 5.8, "petal_width": 2.2},
}


@pytest.fixture(scope="session")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database. MLflow takes seconds to make its tables, so each test copies them."""
    database = tmp_path_factory.mktemp("tables") / "mlflow.db"
    MlflowClient(f"sqlite:///{database}").search_experiments()
    return database


@contextmanager
def tracking_store(tables: Path, folder: Path) -> Iterator[str]:
    before = mlflow.get_tracking_uri()
    uri = f"sqlite:///{shutil.copy(tables, folder)}"
    mlflow.set_tracking_uri(uri)
    # Artifacts go where the experiment says, which would be the working directory.
    mlflow.create_experiment(DESTINATION.experiment, artifact_location=f"file://{folder}/artifacts")
    try:
        yield uri
    finally:
        mlflow.set_tracking_uri(before)


@pytest.fixture
def empty_store(tables: Path, tmp_path: Path) -> Iterator[str]:
    with tracking_store(tables, tmp_path) as uri:
        yield uri


@pytest.fixture(scope="module")
def store(tables: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """With one version, which is the champion."""
    with tracking_store(tables, tmp_path_factory.mktemp("store")) as uri:
        train(DESTINATION)
        yield uri


Serve = Callable[..., TestClient]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts the service with these settings. Returns at once; `when_ready` waits."""
    with ExitStack() as stack:

        def start(
            model_uri: str = CHAMPION, api_keys: tuple[str, ...] = (KEY, OLD_KEY), **settings: object
        ) -> TestClient:
            app = create_app(Settings(model_uri, api_keys, **settings))  # type: ignore[arg-type]
            return stack.enter_context(TestClient(app, raise_server_exceptions=False))

        yield start


@pytest.fixture
def client(store: str, serve: Serve) -> TestClient:
    return when_ready(serve())


def when_ready(client: TestClient) -> TestClient:
    wait_until(lambda: client.get("/ready").status_code == 200, "the service is ready")
    return client


def wait_until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain until {what}"
        time.sleep(0.05)


def predict(client: TestClient, flower: dict[str, float], key: str = KEY) -> dict[str, str]:
    response = client.post("/predict", json=flower, headers={"X-API-Key": key})
    assert response.status_code == 200, response.text
    answer: dict[str, str] = response.json()
    return answer
