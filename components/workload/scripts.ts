// Scripts: the files of a component's folder that run in the cluster, as a ConfigMap.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { ManagedNamespace } from "../network";

/** Where containers find the scripts. */
export const SCRIPTS_PATH = "/scripts";

const SCRIPT = /\.(sh|py|js)$/;

/**
 * Auto-named: a changed script has a ConfigMap of a new name, so what uses it runs again. `files` names those of the
 * folder that are needed, where not all are.
 */
export function scripts(
  name: string,
  args: { namespace: ManagedNamespace; folder: string; files?: readonly string[] },
  opts: pulumi.CustomResourceOptions,
): k8s.core.v1.ConfigMap {
  const files = args.files ?? readdirSync(args.folder).filter((file) => SCRIPT.test(file));
  const data = Object.fromEntries(
    [...files].sort().map((file) => [file, readFileSync(join(args.folder, file), "utf8")]),
  );
  return new k8s.core.v1.ConfigMap(name, { metadata: { namespace: args.namespace.name }, data }, opts);
}
