/**
 * Parts of the schema that several services and workloads share: a disk, what a pod needs, how many of them there are,
 * and the way in.
 */
import { z } from "zod";
import { describe } from "./field";
import * as value from "./values";

export function storage(size: string) {
  return z
    .strictObject({
      size: describe(value.volumeSize, {
        description: "Size of the volume. It can grow later if its storage class allows, but never shrink.",
      }).default(size),
      storageClass: describe(value.objectName, {
        description: "Storage class of this volume. Fixed once the volume exists.",
        defaultText: "`storageClass` of the stack",
        example: "fast",
      }).optional(),
      existingClaim: describe(value.objectName, {
        description: "PersistentVolumeClaim in the service's namespace to use instead of a new one.",
        example: "data-from-before",
      }).optional(),
    })
    .prefault({});
}

export function resources(defaults: { cpu: string; memory: string; cpuLimit?: string; memoryLimit: string }) {
  const requests = z
    .strictObject({
      cpu: describe(value.cpu, { description: "CPU that the pod is scheduled with." }).default(defaults.cpu),
      memory: describe(value.memory, {
        description: "Memory that the pod is scheduled with.",
        example: "512Mi",
      }).default(defaults.memory),
    })
    .prefault({});
  const limits = z
    .strictObject({
      cpu: cpuLimit(defaults.cpuLimit),
      memory: describe(value.memory, {
        description: "Memory above which the pod is killed and started again.",
        example: "4Gi",
      }).default(defaults.memoryLimit),
    })
    .prefault({});
  return z.strictObject({ requests, limits }).prefault({});
}

function cpuLimit(byDefault: string | undefined) {
  const limit = describe(value.cpu, {
    description: "CPU that the pod may use at most.",
    defaultText: byDefault === undefined ? "no limit" : `\`${byDefault}\``,
    example: "2",
  });
  return byDefault === undefined ? limit.optional() : limit.prefault(byDefault).optional();
}

export function scaling(defaults: { min: number; max: number; cpu: number; memory?: number }) {
  const percent = (what: string, byDefault: number | undefined) => {
    const field = describe(value.integer(1, 100, 70), {
      description: `Average use of ${what}, in percent of the request, above which replicas are added.`,
      ...(byDefault === undefined ? { defaultText: `${what} is not looked at` } : {}),
    });
    return byDefault === undefined ? field.optional() : field.default(byDefault);
  };
  return z
    .strictObject({
      min: describe(value.integer(1, 1000, 2), { description: "Replicas that always run." }).default(
        defaults.min,
      ),
      max: describe(value.integer(1, 1000, 10), { description: "Replicas at most." }).default(defaults.max),
      cpu: percent("CPU", defaults.cpu),
      memory: percent("memory", defaults.memory),
    })
    .prefault({});
}

export const host = (what: string, example: string) =>
  describe(value.hostname, {
    description: `Host name under which ${what} is reachable from outside the cluster. On OpenShift a name without a dot is completed by \`appsDomain\`.`,
    defaultText: "not exposed",
    example,
  }).optional();

export const cors = describe(z.array(value.origin), {
  description: "Origins whose pages may call it.",
  allowed: "a list of origins such as `https://app.example.com`",
  example: "https://app.example.com",
}).default([]);
