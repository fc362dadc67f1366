// Monitoring: what a cluster has that is watched. Autoscalers learn from metrics-server what pods use; Prometheus collects metrics and
// evaluates alerts. The suite `endurance` brings it to a machine that runs, and takes it away again.
import { readdirSync } from "node:fs";
import * as path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { UserError } from "../stack/process";
import { APPLY, applyAddons } from "./addons";
import { buildImages, loadImages } from "./images";
import type { Machine } from "./machine";
import { moduleFolder } from "./modules";

const FOLDER = path.join(__dirname, "addons", "monitoring");
const FILES = readdirSync(FOLDER).map((file) => path.join(FOLDER, file));
const IMAGES = ["metrics-server", "prometheus-operator", "prometheus-config-reloader", "prometheus"];

/** Kinds that the operator needs, besides those that every machine has for the stack. */
const KINDS = ["prometheuses", "probes"];

/** What tells that it works: a command of kubectl that fails until then. */
const SIGNS = {
  "measurements of pods": ["top", "pods", "--namespace=kube-system"],
  "answers of Prometheus": [
    ...["get", "--raw", "/api/v1/namespaces/monitoring/services/prometheus-operated:web/proxy/-/ready"],
  ],
} as const;

/** Seconds within which everything is given up that does not come. */
const PATIENCE = 300;

/** Brings it to a machine with the platform on it, and waits until it answers. */
export async function applyMonitoring(machine: Machine): Promise<void> {
  const images = await buildImages(IMAGES);
  await loadImages(machine, images);
  const kubectl = await machine.kubectl();
  await kubectl.text([...APPLY, ...(await definitions()).map((file) => `--filename=${file}`)]);
  await applyAddons(machine, images, FILES);
  const deadline = Date.now() + PATIENCE * 1000;
  for (const [what, command] of Object.entries(SIGNS))
    while ((await kubectl.run(command)).code !== 0) {
      if (Date.now() > deadline) throw new UserError(`After ${PATIENCE} s there are no ${what}.`);
      await delay(1000);
    }
}

/** Removes it, with all that it has collected. */
export async function removeMonitoring(machine: Machine): Promise<void> {
  const kubectl = await machine.kubectl();
  const files = [...FILES, ...(await definitions())].map((file) => `--filename=${file}`);
  await kubectl.text(["delete", "--ignore-not-found", "--request-timeout=0", "--timeout=120s", ...files]);
}

/** As the operator's module publishes them. */
async function definitions(): Promise<string[]> {
  const module = "github.com/prometheus-operator/prometheus-operator";
  const folder = path.join(
    await moduleFolder("prometheus-operator", module),
    "example/prometheus-operator-crd",
  );
  return KINDS.map((kind) => path.join(folder, `monitoring.coreos.com_${kind}.yaml`));
}
