// Scripts: the files of a component's folder that run in the cluster, as a ConfigMap.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { ManagedNamespace } from "../network";

/** Where containers find the scripts. */
export const SCRIPTS_PATH = "/scripts";

/** JavaScript is not among them: in a compiled package that is what components are written in, too. */
const SCRIPT = /\.(sh|py)$/;

/**
 * Auto-named: a changed script has a ConfigMap of a new name, so what uses it runs again. `files` names those of the
 * folder that are needed, where it is not all shell and Python scripts.
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
