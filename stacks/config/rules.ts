/**
 * What must hold between keys, beyond what the schema says of each one. The rules read the given values,
 * not the parsed ones, so that they report their problems beside those of the schema.
 */
import type { Given } from "./given";
import {
  platformConsumers,
  platformNamespaces,
  platformSchemas,
  reservedConsumers,
  serverConsumers,
} from "./names";
import type { Problem } from "./problem";
import { formatPath, removeCommand, setCommand, type Path } from "./property-path";
import { bytes, cores } from "./quantity";
import { minioServerKeys, mysqlServerKeys } from "./services";

type Rule = (given: Given) => Problem[];

export function brokenRules(given: Given): Problem[] {
  return rules.flatMap((rule) => rule(given));
}

const oneKindOfServer: Rule = (given) =>
  [
    ...minioServerKeys.map((key) => ["minio", key] as const),
    ...mysqlServerKeys.map((key) => ["mysql", key] as const),
  ]
    .filter(([service, key]) => given.has(service, "external") && given.has(service, key))
    .map(([service, key]) => ({
      path: [service, key],
      message: `configures the server in the cluster, but ${service}.external replaces it: only one of them can be set`,
      fix: removeCommand([service, key]),
    }));

const minikubeOnly: Rule = (given) =>
  [["ingress"], ["modelRegistry", "host"]]
    .filter((path) => given.at("target") === "openshift" && given.has(...path))
    .map((path) => ({
      path,
      message:
        path[0] === "ingress"
          ? "applies to minikube only: on OpenShift the cluster's router serves every Route"
          : "applies to minikube only: on OpenShift the registry's operator makes its Route",
      fix: removeCommand(path),
    }));

const consumersAreOthers: Rule = (given) => {
  const reserved: readonly string[] = reservedConsumers;
  return given
    .names("consumers")
    .filter((name) => reserved.includes(name))
    .map((name) => ({
      path: ["consumers", name],
      message: "has a name that the platform uses itself",
      allowed: `any other name than ${reserved.join(", ")}`,
      fix: removeCommand(["consumers", name]),
    }));
};

const consumersUseSomething: Rule = (given) =>
  given
    .names("consumers")
    .map((name) => ["consumers", name])
    .filter(
      (path) =>
        given.names(...path).length > 0 && !given.has(...path, "bucket") && !given.has(...path, "schema"),
    )
    .map((path) => ({
      path,
      message: "uses nothing: it needs a bucket, a schema or both",
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
      fix: setCommand(path, { value: "mlops" }),
    }));
};

const services = [
  { path: ["minio", "external"], key: "secretAccessKey", need: "bucket" },
  { path: ["mysql", "external"], key: "password", need: "schema" },
] as const;

const externalCredentials: Rule = (given) =>
  services
    .filter(({ path }) => given.has(...path))
    .flatMap(({ path, key, need }) => {
      const credentials = [...path, "credentials"];
      const registryIsOff = ["false", false].includes(
        given.at("modelRegistry", "enabled") as string | boolean,
      );
      const needed = [
        ...(registryIsOff ? [] : platformConsumers),
        ...given.names("consumers").filter((name) => given.has("consumers", name, need)),
      ];
      const known: readonly string[] = [...platformConsumers, ...given.names("consumers")];
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
  const known: readonly string[] = [
    "default",
    ...platformConsumers,
    ...serverConsumers,
    ...given.names("consumers"),
  ];
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
  return [...platformConsumers, ...serverConsumers, ...given.names("consumers")].flatMap((name) =>
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
  const owners = new Map<string, string>(Object.entries(platformSchemas));
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

const measures = { cpu: cores, memory: bytes } as const;

const requestsWithinLimits: Rule = (given) =>
  ["minio", "mysql", "modelRegistry"].flatMap((service) =>
    (["cpu", "memory"] as const).flatMap((measure) => {
      const request = given.text(service, "resources", "requests", measure);
      const limitPath = [service, "resources", "limits", measure];
      const limit = given.text(...limitPath);
      if (!(measures[measure](request) > measures[measure](limit))) return [];
      return [
        {
          path: limitPath,
          message: `is below ${service}.resources.requests.${measure}, which is ${request}`,
          given: JSON.stringify(limit),
          fix: setCommand(limitPath, { value: request }),
        },
      ];
    }),
  );

/** `pods`: how many run at once. Of a Deployment a second one does during each rolling update; it has no Jobs. */
const quotaPlaces = [
  { service: "minio", namespace: "minio", pods: 1 },
  { service: "mysql", namespace: "db-ai", pods: 1 },
  { service: "modelRegistry", namespace: "rhoai-model-registries", pods: 2 },
] as const;

/** `spare` is what a provision Job or a sidecar takes beside the server; other Jobs wait their turn. */
const quotas = [
  {
    measure: "cpu",
    need: ["resources", "requests", "cpu"],
    size: cores,
    spare: 0.1,
    roomy: (n: number) => `${Math.ceil(n)}`,
  },
  {
    measure: "memory",
    need: ["resources", "requests", "memory"],
    size: bytes,
    spare: 128 * 2 ** 20,
    roomy: (n: number) => `${Math.ceil(n / 2 ** 30)}Gi`,
  },
  {
    measure: "storage",
    need: ["storage", "size"],
    size: bytes,
    spare: 0,
    roomy: (n: number) => `${Math.ceil(n / 2 ** 30)}Gi`,
  },
] as const;

/** A server that its namespace's quota forbids would never start, and only an event would say why. */
const quotasHoldTheServers: Rule = (given) =>
  quotaPlaces
    .filter(({ service }) => !given.has(service, "external"))
    .flatMap(({ service, namespace, pods }) =>
      quotas.flatMap(({ measure, need, size, spare, roomy }) => {
        const path = ["namespaces", namespace, "quota", measure];
        const needed = pods * size(given.text(service, ...need)) + (pods > 1 ? 0 : spare);
        if (!(needed > size(given.text(...path)))) return [];
        return [
          {
            path,
            message: `is too small for ${[service, ...need].join(".")}, which is ${given.text(service, ...need)}${company(pods, spare)}`,
            given: JSON.stringify(given.text(...path)),
            fix: setCommand(path, { value: roomy(needed) }),
          },
        ];
      }),
    );

function company(pods: number, spare: number): string {
  if (pods > 1) return ", twice during an update";
  return spare > 0 ? ", and the Jobs that set it up" : "";
}

const hostsDiffer: Rule = (given) => {
  const path = ["modelRegistry", "host"];
  if (given.text(...path) === "" || given.text(...path) !== given.text("minio", "consoleHost")) return [];
  return [
    {
      path,
      message: "is also minio.consoleHost: a host name leads to one service only",
      given: JSON.stringify(given.text(...path)),
      fix: setCommand(path, { value: "model-registry.example.com" }),
    },
  ];
};

const rules: readonly Rule[] = [
  oneKindOfServer,
  minikubeOnly,
  consumersAreOthers,
  consumersUseSomething,
  consumersHaveTheirOwnNamespaces,
  externalCredentials,
  generationsOfSomeone,
  namesStayApart,
  schemasHaveOneOwner,
  requestsWithinLimits,
  quotasHoldTheServers,
  hostsDiffer,
];
