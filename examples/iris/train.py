"""Trains a classifier on scikit-learn's iris data, logs it to MLflow, puts it to use unless the one in use is better.

Environment: MLFLOW_TRACKING_URI, _USERNAME and _PASSWORD as for any client of MLflow; EXPERIMENT, MODEL_NAME and
MODEL_ALIAS say where the result goes. On a server with access control, EDIT on the experiment and on the registered
model is enough when they exist; on an open one they are made.
"""

import argparse
import logging
import os
from dataclasses import dataclass
from typing import Any

import mlflow
import pandas as pd
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from mlflow.models import infer_signature
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, log_loss
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

log = logging.getLogger("train")

FEATURES = ["sepal_length", "sepal_width", "petal_length", "petal_width"]
# The same flowers are held out in every run: two models are compared on what neither has seen.
SEED = 20


@dataclass(frozen=True)
class Destination:
    experiment: str
    model: str
    alias: str

    @staticmethod
    def from_environment() -> "Destination":
        return Destination(
            experiment=os.environ.get("EXPERIMENT", "iris"),
            model=os.environ.get("MODEL_NAME", "iris"),
            alias=os.environ.get("MODEL_ALIAS", "champion"),
        )


@dataclass(frozen=True)
class Flowers:
    measures: pd.DataFrame
    species: pd.Series


def flowers() -> tuple[Flowers, Flowers]:
    """What to learn from, and what is held out."""
    data = load_iris(as_frame=True)
    measures = data.data.set_axis(FEATURES, axis="columns")
    species = data.target.map(dict(enumerate(data.target_names))).astype(str)
    train_x, test_x, train_y, test_y = train_test_split(
        measures, species, test_size=0.3, stratify=species, random_state=SEED
    )
    return Flowers(train_x, train_y), Flowers(test_x, test_y)


def train(destination: Destination, inverse_regularization: float = 1.0) -> str | None:
    """The version of the model that is in use from now on, or None if the one that was in use is better."""
    seen, held_out = flowers()
    params = {"C": inverse_regularization, "max_iter": 1000, "random_state": SEED}
    model = make_pipeline(StandardScaler(), LogisticRegression(**params))
    model.fit(seen.measures, seen.species)
    accuracy = accuracy_score(held_out.species, model.predict(held_out.measures))

    mlflow.set_experiment(destination.experiment)
    with mlflow.start_run() as run:
        mlflow.log_params(params)
        mlflow.log_metrics(
            {
                "accuracy": accuracy,
                "log_loss": log_loss(held_out.species, model.predict_proba(held_out.measures)),
            }
        )
        logged = log_model(model, held_out)
        log.info("run %s: accuracy %.3f", run.info.run_id, accuracy)

        present = accuracy_in_use(destination, held_out)
        mlflow.set_tag("promoted", str(present is None or accuracy >= present).lower())
        if present is not None and accuracy < present:
            log.info("not put to use: the model in use has accuracy %.3f", present)
            return None
        return register(destination, logged.model_uri, run.info.run_id, logged.model_id)


def log_model(model: Pipeline, sample: Flowers) -> Any:
    return mlflow.sklearn.log_model(
        model,
        name="model",
        signature=infer_signature(sample.measures, sample.species),
        # Named here, since finding them out takes MLflow another process and half a minute.
        pip_requirements=[
            f"mlflow=={mlflow.__version__}",
            *mlflow.sklearn.get_default_pip_requirements(),
        ],
    )


def accuracy_in_use(destination: Destination, held_out: Flowers) -> float | None:
    """None if no model is in use, or none can be: its files are gone. One that can't be loaded for another reason is an
    error: nobody knows whether this one is better."""
    client = MlflowClient()
    try:
        aliases = client.get_registered_model(destination.model).aliases
    except MlflowException as error:
        if error.error_code != "RESOURCE_DOES_NOT_EXIST":
            raise
        client.create_registered_model(destination.model)
        return None
    if destination.alias not in aliases:
        return None
    version = aliases[destination.alias]
    uri = f"models:/{destination.model}/{version}"
    if not mlflow.artifacts.list_artifacts(artifact_uri=uri):
        log.warning("%s version %s, which is in use, has lost its files", destination.model, version)
        return None
    in_use = mlflow.pyfunc.load_model(uri)
    return float(accuracy_score(held_out.species, in_use.predict(held_out.measures)))


def register(destination: Destination, uri: str, run_id: str, model_id: str) -> str:
    client = MlflowClient()
    version = client.create_model_version(destination.model, uri, run_id=run_id, model_id=model_id).version
    client.set_registered_model_alias(destination.model, destination.alias, version)
    log.info("%s version %s is now %s", destination.model, version, destination.alias)
    return str(version)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--inverse-regularization",
        type=float,
        default=1.0,
        metavar="C",
        help="smaller is a simpler model (default: 1.0)",
    )
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    # There is no Git where this runs in a cluster, and MLflow would say so three times.
    os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
    train(Destination.from_environment(), arguments.inverse_regularization)


if __name__ == "__main__":
    main()
