/**
 * Rules about who has access: consumers, their credentials and the generations of these.
 */
import { ownCredentials, platformConsumers, platformNamespaces, reservedConsumers } from "../names";
import type { Problem } from "../problem";
import { formatPath, removeCommand, setCommand, type Path } from "../property-path";
import type { Rule } from "./rule";

const consumersAreOthers: Rule = (given) =>
  given
    .names("consumers")
    .filter((name) => reservedConsumers.includes(name))
    .map((name) => ({
      path: ["consumers", name],
      message: "has a name that the platform uses itself",
      allowed: `any other name than ${reservedConsumers.join(", ")}`,
      fix: removeCommand(["consumers", name]),
    }));

const consumersUseSomething: Rule = (given) =>
  given
    .names("consumers")
    .map((name) => ["consumers", name])
    .filter((path) => given.names(...path).length > 0)
    .filter((path) => !["bucket", "schema", "tracking"].some((use) => given.has(...path, use)))
    .map((path) => ({
      path,
      message: "uses nothing: it needs a bucket, a schema or tracking",
      fix: setCommand([...path, "bucket", "name"], { value: "datasets" }),
    }));

const consumersHaveTheirOwnNamespaces: Rule = (given) => {
  const own = platformNamespaces.map((name) => `${given.text("namespacePrefix")}${name}`);
  return given
    .names("consumers")
    .map((name) => ["consumers", name, "namespace"])
    .filter((path) => own.includes(given.text(...path)))
    .map((path) => ({
      path,
      message: "is a namespace of the platform itself",
      given: JSON.stringify(given.text(...path)),
      allowed: `the application's own namespace, none of ${own.join(", ")}`,
      fix: setCommand(path, { value: "churn-prediction" }),
    }));
};

const trackingIsThere: Rule = (given) => {
  if (given.isOn("tracking", "enabled")) return [];
  return given
    .names("consumers")
    .map((name) => ["consumers", name, "tracking"])
    .filter((path) => given.has(...path))
    .map((path) => ({
      path,
      message: "asks for MLflow, but tracking.enabled is false",
      fix: removeCommand(path),
    }));
};

/** Those of the platform itself that have a schema. */
const owners = Object.fromEntries(
  Object.entries(platformConsumers).filter(([, { schema }]) => schema !== undefined),
);

const services = [
  { path: ["minio", "external"], key: "secretAccessKey", need: "bucket", consumers: platformConsumers },
  { path: ["mysql", "external"], key: "password", need: "schema", consumers: owners },
] as const;

const externalCredentials: Rule = (given) =>
  services
    .filter(({ path }) => given.has(...path))
    .flatMap(({ path, key, need, consumers }) => {
      const credentials = [...path, "credentials"];
      const own = Object.entries(consumers);
      const needed = [
        ...own.filter(([, { enabledBy }]) => given.isOn(enabledBy, "enabled")).map(([name]) => name),
        ...given.names("consumers").filter((name) => given.has("consumers", name, need)),
      ];
      const known = [...own.map(([name]) => name), ...given.names("consumers")];
      const missing = needed.filter((name) => !given.has(...credentials, name));
      const unused = given.names(...credentials).filter((name) => !known.includes(name));
      return [
        ...missing.map((name) => missingCredential([...credentials, name], key)),
        ...unused.map((name) => ({
          path: [...credentials, name],
          message: "belongs to no consumer",
          allowed: known.join(", "),
          fix: removeCommand([...credentials, name]),
        })),
      ];
    });

function missingCredential(path: Path, key: string): Problem {
  const name = String(path.at(-1));
  return {
    path,
    message: `is required: ${name} has no credential of its own at ${formatPath(path.slice(0, 2))}`,
    fix: [key === "password" ? "user" : "accessKeyId", key]
      .map((part) => setCommand([...path, part], { secret: true }))
      .join(" && "),
  };
}

const generationsOfSomeone: Rule = (given) => {
  const known = ["default", ...ownCredentials, ...given.names("consumers")];
  return given
    .names("generations")
    .filter((name) => !known.includes(name))
    .map((name) => ({
      path: ["generations", name],
      message: "belongs to no consumer",
      allowed: known.join(", "),
      fix: removeCommand(["generations", name]),
    }));
};

/** Names of resources are made of both: `iris` with `2026-11` and `iris-2026` with `11` would share theirs. */
const namesStayApart: Rule = (given) => {
  const generationsOf = (name: string) => {
    const own = given.at("generations", name) ?? given.at("generations", "default");
    return Array.isArray(own) ? own.map(String) : ["1"];
  };
  const seen = new Map<string, string>();
  return [...ownCredentials, ...given.names("consumers")].flatMap((name) =>
    generationsOf(name).flatMap((generation) => {
      const joined = `${name}-${generation}`;
      const other = seen.get(joined) ?? name;
      seen.set(joined, other);
      if (other === name) return [];
      return [
        {
          path: ["generations", name],
          message: `makes the name ${joined}, which ${other} has already with a generation of its own`,
          allowed: `generations that make other names than those of ${other}`,
          fix: setCommand(["generations", name, 0], { value: `g${generation}`.slice(0, 12) }),
        },
      ];
    }),
  );
};

/** Whoever owns a schema may drop its tables. */
const schemasHaveOneOwner: Rule = (given) => {
  const owners = new Map<string, string>(
    Object.entries(platformConsumers).map(([owner, { schema = "" }]) => [schema, owner]),
  );
  return given.names("consumers").flatMap((name) => {
    const path = ["consumers", name, "schema"];
    const schema = given.text(...path);
    const owner = owners.get(schema);
    if (schema === "") return [];
    owners.set(schema, owner ?? name);
    if (owner === undefined) return [];
    return [
      {
        path,
        message: `belongs to ${owner} already, and a schema has one owner`,
        given: JSON.stringify(schema),
        fix: setCommand(path, { value: `${schema}_2` }),
      },
    ];
  });
};

export const consumerRules: readonly Rule[] = [
  consumersAreOthers,
  consumersUseSomething,
  consumersHaveTheirOwnNamespaces,
  trackingIsThere,
  externalCredentials,
  generationsOfSomeone,
  namesStayApart,
  schemasHaveOneOwner,
];
