// The users of a real tracking server and what they may do, as its administrator sees them.
import * as assert from "node:assert/strict";
import type { Identity } from "./mariadb";
import type { Mlflow } from "./mlflow";

interface Permission {
  readonly resource_type: string;
  readonly resource_pattern: string;
  readonly permission: string;
}

export interface Role {
  readonly id: number;
  readonly name: string;
  readonly permissions: readonly Permission[];
}

export interface User {
  readonly username: string;
  readonly is_admin: boolean;
  readonly roles: readonly Role[];
}

/** Everybody, by name, with all that they were given. */
export async function usersOf(mlflow: Mlflow): Promise<User[]> {
  const { users } = await mlflow.ask("/api/2.0/mlflow/users/list");
  return (users as User[]).sort((one, other) => (one.username < other.username ? -1 : 1));
}

export async function userOf(mlflow: Mlflow, identity: Identity): Promise<User> {
  const found = (await usersOf(mlflow)).find(({ username }) => username === identity.user);
  assert.ok(found, `${identity.user} is not there`);
  return found;
}

/** What an identity may do: `experiment iris: EDIT`. */
export async function rightsOf(mlflow: Mlflow, identity: Identity): Promise<string[]> {
  const { experiments } = await mlflow.ask("/api/2.0/mlflow/experiments/search", {
    json: { max_results: 100 },
  });
  const names = new Map(
    (experiments as { experiment_id: string; name: string }[]).map(({ experiment_id: id, name }) => [
      id,
      name,
    ]),
  );
  return (await userOf(mlflow, identity)).roles
    .flatMap(({ permissions }) => permissions)
    .map(({ resource_type: kind, resource_pattern: id, permission }) => {
      const resource = kind === "experiment" ? (names.get(id) ?? id) : id;
      return `${kind} ${resource}: ${permission}`;
    })
    .sort();
}
