// Add-ons: what a cluster brings before anybody deploys to it, as minikube's do. DNS, volumes, an ingress controller.
import { readdirSync, readFileSync } from "node:fs";
import * as path from "node:path";
import { withTags, type Image } from "./images";
import type { Machine } from "./machine";
import { moduleFolder } from "./modules";
import { awaitReady } from "./workloads";

const FOLDER = path.join(__dirname, "addons");

/** Of every machine. */
export const ADDONS = readdirSync(FOLDER).filter((file) => file.endsWith(".yaml"));

/** Applies the files of add-ons, and waits until everything that they start is ready. */
export async function applyAddons(
  machine: Machine,
  images: readonly Image[],
  files: readonly string[] = ADDONS.map((file) => path.join(FOLDER, file)),
): Promise<void> {
  const kubectl = await machine.kubectl();
  const manifests = files.map((file) => withTags(readFileSync(file, "utf8"), images));
  // Definitions first, since what is of their kinds comes after.
  await kubectl.text([...APPLY, "--filename", await traefikDefinitions()]);
  await kubectl.text([...APPLY, "--filename", "-"], manifests.join("\n---\n"));
  // What a stack has that is not deployed to its end may never be ready: that is for the next deployment.
  await awaitReady(kubectl, 600, "!mlops-platform/stack");
}

export const APPLY = ["apply", "--server-side", "--force-conflicts", "--field-manager=mlops-live"];

/** The definitions of Traefik's kinds, as they are published with its module. */
export async function traefikDefinitions(): Promise<string> {
  const folder = await moduleFolder("traefik", "github.com/traefik/traefik/v3");
  return path.join(folder, "docs/content/reference/dynamic-configuration/kubernetes-crd-definition-v1.yml");
}
