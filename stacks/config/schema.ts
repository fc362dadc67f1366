/**
 * The schema of the whole configuration. It is the single source of the types, the defaults, the checks,
 * the error messages and docs/configuration.md. Where a default depends on the target it is chosen here.
 */
import { z } from "zod";
import { ANY_ADDRESS } from "../target";
import { images, ingress, tls } from "./cluster";
import { describe } from "./field";
import { targetNames, targets, type TargetName } from "../targets";
import { platformNamespaces, type PlatformNamespace } from "./names";
import { openshiftAi } from "./openshift-ai";
import { minio, modelRegistry, mongodb, mysql } from "./services";
import * as value from "./values";
import { pipelineQuota, vidp } from "./vidp";
import { aiWorkload, crimePrediction, iris, tracking, triton } from "./workloads";

type Quota = { cpu: string; memory: string; storage: string; pods: number };

function namespace(defaults: Quota) {
  const quota = z
    .strictObject({
      cpu: describe(value.cpu, {
        description: "Limit for the sum of the pods' CPU requests.",
        example: "8",
      }).default(defaults.cpu),
      memory: describe(value.memory, {
        description: "Limit for the sum of the pods' memory requests.",
        example: "16Gi",
      }).default(defaults.memory),
      storage: describe(value.volumeSize, {
        description: "Limit for the sum of the volumes' sizes.",
        example: "500Gi",
      }).default(defaults.storage),
      pods: describe(value.integer(1, 10000, 50), { description: "Limit for the number of pods." }).default(
        defaults.pods,
      ),
    })
    .prefault({});
  return z
    .strictObject({
      existing: describe(value.boolean, {
        description:
          "The namespace is there already: it gets labels, quota and network policies, but is never created or deleted.",
      }).default(false),
      quota,
    })
    .prefault({});
}

/** Room for a rolling update and a few provision Jobs beside the servers' defaults. */
const namespaces = {
  minio: namespace({ cpu: "4", memory: "8Gi", storage: "200Gi", pods: 40 }),
  "db-ai": namespace({ cpu: "4", memory: "8Gi", storage: "200Gi", pods: 40 }),
  "rhoai-model-registries": namespace({ cpu: "2", memory: "4Gi", storage: "10Gi", pods: 40 }),
  mlops: namespace({ cpu: "8", memory: "16Gi", storage: "50Gi", pods: 60 }),
  "ai-workload": namespace({ cpu: "16", memory: "32Gi", storage: "200Gi", pods: 40 }),
  "crime-prediction": namespace({ cpu: "8", memory: "16Gi", storage: "10Gi", pods: 40 }),
  operators: namespace({ cpu: "2", memory: "2Gi", storage: "1Gi", pods: 40 }),
  triton: namespace({ cpu: "8", memory: "16Gi", storage: "10Gi", pods: 20 }),
  vidp: namespace(pipelineQuota),
} satisfies Record<PlatformNamespace, z.ZodType>;

const generationNames = describe(
  z
    .array(value.dnsLabel(12, "2026-11"))
    .min(1)
    .refine((names) => new Set(names).size === names.length),
  {
    description:
      "Generations of this consumer's credentials, or with `default` of everyone's who is not named. To rotate, put a new name in front; once its pods use it, take the old one away, which revokes it.",
    allowed: "a list of at least one name, none twice, each at most 12 of a-z, 0-9 and -",
    defaultText: "`default`: `1`",
  },
);

/** By consumer; `default` is for those that are not named. */
interface Generations {
  default: string[];
  [consumer: string]: string[];
}

const withDefaultGeneration = (given: Record<string, string[]>): Generations => ({
  default: ["1"],
  ...given,
});

const consumer = z.strictObject({
  namespace: describe(value.dnsLabel(63, "churn-prediction"), {
    description: "Namespace of the application; the connection Secrets are put there.",
  }),
  createNamespace: describe(value.boolean, {
    description:
      "Create the namespace where it does not exist; it is never deleted. Otherwise it must exist.",
  }).default(false),
  pods: describe(
    z.record(value.labelKey, describe(value.labelValue, { description: "Value of that label." })),
    {
      description: "Labels of the application's pods, which may then connect.",
      defaultText: "all pods of the namespace",
      entry: { name: "label", example: "app" },
    },
  ).optional(),
  egress: describe(value.boolean, {
    description:
      "Also allow the connection on the application's side. That NetworkPolicy isolates its pods from everything that no other policy allows, DNS included: it is for namespaces that deny egress already.",
  }).default(false),
  bucket: describe(
    z.strictObject({
      name: describe(value.bucketName, { description: "Bucket that the application may reach." }),
      prefix: describe(value.objectPrefix, {
        description: "Folder that it is confined to.",
        defaultText: "the whole bucket",
      }).optional(),
      access: describe(value.oneOf(["read", "write", "readWrite"]), {
        description: "What it may do there.",
      }).default("readWrite"),
    }),
    { description: "Access to one bucket of the object store." },
  ).optional(),
  schema: describe(value.schemaName, {
    description: "Schema of the SQL database that the application owns.",
    defaultText: "no access to the database",
  }).optional(),
  tracking: describe(
    z.strictObject({
      experiments: describe(z.array(value.trackedName).min(1), {
        description: "MLflow experiments that it may use; they are made when they are not there.",
        allowed: "a list of at least one name",
        example: "churn",
      }),
      models: describe(z.array(value.trackedName), {
        description: "Registered models that it may use; they are made when they are not there.",
        allowed: "a list of names",
        example: "churn",
      }).default([]),
      access: describe(value.oneOf(["read", "edit"]), {
        description: "What it may do with them.",
      }).default("edit"),
    }),
    { description: "Access to experiments and models of MLflow." },
  ).optional(),
});

function schemaFor(target: TargetName) {
  const { tls: certificates, monitoring, apiServerPort } = targets[target].defaults;
  return z.strictObject({
    target: describe(value.oneOf(targetNames), {
      description: "Kind of cluster that the stack is deployed to.",
    }),
    namespacePrefix: describe(value.namespacePrefix, {
      description:
        "Put in front of the name of every namespace of the platform, so that stacks can share a cluster.",
      defaultText: "none",
    }).default(""),
    namespaces: describe(z.strictObject(namespaces).prefault({}), {
      description: `The platform's own namespaces, by the names ${platformNamespaces.map((name) => `\`${name}\``).join(", ")}.`,
      entry: { name: "namespace", example: "minio" },
    }),
    protectData: describe(value.boolean, {
      description:
        "Refuse to delete volumes, the servers that use them and their namespaces. Turn it off for throw-away stacks.",
      example: "false",
    }).default(true),
    rolloutTimeout: describe(value.integer(10, 7200, 1200), {
      description:
        "Seconds within which a new version of a server has to be ready. After that `pulumi up` fails with the pods' reason; where a version was at work before, a Deployment keeps it.",
    }).default(600),
    storageClass: describe(value.objectName, {
      description: "Storage class of the volumes.",
      defaultText: "the cluster's default class",
      example: "standard",
    }).optional(),
    images: describe(images.prefault({}), { description: "Where container images come from." }),
    tls: describe(tls, { description: "The certificates of the hosts that are exposed." }).default(
      certificates,
    ),
    caBundle: describe(value.certificates, {
      description: "Certificates of corporate authorities, trusted for an external object store or database.",
      defaultText: "the authorities that the images trust",
    }).optional(),
    appsDomain: describe(value.appsDomain, {
      description:
        "Domain under which every name leads to the router; it completes hosts without a dot. OpenShift only.",
      defaultText: "read from the cluster, where a host needs it",
    }).optional(),
    ingress: describe(ingress, {
      description: "The ingress controller. Minikube only: OpenShift's router needs no configuration here.",
    }),
    monitoring: describe(
      z
        .strictObject({
          enabled: describe(value.boolean, {
            description:
              "Whether the cluster has the Prometheus operator: then every workload gets its ServiceMonitor, its alerts and its dashboard.",
            example: "true",
          }).default(monitoring.enabled),
          namespace: describe(value.dnsLabel(63, "monitoring"), {
            description: "Namespace whose pods may collect metrics.",
          }).default(monitoring.namespace),
          labels: describe(
            z.record(value.labelKey, describe(value.labelValue, { description: "Value of that label." })),
            {
              description: "Labels by which Prometheus selects ServiceMonitors and PrometheusRules.",
              defaultText: "none: it takes all",
              entry: { name: "label", example: "release" },
            },
          ).default({}),
        })
        .prefault({}),
      { description: "What collects metrics." },
    ),
    apiServer: describe(
      z
        .strictObject({
          cidrs: describe(value.cidrs, {
            description: "Address ranges of the cluster's API servers.",
          }).default([...ANY_ADDRESS]),
          port: describe(value.port, {
            description: "Port of the API servers behind their Service.",
          }).default(apiServerPort),
        })
        .prefault({}),
      { description: "What pods that call the Kubernetes API may connect to." },
    ),
    minio,
    mysql,
    mongodb,
    openshiftAi,
    modelRegistry,
    tracking,
    iris,
    aiWorkload,
    crimePrediction,
    triton,
    vidp,
    generations: describe(
      z.record(value.dnsLabel(40, "iris"), generationNames).transform(withDefaultGeneration),
      {
        description: "Generations of credentials per consumer, the newest first.",
        entry: { name: "consumer", example: "default" },
      },
    ).prefault({}),
    consumers: describe(z.record(value.dnsLabel(40, "iris"), consumer), {
      description: "Applications outside the platform that use its services.",
      entry: { name: "consumer", example: "iris" },
    }).default({}),
  });
}

type Schema = ReturnType<typeof schemaFor>;

const schemas = new Map<TargetName, Schema>();

/** The schema as it is on one target. */
export function configSchema(target: TargetName): Schema {
  const known = schemas.get(target);
  if (known !== undefined) return known;
  const fresh = schemaFor(target);
  schemas.set(target, fresh);
  return fresh;
}

export type ParsedConfig = z.output<Schema>;
