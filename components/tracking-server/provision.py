"""Makes one identity with exactly the rights in RIGHTS, and the experiments and models that they are on. Repeatable:
a changed password or right takes effect, and whatever else the identity had is taken away. Never touches data.

RIGHTS is JSON: `experiments` and `models` (names), `permission` on each of them, and `metrics` (true or false).
"""

import json

from administration import (
    ALREADY_EXISTS,
    IDENTITY_DIR,
    Refused,
    Server,
    credential,
    fail,
    setting,
)

# Rights on what is in no workspace of its own are kept in this one.
WORKSPACE = "default"
# authorization.py lets whoever holds it read the metrics.
METRICS_ROLE = "metrics-reader"

Right = tuple[str, str]  # kind of resource, its id


class Provisioning:
    def __init__(self, server: Server, user: str):
        self.server = server
        self.user = user

    def experiment(self, name: str) -> str:
        """The id of an experiment, which is made when it is not there."""
        try:
            return self.server.call("POST", "2.0/mlflow/experiments/create", {"name": name})["experiment_id"]
        except Refused as refused:
            if refused.code != ALREADY_EXISTS:
                raise
        found = self.server.call("GET", "2.0/mlflow/experiments/get-by-name", {"experiment_name": name})["experiment"]
        if found["lifecycle_stage"] == "deleted":
            # It holds the name, so no other can be made; and nothing can be logged to it.
            self.server.call("POST", "2.0/mlflow/experiments/restore", {"experiment_id": found["experiment_id"]})
        return found["experiment_id"]

    def model(self, name: str) -> str:
        try:
            self.server.call("POST", "2.0/mlflow/registered-models/create", {"name": name})
        except Refused as refused:
            if refused.code != ALREADY_EXISTS:
                raise
        return name

    def identity(self, password: str) -> int:
        """The id of the user, who is made or gets this password, and is no administrator."""
        try:
            made = self.server.call("POST", "2.0/mlflow/users/create", {"username": self.user, "password": password})
            return made["user"]["id"]
        except Refused as refused:
            if refused.code != ALREADY_EXISTS:
                raise
        self.server.call("PATCH", "2.0/mlflow/users/update-admin", {"username": self.user, "is_admin": False})
        self.server.call("PATCH", "2.0/mlflow/users/update-password", {"username": self.user, "password": password})
        return self.server.call("GET", "2.0/mlflow/users/get", {"username": self.user})["user"]["id"]

    def roles(self) -> list[dict]:
        return self.server.call("GET", "3.0/mlflow/users/roles/list", {"username": self.user})["roles"]

    def assign(self, name: str) -> None:
        role = self.role(name)
        self.server.call("POST", "3.0/mlflow/roles/assign", {"username": self.user, "role_id": role})

    def role(self, name: str) -> int:
        try:
            made = self.server.call("POST", "3.0/mlflow/roles/create", {"name": name, "workspace": WORKSPACE})
            return made["role"]["id"]
        except Refused as refused:
            if refused.code != ALREADY_EXISTS:
                raise
        roles = self.server.call("GET", "3.0/mlflow/roles/list", {"workspace": WORKSPACE})["roles"]
        return next(role["id"] for role in roles if role["name"] == name)

    def restrict(self, own_role: str, wanted: dict[Right, str], metrics: bool) -> set[Right]:
        """Takes away what is not wanted, and says which of the wanted rights are there."""
        present = set()
        for role in self.roles():
            if role["name"] == METRICS_ROLE and metrics and not role["permissions"]:
                continue
            if role["name"] != own_role:
                self.server.call("DELETE", "3.0/mlflow/roles/unassign", {"username": self.user, "role_id": role["id"]})
                continue
            for held in role["permissions"]:
                right = (held["resource_type"], held["resource_pattern"])
                fields = {"role_permission_id": held["id"]}
                if right not in wanted or role["workspace"] != WORKSPACE:
                    self.server.call("DELETE", "3.0/mlflow/roles/permissions/remove", fields)
                    continue
                present.add(right)
                if held["permission"] != wanted[right]:
                    # In place: a right in use is never gone for a moment.
                    self.server.call(
                        "PATCH", "3.0/mlflow/roles/permissions/update", {**fields, "permission": wanted[right]}
                    )
        return present

    def allow(self, right: Right, permission: str) -> None:
        kind, resource = right
        self.server.call(
            "POST",
            "3.0/mlflow/users/permissions/grant",
            {"username": self.user, "resource_type": kind, "resource_id": resource, "permission": permission},
        )


def main() -> None:
    rights = json.loads(setting("RIGHTS"))
    user = credential(IDENTITY_DIR / "user")
    password = credential(IDENTITY_DIR / "password")
    if user.split() != [user]:
        fail("the identity's name must not contain whitespace: the sweep separates names by it")

    server = Server()
    if user == server.administrator:
        fail("the identity's name is the administrator's own")
    server.wait()

    provisioning = Provisioning(server, user)
    wanted = {("experiment", provisioning.experiment(name)): rights["permission"] for name in rights["experiments"]}
    wanted |= {("registered_model", provisioning.model(name)): rights["permission"] for name in rights["models"]}

    # What MLflow calls the role that holds the rights of one user alone.
    own_role = f"__user_{provisioning.identity(password)}__"
    present = provisioning.restrict(own_role, wanted, rights["metrics"])
    for right, permission in wanted.items():
        if right not in present:
            provisioning.allow(right, permission)
    if rights["metrics"] and METRICS_ROLE not in [role["name"] for role in provisioning.roles()]:
        provisioning.assign(METRICS_ROLE)
    print(f"identity {user} is ready")


if __name__ == "__main__":
    try:
        main()
    except (Refused, OSError) as error:
        fail(str(error))
