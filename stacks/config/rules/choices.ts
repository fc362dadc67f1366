/**
 * Rules about keys that exclude or need each other: kinds of servers, targets, hosts.
 */
import { pipelineServices } from "../../../components/video-pipeline/services";
import { removeCommand, setCommand } from "../property-path";
import { minioServerKeys, mysqlServerKeys } from "../services";
import { isNotOpenShift, type Rule } from "./rule";

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
  [
    {
      path: ["ingress"],
      why: "on OpenShift the cluster's router serves every Route",
    },
    { path: ["modelRegistry", "host"], why: "on OpenShift the registry's operator makes its Route" },
    {
      path: ["crimePrediction", "nodePort"],
      why: "on OpenShift the way in is a Route: set crimePrediction.host",
    },
  ]
    .filter(({ path }) => given.at("target") === "openshift" && given.has(...path))
    .map(({ path, why }) => ({
      path,
      message: `applies to minikube only: ${why}`,
      fix: removeCommand(path),
    }));

/** Where the model comes from in a stack without MLflow. */
const irisHasAModel: Rule = (given) => {
  const path = ["iris", "modelVolume"];
  if (!given.isOn("iris", "enabled") || given.isOn("tracking", "enabled") || given.has(...path)) return [];
  return [
    {
      path,
      message: "is required when tracking.enabled is false: the model's files have to come from somewhere",
      fix: setCommand(path, { value: "iris-model" }),
    },
  ];
};

const oneWayToCrimePrediction: Rule = (given) => {
  const path = ["crimePrediction", "nodePort"];
  if (given.at("target") === "openshift" || !given.has(...path) || !given.has("crimePrediction", "host"))
    return [];
  return [
    {
      path,
      message: "is another way in than crimePrediction.host: only one of them can be set",
      fix: removeCommand(path),
    },
  ];
};

const hosts = [
  ["minio", "consoleHost"],
  ["modelRegistry", "host"],
  ["tracking", "host"],
  ["iris", "host"],
  ["aiWorkload", "host"],
  ["crimePrediction", "host"],
  ["triton", "host"],
  ["vidp", "host"],
  ["vidp", "apiHost"],
];

const isShort = (host: string) => host !== "" && !host.includes(".");

/** Only OpenShift has a domain of its own. */
const hostsAreWhole: Rule = (given) =>
  hosts
    .map((path) => ({ path, host: given.text(...path) }))
    .filter(({ host }) => isNotOpenShift(given) && isShort(host))
    .map(({ path, host }) => ({
      path,
      message: "is short for a host in the cluster's own domain, which only OpenShift has",
      given: JSON.stringify(host),
      allowed: "a whole host name",
      fix: setCommand(path, { value: `${host}.local`.slice(0, 253) }),
    }));

const hostsDiffer: Rule = (given) => {
  const domain = given.text("appsDomain");
  const owners = new Map<string, string>();
  return hosts.flatMap((path) => {
    const host = given.text(...path);
    const whole = isShort(host) && domain !== "" ? `${host}.${domain}` : host;
    const owner = owners.get(whole);
    if (host === "") return [];
    owners.set(whole, owner ?? path.join("."));
    if (owner === undefined) return [];
    return [
      {
        path,
        message: `is also ${owner}: a host name leads to one service only`,
        given: JSON.stringify(host),
        fix: setCommand(path, {
          value: isShort(host) ? `other-${host}`.slice(0, 63) : `other.${host}`.slice(0, 253),
        }),
      },
    ];
  });
};

const scaled = [
  ["iris", "scaling"],
  ["aiWorkload", "scaling"],
  ["triton", "scaling"],
  ...pipelineServices.map((name) => ["vidp", "services", name, "scaling"]),
];

const scalingHasRoom: Rule = (given) =>
  scaled.flatMap((scaling) => {
    const [min, path] = [given.text(...scaling, "min"), [...scaling, "max"]];
    const max = given.text(...path);
    if (!(Number(min) > Number(max))) return [];
    return [
      {
        path,
        message: `is below ${[...scaling, "min"].join(".")}, which is ${min}`,
        given: max,
        fix: setCommand(path, { value: min }),
      },
    ];
  });

/** On a cluster of several nodes, a volume that one node can mount leaves the replicas on all others without it. */
const modelsReachEveryReplica: Rule = (given) => {
  const path = ["aiWorkload", "models", "accessMode"];
  const isOneNode = given.at("target") !== "openshift" || given.text(...path) === "ReadWriteMany";
  if (isOneNode || !given.has("aiWorkload", "image")) return [];
  if (Number(given.text("aiWorkload", "scaling", "max")) <= 1) return [];
  return [
    {
      path,
      message:
        "is ReadWriteOnce, which one node can mount, and aiWorkload.scaling.max lets several replicas run",
      allowed: "ReadWriteMany, with a storage class that has it; or at most one replica",
      fix: setCommand(path, { value: "ReadWriteMany" }),
    },
  ];
};

export const choiceRules: readonly Rule[] = [
  modelsReachEveryReplica,
  oneKindOfServer,
  minikubeOnly,
  irisHasAModel,
  oneWayToCrimePrediction,
  hostsAreWhole,
  hostsDiffer,
  scalingHasRoom,
];
