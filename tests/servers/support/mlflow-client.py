"""What an application does with a tracking server, by MLflow's own client: `log EXPERIMENT MODEL`, `predict MODEL`.

Prints one line of JSON.
"""

import json
import sys

import mlflow
from sklearn.linear_model import LogisticRegression


def log(experiment: str, model: str) -> dict:
    mlflow.set_experiment(experiment)
    with mlflow.start_run() as run:
        mlflow.log_metric("accuracy", 0.97)
        mlflow.log_text("a note", "notes/a.txt")
        classifier = LogisticRegression().fit([[0.0], [1.0]], [0, 1])
        logged = mlflow.sklearn.log_model(classifier, name="model", registered_model_name=model)
    version = logged.registered_model_version
    mlflow.MlflowClient().set_registered_model_alias(model, "champion", version)
    return {"run": run.info.run_id, "experiment": run.info.experiment_id, "version": version}


def predict(model: str) -> list:
    return mlflow.sklearn.load_model(f"models:/{model}@champion").predict([[1.0], [0.0]]).tolist()


if __name__ == "__main__":
    print(json.dumps({"log": log, "predict": predict}[sys.argv[1]](*sys.argv[2:])))
