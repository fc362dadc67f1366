// Pods of a test's own, as restricted as the platform's: they run to their end, and are removed.
import * as assert from "node:assert/strict";
import { text } from "../../../tools/graph/values";
import { eventually } from "../../support/processes";
import { at } from "../../support/services";
import type { Platform } from "./platform";

export interface OwnPod {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** It runs in the image of this Deployment, `NAMESPACE/NAME`. */
  readonly imageOf: string;
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Secrets whose keys become variables. */
  readonly secrets: readonly string[];
  /** At most. @default 256Mi */
  readonly memory?: string;
}

/** Runs a pod to its end, and returns what it printed. */
export async function runPod(platform: Platform, wanted: OwnPod): Promise<string> {
  const { namespace, name } = wanted;
  const within = [`--namespace=${namespace}`];
  const remove = () =>
    platform.kubectl.text(["delete", "pod", name, ...within, "--ignore-not-found", "--now"]);
  await remove();
  try {
    await createPod(platform, wanted);
    const phase = async () =>
      text(at((await platform.get("pods", name, ...within))[0] ?? {}, "status", "phase"));
    await eventually(
      `pod ${name} has ended`,
      async () => ["Succeeded", "Failed"].includes(await phase()),
      120,
    );
    const printed = await platform.kubectl.text(["logs", name, ...within]);
    assert.equal(await phase(), "Succeeded", printed);
    return printed;
  } finally {
    await remove();
  }
}

/** Starts a pod, which goes on until it ends, or somebody removes it. */
export async function createPod(platform: Platform, wanted: OwnPod): Promise<void> {
  const [owner = "", deployment = ""] = wanted.imageOf.split("/");
  const [running] = await platform.get("deployments", deployment, `--namespace=${owner}`);
  assert.ok(running, `Deployment ${wanted.imageOf} is there`);
  const image = text(at(running, "spec", "template", "spec", "containers", 0, "image"));
  await platform.kubectl.text(["create", "--filename=-"], JSON.stringify(manifest(wanted, image)));
}

function manifest(
  { namespace, name, labels, command, env, secrets, memory = "256Mi" }: OwnPod,
  image: string,
): object {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { namespace, name, labels },
    spec: {
      restartPolicy: "Never",
      automountServiceAccountToken: false,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 10001,
        seccompProfile: { type: "RuntimeDefault" },
      },
      containers: [
        {
          name: "main",
          image,
          imagePullPolicy: "IfNotPresent",
          command,
          env: Object.entries(env).map(([key, value]) => ({ name: key, value })),
          envFrom: secrets.map((secret) => ({ secretRef: { name: secret } })),
          resources: { limits: { memory } },
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ["ALL"] },
          },
          volumeMounts: [{ name: "tmp", mountPath: "/tmp" }],
        },
      ],
      volumes: [{ name: "tmp", emptyDir: { sizeLimit: "64Mi" } }],
    },
  };
}
