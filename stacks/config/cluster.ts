/**
 * The schema of what a stack finds in its cluster: images, certificates and the ingress controller.
 */
import { z } from "zod";
import { INGRESS_NAMESPACES } from "../minikube";
import { describe } from "./field";
import * as value from "./values";

export const images = z.strictObject({
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
  documentDatabase: describe(value.image, {
    description: "Image of the MongoDB 8 server, with `mongosh` inside.",
    defaultText: "see `stacks/images.ts`",
  }).optional(),
  modelRegistry: describe(value.image, {
    description: "Image of the model registry's server.",
    defaultText: "see `stacks/images.ts`",
  }).optional(),
  tracking: describe(value.image, {
    description: "Image of MLflow, with MySQL and S3 clients, metrics and basic authentication (`-full`).",
    defaultText: "see `stacks/images.ts`",
  }).optional(),
  cli: describe(value.image, {
    description: "Image with `kubectl` and a shell, with which operators are installed. OpenShift only.",
    defaultText: "see `stacks/images.ts`",
  }).optional(),
  triton: describe(value.image, {
    description: "Image of NVIDIA's Triton Inference Server.",
    defaultText: "see `stacks/images.ts`",
  }).optional(),
  crimeBackend: describe(value.image, {
    description: "Image of crime prediction's model server.",
    defaultText: "see `stacks/images.ts`",
  }).optional(),
  crimeFrontend: describe(value.image, {
    description: "Image of crime prediction's user interface.",
    defaultText: "see `stacks/images.ts`",
  }).optional(),
});

export const tls = z.discriminatedUnion("source", [
  z.strictObject({
    source: describe(z.literal("cluster"), {
      description:
        "Where the certificates come from: the ingress controller or router (`cluster`), this program (`selfSigned`), a Secret of yours (`secret`) or cert-manager (`issuer`). On OpenShift all but `cluster` need 4.19 or newer.",
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

export const ingress = z
  .strictObject({
    class: describe(value.oneOf(["nginx", "traefik"]), {
      description: "Ingress class of the controller.",
      example: "traefik",
    }).default("nginx"),
    namespace: describe(value.dnsLabel(63, "ingress"), {
      description: "Namespace of the controller's pods, which may connect to exposed services.",
      defaultText: "`ingress-nginx`; with class traefik `traefik`",
    }).optional(),
    readTimeout: describe(value.integer(60, 86400, 9000), {
      description:
        "With class traefik: seconds that its entry point gives a client to send a request, as you configured it (`respondingTimeouts.readTimeout`). An Ingress can't change that, so large uploads need it raised there.",
    }).default(60),
  })
  .prefault({})
  .transform((given) => ({ ...given, namespace: given.namespace ?? INGRESS_NAMESPACES[given.class] }));
