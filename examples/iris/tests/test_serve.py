"""The service's answers, with a model that train.py made."""

import json
import math
from collections.abc import Callable
from pathlib import Path

import mlflow
import pandas as pd
import pytest
from conftest import CHAMPION, DESTINATION, FLOWERS, KEY, OLD_KEY, Serve, predict, wait_until, when_ready
from fastapi.testclient import TestClient
from mlflow import MlflowClient
from mlflow.models import infer_signature
from prometheus_client.parser import text_string_to_metric_families
from sklearn.dummy import DummyClassifier

import serve as serve_module
from train import train

SETOSA = FLOWERS["setosa"]
HEADERS = {"X-API-Key": KEY}
ALLOWED = "Access-Control-Allow-Origin"


@pytest.mark.parametrize("species", FLOWERS)
def test_it_names_the_species_and_the_version_that_said_so(client: TestClient, species: str) -> None:
    assert predict(client, FLOWERS[species]) == {"species": species, "version": "1"}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"sepal_length": -1}, "sepal_length: Input should be greater than 0"),
        ({"sepal_length": 31}, "sepal_length: Input should be less than or equal to 30"),
        ({"sepal_length": "5.1"}, "sepal_length: Input should be a valid number"),
        ({"sepal_length": True}, "sepal_length: Input should be a valid number"),
        ({"sepal_length": None}, "sepal_length: Input should be a valid number"),
        ({"sepal_length": math.nan}, "sepal_length: Input should be a finite number"),
        ({"sepal_length": math.inf}, "sepal_length: Input should be a finite number"),
        ({"sepal_lenght": 5.1}, "sepal_lenght: Extra inputs are not permitted"),
    ],
)
def test_it_says_what_is_wrong_with_a_measure(client: TestClient, change: dict[str, object], sentence: str) -> None:
    assert complaints(client, json.dumps({**SETOSA, **change})) == [sentence]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("[]", "the body: Input should be a valid dictionary or object to extract fields from"),
        ("", "the body: Field required"),
        ("5.1 3.5 1.4 0.2", "the body is not JSON: Extra data"),
    ],
)
def test_it_says_what_is_wrong_with_a_body(client: TestClient, body: str, sentence: str) -> None:
    assert complaints(client, body) == [sentence]


def test_it_says_everything_that_is_wrong_at_once(client: TestClient) -> None:
    assert complaints(client, '{"sepal_length": 0, "sepal_width": 1}') == [
        "sepal_length: Input should be greater than 0",
        "petal_length: Field required",
        "petal_width: Field required",
    ]


def complaints(client: TestClient, body: str) -> list[str]:
    response = client.post("/predict", content=body, headers={**HEADERS, "Content-Type": "application/json"})
    assert response.status_code == 422
    detail: list[str] = response.json()["detail"]
    return detail


@pytest.mark.parametrize("key", [None, "", "wrong", f"{KEY}x", KEY[:-1], f"{KEY},{OLD_KEY}", b"\xff\xfe"])
def test_it_refuses_whoever_has_no_valid_key(client: TestClient, key: str | bytes | None) -> None:
    headers = {} if key is None else {b"X-API-Key": key if isinstance(key, bytes) else key.encode()}
    assert client.post("/predict", json=SETOSA, headers=headers).status_code == 401


def test_it_asks_for_the_key_before_it_looks_at_the_body(client: TestClient) -> None:
    assert client.post("/predict", content="{").status_code == 401


def test_every_valid_key_is_good_until_it_is_taken_off_the_list(store: str, serve: Serve) -> None:
    rotating = when_ready(serve(api_keys=(KEY, OLD_KEY)))
    assert predict(rotating, SETOSA, KEY) == predict(rotating, SETOSA, OLD_KEY)

    rotated = when_ready(serve(api_keys=(KEY,)))
    assert predict(rotated, SETOSA, KEY)["species"] == "setosa"
    assert rotated.post("/predict", json=SETOSA, headers={"X-API-Key": OLD_KEY}).status_code == 401


def test_it_is_alive_but_not_ready_until_there_is_a_model(empty_store: str, serve: Serve) -> None:
    client = serve()
    assert client.get("/health").status_code == 200
    for response in [client.get("/ready"), client.post("/predict", json=SETOSA, headers=HEADERS)]:
        assert response.status_code == 503
        assert response.json() == {"detail": "the model is not loaded yet"}
        assert response.headers["Retry-After"] == "5"

    train(DESTINATION)

    assert predict(when_ready(client), SETOSA) == {"species": "setosa", "version": "1"}


def test_a_new_champion_is_picked_up(empty_store: str, serve: Serve) -> None:
    train(DESTINATION)
    client = when_ready(serve(refresh_seconds=0.1))
    assert predict(client, SETOSA)["version"] == "1"

    train(DESTINATION)

    wait_until(lambda: predict(client, SETOSA)["version"] == "2", "the new champion answers")


def files_are_gone() -> str:
    return "file:///nowhere"


def knows_nothing_of_flowers() -> str:
    houses = pd.DataFrame({"rooms": [1.0, 2.0]})
    model = DummyClassifier().fit(houses, ["cheap", "dear"])
    with mlflow.start_run():
        logged = mlflow.sklearn.log_model(model, name="houses", signature=infer_signature(houses), pip_requirements=[])
    return str(logged.model_uri)


@pytest.mark.parametrize("broken", [files_are_gone, knows_nothing_of_flowers])
def test_a_champion_that_cannot_answer_does_not_replace_one_that_can(
    empty_store: str, serve: Serve, caplog: pytest.LogCaptureFixture, broken: Callable[[], str]
) -> None:
    train(DESTINATION)
    client = when_ready(serve(refresh_seconds=0.1))

    version = MlflowClient().create_model_version(DESTINATION.model, broken()).version
    MlflowClient().set_registered_model_alias(DESTINATION.model, DESTINATION.alias, version)

    wait_until(lambda: "could not be loaded" in caplog.text, "it has tried the new one")
    assert predict(client, SETOSA) == {"species": "setosa", "version": "1"}
    assert client.get("/ready").json() == {"status": "ready", "version": "1"}


def test_a_folder_is_served_without_a_tracking_server(
    store: str, serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = mlflow.artifacts.download_artifacts(CHAMPION, dst_path=str(tmp_path))
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "")
    monkeypatch.chdir(tmp_path)
    client = when_ready(serve(model_uri=folder))
    assert predict(client, SETOSA) == {"species": "setosa", "version": folder}


def test_metrics_count_requests_by_outcome_and_predictions_by_class(client: TestClient) -> None:
    for species in ["setosa", "setosa", "virginica"]:
        predict(client, FLOWERS[species])
    client.post("/predict", json=SETOSA)
    client.post("/predict", json={}, headers=HEADERS)

    assert value(client, "http_requests_total", method="POST", path="/predict", status="200") == 3
    assert value(client, "http_requests_total", method="POST", path="/predict", status="401") == 1
    assert value(client, "http_requests_total", method="POST", path="/predict", status="422") == 1
    assert value(client, "http_request_duration_seconds_count", method="POST", path="/predict") == 5
    assert value(client, "predictions_total", **{"class": "setosa"}) == 2
    assert value(client, "predictions_total", **{"class": "virginica"}) == 1
    assert value(client, "predictions_waiting") == 0


def test_invented_paths_and_methods_are_one_series_each(client: TestClient) -> None:
    for invented in ["/a", "/b", "/predict/../c"]:
        assert client.get(invented).status_code == 404
    for invented in ["BREW", "WHEN"]:
        assert client.request(invented, "/predict").status_code == 405

    assert value(client, "http_requests_total", method="GET", path="other", status="404") == 3
    assert value(client, "http_requests_total", method="other", path="/predict", status="405") == 2


def value(client: TestClient, name: str, **labels: str) -> float | None:
    """Of one series in what Prometheus would scrape."""
    for family in text_string_to_metric_families(client.get("/metrics").text):
        for sample in family.samples:
            if sample.name == name and sample.labels == labels:
                return sample.value
    return None


def test_only_pages_of_the_named_origins_may_read_answers(store: str, serve: Serve) -> None:
    client = when_ready(serve(cors_origins=("https://iris.example.com",)))

    def allowed(origin: str) -> str | None:
        # Without a key: a page has to be able to read why it was refused, too.
        answered: str | None = client.post("/predict", headers={"Origin": origin}).headers.get(ALLOWED)
        return answered

    assert allowed("https://iris.example.com") == "https://iris.example.com"
    assert allowed("https://iris.example.com.evil.example") is None
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-api-key,content-type"}
    assert client.options("/predict", headers={"Origin": "https://iris.example.com", **asked}).status_code == 200


def test_it_keeps_idle_connections_for_longer_than_proxies_do(monkeypatch: pytest.MonkeyPatch) -> None:
    options: dict[str, object] = {}
    monkeypatch.setattr("uvicorn.run", lambda _, **given: options.update(given))
    monkeypatch.setattr(serve_module, "log_as_json", lambda _: None)
    monkeypatch.setenv("MODEL_URI", CHAMPION)
    monkeypatch.setenv("API_KEYS", KEY)
    serve_module.main()
    kept = options["timeout_keep_alive"]
    # Of Traefik, which keeps them for longer than nginx does.
    assert isinstance(kept, int)
    assert kept > 90
