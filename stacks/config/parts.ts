/**
 * Parts of the schema that several services and workloads share: a disk, and what a pod needs.
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
    ...(byDefault === undefined ? { defaultText: "no limit" } : {}),
    example: "2",
  });
  return byDefault === undefined ? limit.optional() : limit.prefault(byDefault).optional();
}
