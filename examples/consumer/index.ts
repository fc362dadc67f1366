// Notes: an application that is not the platform's. It keeps the text of each note in a bucket and a line about it in a
// schema; both are the platform's, and so are the two Secrets that lead there. Nothing here knows a password.
import { readFileSync } from "node:fs";
import * as path from "node:path";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { platform } from "mlops-platform-contract";

const PORT = 8000;

const config = new pulumi.Config();
const stack = platform(config.require("platform"));
const { namespace, pods, caBundleName, objectStore, database } = stack.consumer(config.require("consumer"));

/** The services let in the pods with the labels that the platform's config names. */
const labels = pods.apply((agreed) => ({ ...agreed, "app.kubernetes.io/name": "notes" }));

/** With another name for each content, so that a new program is rolled out. */
const code = new k8s.core.v1.ConfigMap("notes-code", {
  metadata: { namespace },
  data: { "app.py": readFileSync(path.join(__dirname, "app/app.py"), "utf8") },
});

/** Where pods find the private authorities that vouch for services outside the cluster; empty where there are none. */
const AUTHORITIES = "/authorities";
const authorities = caBundleName.apply((name) => ({
  file: name === undefined ? "" : `${AUTHORITIES}/ca-bundle.crt`,
  volume: { name: "authorities", ...(name === undefined ? { emptyDir: {} } : { configMap: { name } }) },
}));

const probe = (answers: string) => ({
  httpGet: { path: answers, port: PORT },
  periodSeconds: 10,
  timeoutSeconds: 5,
});

const deployment = new k8s.apps.v1.Deployment("notes", {
  metadata: { name: "notes", namespace, labels },
  spec: {
    replicas: 2,
    selector: { matchLabels: labels },
    // A new pod is there before an old one goes: a rotation is no downtime.
    strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
    template: {
      metadata: {
        labels,
        annotations: {
          // The Secrets keep their names. What rolls the pods out is the name of the generation that they hold.
          "notes/object-store-credential": objectStore.generation,
          "notes/database-credential": database.generation,
        },
      },
      spec: {
        automountServiceAccountToken: false,
        securityContext: {
          runAsNonRoot: true,
          // OpenShift gives each namespace users of its own, and lets no other in.
          runAsUser: stack.target.apply((target) => (target === "openshift" ? undefined : 10001)),
          seccompProfile: { type: "RuntimeDefault" },
        },
        containers: [
          {
            name: "notes",
            image: config.require("image"),
            command: ["python", "/code/app.py"],
            envFrom: [
              { secretRef: { name: objectStore.secretName } },
              { secretRef: { name: database.secretName } },
            ],
            env: [
              { name: "PORT", value: String(PORT) },
              { name: "DB_ENCRYPTED", value: stack.database.encrypted.apply(String) },
              { name: "AWS_S3_PREFIX", value: objectStore.prefix },
              { name: "CA_BUNDLE", value: authorities.file },
              { name: "PYTHONDONTWRITEBYTECODE", value: "1" },
            ],
            ports: [{ name: "http", containerPort: PORT }],
            startupProbe: { ...probe("/health"), periodSeconds: 2, failureThreshold: 60 },
            readinessProbe: probe("/ready"),
            livenessProbe: probe("/health"),
            // Services learn that a pod goes while it still answers.
            lifecycle: { preStop: { sleep: { seconds: 5 } } },
            resources: { requests: { cpu: "50m", memory: "128Mi" }, limits: { memory: "256Mi" } },
            securityContext: {
              allowPrivilegeEscalation: false,
              readOnlyRootFilesystem: true,
              capabilities: { drop: ["ALL"] },
            },
            volumeMounts: [
              { name: "code", mountPath: "/code", readOnly: true },
              { name: "authorities", mountPath: AUTHORITIES, readOnly: true },
            ],
          },
        ],
        volumes: [{ name: "code", configMap: { name: code.metadata.name } }, authorities.volume],
      },
    },
  },
});

const service = new k8s.core.v1.Service("notes", {
  metadata: { name: "notes", namespace, labels },
  spec: { selector: deployment.spec.selector.matchLabels, ports: [{ name: "http", port: PORT }] },
});

/** How to reach it from this machine. */
export const portForward = pulumi.interpolate`kubectl port-forward --namespace ${namespace} service/${service.metadata.name} ${PORT}:${PORT}`;
/** What its pods run with: another value here is another credential. */
export const generations = { objectStore: objectStore.generation, database: database.generation };
