// Visitors: pods of these tests' own, which nothing was wired to. They serve something, so that others can reach them.
import * as assert from "node:assert/strict";
import { text } from "../../../tools/graph/values";
import { eventually } from "../../support/processes";
import { at } from "../../support/services";
import type { Platform } from "./platform";

/** A namespace that the platform doesn't manage. */
export const ELSEWHERE = "elsewhere";

export interface Visitor {
  readonly namespace: string;
  readonly name: string;
}

/** Starts them, without labels, and waits until they serve. */
export async function visit(platform: Platform, visitors: readonly Visitor[]): Promise<void> {
  await removeVisitors(platform, visitors);
  const [ingress] = await platform.get("deployments", "traefik", "--namespace=traefik");
  // A program of the machine that listens, and asks nobody.
  const image = text(at(ingress, "spec", "template", "spec", "containers", 0, "image"));
  assert.notEqual(image, "");
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: ELSEWHERE } };
  const manifests = [namespace, ...visitors.map((visitor) => manifest(visitor, image))];
  const list = { apiVersion: "v1", kind: "List", items: manifests };
  await platform.kubectl.text(["create", "--filename=-"], JSON.stringify(list));
  for (const { namespace, name } of visitors)
    await eventually(
      `the pod ${namespace}/${name} serves`,
      async () => {
        const [pod] = await platform.get("pods", name, `--namespace=${namespace}`);
        return at(pod, "status", "containerStatuses", 0, "ready") === true;
      },
      60,
    );
}

export async function removeVisitors(platform: Platform, visitors: readonly Visitor[]): Promise<void> {
  for (const { namespace, name } of visitors)
    await platform.kubectl.text([
      "delete",
      "pod",
      name,
      `--namespace=${namespace}`,
      "--ignore-not-found",
      "--now",
    ]);
  await platform.kubectl.text(["delete", "namespace", ELSEWHERE, "--ignore-not-found"]);
}

function manifest({ namespace, name }: Visitor, image: string): object {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace },
    spec: {
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 1,
      securityContext: { runAsNonRoot: true, runAsUser: 10001, seccompProfile: { type: "RuntimeDefault" } },
      containers: [
        {
          name: "serve",
          image,
          imagePullPolicy: "Never",
          args: ["--ping=true", "--global.checknewversion=false", "--global.sendanonymoususage=false"],
          ports: [{ name: "ping", containerPort: 8080 }],
          readinessProbe: { httpGet: { path: "/ping", port: 8080 }, periodSeconds: 1 },
          resources: { requests: { cpu: "10m", memory: "32Mi" }, limits: { memory: "128Mi" } },
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ["ALL"] },
          },
        },
      ],
    },
  };
}
