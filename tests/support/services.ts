// The shared services as tests start them: small, in a namespace of their own, on either Target. And the
// workload that uses them. Call these inside the program that `run` runs.
import type { AccessContext, Claim, Grant } from "../../components/access";
import { MongoDb, type MongoDbArgs } from "../../components/document-database";
import { type ManagedNamespace, podLabels } from "../../components/network";
import { MinioStore, type MinioStoreArgs } from "../../components/object-store";
import { MySql, type MySqlArgs } from "../../components/sql-database";
import { type EnvValue, Workload } from "../../components/workload";
import type { Resource } from "../../tools/graph/graph";
import { isPlainObject, objectsIn, text, type Plain, type PlainObject } from "../../tools/graph/values";
import {
  accessContext,
  clusterPods,
  container,
  IMAGE,
  resources,
  security,
  type TargetName,
  testNamespace,
} from "./fixtures";

export const CONFIG_MAP = "kubernetes:core/v1:ConfigMap";
export const SECRET = "kubernetes:core/v1:Secret";
export const JOB = "kubernetes:batch/v1:Job";
export const DEPLOYMENT = "kubernetes:apps/v1:Deployment";
export const POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy";
export const NAMESPACE_OBJECT = "kubernetes:core/v1:Namespace";

/** Where a service and its consumers live. */
export interface Surroundings {
  target: TargetName;
  access: AccessContext;
  /** Namespace of the service. */
  shared: ManagedNamespace;
  /** Namespace of the consumers. */
  team: ManagedNamespace;
}

export function surroundings(
  generations: Readonly<Record<string, readonly string[]>> = {},
  target: TargetName = "minikube",
): Surroundings {
  return {
    target,
    access: accessContext(generations),
    shared: testNamespace("shared"),
    team: testNamespace("team"),
  };
}

export function minioStore(
  { target, access, shared }: Surroundings,
  args: Partial<MinioStoreArgs> = {},
): MinioStore {
  return new MinioStore("minio", {
    namespace: shared,
    security: security[target],
    access,
    image: IMAGE,
    storage: { size: "10Gi" },
    resources,
    buckets: {},
    scrapers: clusterPods,
    ...args,
  });
}

export function mySql({ target, access, shared }: Surroundings, args: Partial<MySqlArgs> = {}): MySql {
  return new MySql("mysql", {
    namespace: shared,
    security: security[target],
    access,
    image: IMAGE,
    storage: { size: "10Gi" },
    resources,
    maxConnections: 100,
    ...args,
  });
}

export function mongoDb({ target, access, shared }: Surroundings, args: Partial<MongoDbArgs> = {}): MongoDb {
  return new MongoDb("mongodb", {
    namespace: shared,
    security: security[target],
    access,
    image: IMAGE,
    storage: { size: "5Gi" },
    resources: { requests: { cpu: "100m", memory: "512Mi" }, limits: { memory: "1Gi" } },
    service: "mongodb-service",
    ...args,
  });
}

/** What all services have in common, for what has to hold for each of them. */
export interface Service {
  grant: (consumer: string) => Pick<Grant<unknown>, "claim" | "publish">;
  seal: () => void;
}

/** Names a service's key for the user's name and its port, and makes it with grants of one kind. */
export const services = {
  minio: {
    userKey: "AWS_ACCESS_KEY_ID",
    port: 9000,
    start: (here: Surroundings): Service => {
      const store = minioStore(here);
      return {
        grant: (consumer) => store.grant(consumer, { bucket: "data", access: "readWrite" }),
        seal: () => store.seal(),
      };
    },
  },
  mysql: {
    userKey: "DB_USER",
    port: 3306,
    start: (here: Surroundings): Service => {
      const database = mySql(here);
      return {
        grant: (consumer) => database.grant(consumer, { schema: "data" }),
        seal: () => database.seal(),
      };
    },
  },
  mongodb: {
    userKey: "MONGODB_USERNAME",
    port: 27017,
    start: (here: Surroundings): Service => {
      const database = mongoDb(here);
      return {
        grant: (consumer) => database.grant(consumer, { database: "data" }),
        seal: () => database.seal(),
      };
    },
  },
} as const;

/** What a service grants to others than its consumers: the object store lets the monitoring read its metrics. */
export const ownGrants = { minio: ["monitoring"], mysql: [], mongodb: [] } as const;

export const serviceNames = ["minio", "mysql", "mongodb"] as const;
export type ServiceName = (typeof serviceNames)[number];

/** A Deployment called as its consumer, which reads `keys` from the claimed Secret. */
export function workloadUsing(
  consumer: string,
  here: Surroundings,
  claim: Claim<unknown>,
  keys: readonly string[],
): Workload {
  const env = keys.map((key): [string, EnvValue] => [key, { secret: claim.secretName, key }]);
  return new Workload(consumer, {
    namespace: here.team,
    security: security[here.target],
    container: container({ env: Object.fromEntries(env), ports: { http: 8080 } }),
    service: { name: consumer, port: 8080, portName: "http" },
    uses: [claim],
  });
}

/** A program with one service and a workload for each consumer. */
export function consuming(
  service: ServiceName,
  generations: Readonly<Record<string, readonly string[]>>,
  target?: TargetName,
): () => void {
  return () => {
    const here = surroundings(generations, target);
    const { start, userKey } = services[service];
    const { grant, seal } = start(here);
    for (const consumer of Object.keys(generations)) {
      const claim = grant(consumer).claim({ namespace: here.team, pods: podLabels(consumer) });
      workloadUsing(consumer, here, claim, [userKey]);
    }
    seal();
  };
}

/** Logical names, sorted. */
export function namesOf(resources: readonly Resource[]): string[] {
  return resources.map(({ name }) => name).sort();
}

/** The value at a path of keys and indices, or undefined. */
export function at(value: Plain | undefined, ...path: readonly (string | number)[]): Plain | undefined {
  return path.reduce<Plain | undefined>((inner, key) => {
    if (Array.isArray(inner)) return inner[Number(key)];
    return isPlainObject(inner) ? inner[key] : undefined;
  }, value);
}

/** What the first container of an object's pods finds at each path: the volume, whatever its name. */
export function mountsOf({ inputs }: Resource): Record<string, Plain> {
  const pod = at(inputs, "spec", "template", "spec");
  const volumes = objectsIn(at(pod, "volumes"));
  return Object.fromEntries(
    objectsIn(at(pod, "containers", 0, "volumeMounts")).map(({ name, mountPath, readOnly }) => {
      const volume = volumes.find((candidate) => candidate.name === name) ?? {};
      return [text(mountPath), { ...without(volume, "name"), ...(readOnly === true ? { readOnly } : {}) }];
    }),
  );
}

/** A container but for its mounts, which `mountsOf` shows with what is behind them. */
export function withoutMounts(container: Plain | undefined): Plain {
  if (!isPlainObject(container)) throw new Error("this is no container");
  return without(container, "volumeMounts");
}

function without(value: PlainObject, removed: string): PlainObject {
  return Object.fromEntries(Object.entries(value).filter(([key]) => key !== removed));
}
