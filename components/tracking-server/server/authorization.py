"""How the tracking server finds out who sends a request (`authorization_function` in auth.ini).

Who may do what is MLflow's own business and decided by MLflow. This only answers two requests itself that MLflow
would refuse to everybody but an administrator, so that nobody needs to be one; and files go through this server alone.
"""

from flask import Response, current_app, request
from mlflow.server import handlers
from mlflow.server.auth import authenticate_request_basic_auth, store
from werkzeug.datastructures import Authorization

METRICS_PATH = "/metrics"
# Holding this role is all it takes to read the metrics; provision.py gives it to the monitoring.
METRICS_ROLE = "metrics-reader"

CREATE_MODEL = "/mlflow/registered-models/create"


class SignedUrls:
    """What no store of files is."""


# MLflow would tell its clients to fetch and send files at the object store, by addresses that it signs with its own
# key. They have no way there: each file would wait until six attempts to connect have failed. Where MLflow asks
# whether its store can do that, the answer is no.
handlers.MultipartUploadMixin = SignedUrls
handlers.MultipartDownloadMixin = SignedUrls
handlers.PresignedUploadMixin = SignedUrls


def authorize() -> Authorization | Response:
    sender = authenticate_request_basic_auth()
    if not isinstance(sender, Authorization):
        return sender
    if request.path == METRICS_PATH and reads_metrics(sender.username):
        return current_app.make_response(current_app.view_functions[request.endpoint]())
    if request.method == "POST" and request.path.endswith(CREATE_MODEL) and was_granted(sender.username):
        # MLflow's clients always try to make a model before they add a version to it, and take this answer for
        # what it says. Nobody else may make models: the ones that are granted are made with the Grant.
        return current_app.make_response(
            ({"error_code": "RESOURCE_ALREADY_EXISTS", "message": "This model exists already."}, 400)
        )
    return sender


def roles_of(username):
    return store.list_user_roles(store.get_user(username).id)


def reads_metrics(username: str) -> bool:
    return any(role.name == METRICS_ROLE for role in roles_of(username))


def was_granted(username: str) -> bool:
    """Whether the model that the request is about is one of those that the user has a right on."""
    body = request.get_json(force=True, silent=True)
    name = body.get("name") if isinstance(body, dict) else None
    return any(
        permission.resource_type == "registered_model" and permission.resource_pattern == name
        for role in roles_of(username)
        for permission in role.permissions
    )
