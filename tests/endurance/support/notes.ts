// Notes: an application that is not the platform's, examples/consumer, as its owners deploy it. It uses the Secrets that the
// platform gives it, and keeps each note in a bucket and in a schema.
import * as assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import * as path from "node:path";
import { text } from "../../../tools/graph/values";
import { root } from "../../../tools/stack/settings";
import type { Platform } from "../../live/support/platform";
import { at } from "../../support/services";
import type { Settings } from "./changes";

export const NOTES = "notes";
export const NOTES_HOST = "notes.example.com";
/** Its experiment, and its registered model, at MLflow. */
export const TRACKED = "notes";

/** What the platform's config says of it. */
export const CONSUMER: Settings = {
  consumers: {
    [NOTES]: {
      namespace: NOTES,
      createNamespace: true,
      pods: { app: NOTES },
      bucket: { name: NOTES },
      schema: NOTES,
      tracking: { experiments: [TRACKED], models: [TRACKED] },
    },
  },
};

const PORT = 8000;
const WITHIN = [`--namespace=${NOTES}`];
const labels = { app: NOTES };

/** Deploys it once the platform has made its Secrets, with two replicas, and a way in that is its owner's. */
export async function deployNotes(platform: Platform): Promise<void> {
  const [server] = await platform.get("deployments", "mlflow-server", "--namespace=mlops");
  // An image with what the program imports.
  const image = text(at(server, "spec", "template", "spec", "containers", 0, "image"));
  assert.notEqual(image, "");
  const code = readFileSync(path.join(root, "examples/consumer/app/app.py"), "utf8");
  const items = [configMap(code), deployment(image), service(), ingress()];
  const list = { apiVersion: "v1", kind: "List", items };
  await platform.kubectl.text(
    ["apply", "--server-side", "--force-conflicts", "--filename=-"],
    JSON.stringify(list),
  );
  await rolledOut(platform);
}

export async function removeNotes(platform: Platform): Promise<void> {
  await platform.kubectl.text(["delete", "deployment", NOTES, ...WITHIN, "--ignore-not-found", "--now"]);
}

/** Lets its pods read their Secrets again, as docs/how-to/rotate-credentials.md says, and waits until all have. */
export async function restartNotes(platform: Platform): Promise<void> {
  await platform.kubectl.text(["rollout", "restart", "deployment", NOTES, ...WITHIN]);
  await rolledOut(platform);
}

async function rolledOut(platform: Platform): Promise<void> {
  const { code, stderr } = await platform.kubectl.run([
    ...["rollout", "status", "deployment", NOTES, ...WITHIN],
    ...["--timeout=300s", "--request-timeout=0"],
  ]);
  assert.equal(code, 0, stderr);
}

const metadata = { name: NOTES, namespace: NOTES, labels };

const configMap = (code: string): object => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata,
  data: { "app.py": code },
});

const service = (): object => ({
  apiVersion: "v1",
  kind: "Service",
  metadata,
  spec: { selector: labels, ports: [{ name: "http", port: PORT }] },
});

const ingress = (): object => ({
  apiVersion: "networking.k8s.io/v1",
  kind: "Ingress",
  metadata,
  spec: {
    ingressClassName: "traefik",
    rules: [
      {
        host: NOTES_HOST,
        http: {
          paths: [
            { path: "/", pathType: "Prefix", backend: { service: { name: NOTES, port: { number: PORT } } } },
          ],
        },
      },
    ],
  },
});

/** As examples/consumer/index.ts makes it. */
function deployment(image: string): object {
  const probe = (answers: string) => ({
    httpGet: { path: answers, port: PORT },
    periodSeconds: 10,
    timeoutSeconds: 5,
  });
  const container = {
    name: NOTES,
    image,
    imagePullPolicy: "IfNotPresent",
    command: ["python", "/code/app.py"],
    envFrom: ["s3", "db"].map((which) => ({ secretRef: { name: `${NOTES}-${which}-connection` } })),
    env: [
      { name: "PORT", value: String(PORT) },
      { name: "DB_ENCRYPTED", value: "false" },
      { name: "PYTHONDONTWRITEBYTECODE", value: "1" },
    ],
    ports: [{ name: "http", containerPort: PORT }],
    startupProbe: { ...probe("/health"), periodSeconds: 2, failureThreshold: 60 },
    readinessProbe: probe("/ready"),
    livenessProbe: probe("/health"),
    lifecycle: { preStop: { sleep: { seconds: 5 } } },
    resources: { requests: { cpu: "10m", memory: "128Mi" }, limits: { memory: "256Mi" } },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    },
    volumeMounts: [{ name: "code", mountPath: "/code", readOnly: true }],
  };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata,
    spec: {
      replicas: 2,
      selector: { matchLabels: labels },
      strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      template: {
        metadata: { labels },
        spec: {
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          securityContext: {
            runAsNonRoot: true,
            runAsUser: 10001,
            seccompProfile: { type: "RuntimeDefault" },
          },
          containers: [container],
          volumes: [{ name: "code", configMap: { name: NOTES } }],
        },
      },
    },
  };
}
