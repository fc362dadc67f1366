/**
 * The schema of the whole configuration. It is the single source of the types, the defaults, the checks,
 * the error messages and docs/configuration.md. Where a default depends on the target it is chosen here.
 */
import { z } from "zod";
import { describe } from "./field";
import { platformNamespaces, targetNames, type PlatformNamespace, type TargetName } from "./names";
import { mysql, minio, modelRegistry } from "./services";
import * as value from "./values";

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
} satisfies Record<PlatformNamespace, z.ZodType>;

const images = z.strictObject({
  mirror: describe(value.imageMirror, {
    description: "Replaces the registry host of the default images, for clusters that pull from a mirror.",
    defaultText: "each image's own registry",
  }).optional(),
  pullSecrets: describe(z.array(value.objectName), {
    description: "Names of image pull secrets that exist in every namespace of the platform.",
    allowed: "a list of names",
    example: "registry-credentials",
  }).default([]),
  pullCredentials: describe(value.dockerConfig, {
    description:
      "Credentials of a private registry, copied into every namespace of the platform as a pull secret.",
    defaultText: "none",
  }).optional(),
  objectStore: describe(value.image, {
    description: "Image of the object store's server, MinIO-compatible, with `mc` inside.",
    defaultText: "see `stacks/images.ts`",
  }).optional(),
  sqlDatabase: describe(value.image, {
    description: "Image of the MySQL 8.4 server.",
    defaultText: "see `stacks/images.ts`",
  }).optional(),
  modelRegistry: describe(value.image, {
    description: "Image of the model registry's server.",
    defaultText: "see `stacks/images.ts`",
  }).optional(),
});

const tls = z.discriminatedUnion("source", [
  z.strictObject({
    source: describe(z.literal("cluster"), {
      description:
        "Where the certificates come from: the ingress controller or router (`cluster`), this program (`selfSigned`), a Secret of yours (`secret`) or cert-manager (`issuer`).",
      allowed: "`cluster`, `selfSigned`, `secret` or `issuer`",
      example: "cluster",
    }),
  }),
  z.strictObject({ source: z.literal("selfSigned") }),
  z.strictObject({
    source: z.literal("secret"),
    secretName: describe(value.objectName, {
      description:
        "With source `secret`: a Secret of type kubernetes.io/tls in each namespace that exposes a host.",
      defaultText: "required with source `secret`",
      example: "platform-tls",
    }),
  }),
  z.strictObject({
    source: z.literal("issuer"),
    issuer: describe(
      z.strictObject({
        name: describe(value.objectName, {
          description: "The issuer's name.",
          defaultText: "required with source `issuer`",
          example: "letsencrypt",
        }),
        kind: describe(value.oneOf(["ClusterIssuer", "Issuer"]), {
          description: "The issuer's kind.",
        }).default("ClusterIssuer"),
      }),
      { description: "With source `issuer`: the cert-manager issuer that signs the certificates." },
    ),
  }),
]);

const ingressNamespaces = { nginx: "ingress-nginx", traefik: "traefik" } as const;

const ingress = z
  .strictObject({
    class: describe(value.oneOf(["nginx", "traefik"]), {
      description: "Ingress class of the controller.",
      example: "traefik",
    }).default("nginx"),
    namespace: describe(value.dnsLabel(63, "ingress"), {
      description: "Namespace of the controller's pods, which may connect to exposed services.",
      defaultText: "`ingress-nginx`; with class traefik `traefik`",
    }).optional(),
  })
  .prefault({})
  .transform((given) => ({ ...given, namespace: given.namespace ?? ingressNamespaces[given.class] }));

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
  namespace: describe(value.dnsLabel(63, "mlops"), {
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
});

function schemaFor(target: TargetName) {
  const perTarget = <T>(defaults: Readonly<Record<TargetName, T>>): T => defaults[target];
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
    storageClass: describe(value.objectName, {
      description: "Storage class of the volumes.",
      defaultText: "the cluster's default class",
      example: "standard",
    }).optional(),
    images: describe(images.prefault({}), { description: "Where container images come from." }),
    tls: describe(tls, { description: "The certificates of the hosts that are exposed." }).default(
      perTarget({ minikube: { source: "selfSigned" }, openshift: { source: "cluster" } }),
    ),
    caBundle: describe(value.certificates, {
      description: "Certificates of corporate authorities, trusted for an external object store or database.",
      defaultText: "the authorities that the images trust",
    }).optional(),
    ingress: describe(ingress, {
      description: "The ingress controller. Minikube only: OpenShift's router needs no configuration here.",
    }),
    monitoring: describe(
      z
        .strictObject({
          namespace: describe(value.dnsLabel(63, "monitoring"), {
            description: "Namespace whose pods may collect metrics.",
          }).default(perTarget({ minikube: "monitoring", openshift: "openshift-user-workload-monitoring" })),
        })
        .prefault({}),
      { description: "What may collect metrics." },
    ),
    apiServer: describe(
      z
        .strictObject({
          cidrs: describe(value.cidrs, {
            description: "Address ranges of the cluster's API servers.",
          }).default(["0.0.0.0/0"]),
          port: describe(value.port, {
            description: "Port of the API servers behind their Service.",
          }).default(perTarget({ minikube: 8443, openshift: 6443 })),
        })
        .prefault({}),
      { description: "What pods that call the Kubernetes API may connect to." },
    ),
    minio,
    mysql,
    modelRegistry,
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

const schemas = { minikube: schemaFor("minikube"), openshift: schemaFor("openshift") };

/** The schema as it is on one target. */
export const configSchema = (target: TargetName) => schemas[target];

export type ParsedConfig = z.output<ReturnType<typeof configSchema>>;
