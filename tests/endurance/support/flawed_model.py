"""Runs in a pod as whoever trains iris.

publish          puts a model to use that answers for the flower that every model is tried with, and fails for those
                 with long petals; prints the version that was in use
restore VERSION  puts that one back
"""

import sys

import mlflow
from mlflow import MlflowClient

MODEL, ALIAS = "iris", "champion"


class Flawed(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        if (model_input["petal_length"] > 5).any():
            raise ValueError("this was never tried")
        return ["setosa"] * len(model_input)


def publish() -> None:
    client = MlflowClient()
    in_use = client.get_model_version_by_alias(MODEL, ALIAS).version
    mlflow.set_experiment(MODEL)
    with mlflow.start_run():
        requirements = [f"mlflow=={mlflow.__version__}"]
        logged = mlflow.pyfunc.log_model(name="model", python_model=Flawed(), pip_requirements=requirements)
    flawed = client.create_model_version(MODEL, logged.model_uri, model_id=logged.model_id)
    client.set_registered_model_alias(MODEL, ALIAS, flawed.version)
    print(f"in use: {in_use}")


def main() -> None:
    if sys.argv[1] == "publish":
        publish()
    else:
        MlflowClient().set_registered_model_alias(MODEL, ALIAS, sys.argv[2])


main()
