// Runs what the container of a rendered object would run, on this machine: the same program, arguments, environment
// and files, with other paths and addresses. So a live test proves what is deployed, not what the test thinks it is.
import * as path from "node:path";
import type { Resource } from "../../../tools/graph/graph";
import { isPlainObject, text, type Plain } from "../../../tools/graph/values";
import { scratch, write } from "../../support/processes";
import type { TestGraph } from "../../support/program";
import { at, CONFIG_MAP, mountsOf, SECRET } from "../../support/services";

/** What stands for addresses of the cluster here, and for fields of the pod: `status.podIP`. */
export type Substitutes = Readonly<Record<string, string>>;

export interface LocalProcess {
  /** The container's command and arguments. */
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Where the container's mounts are, by their paths in it. */
  readonly folders: Readonly<Record<string, string>>;
}

/** What the first container of an object's pods runs. */
export function localProcess(graph: TestGraph, owner: Resource, substitutes: Substitutes): LocalProcess {
  const container = at(owner.inputs, "spec", "template", "spec", "containers", 0);
  const root = scratch(owner.name);
  const folders = Object.fromEntries(
    Object.entries(mountsOf(owner)).map(([mount, volume]) => {
      const folder = path.join(root, mount);
      write(folder, filesOf(graph, volume));
      return [mount, folder];
    }),
  );
  const here = (value: string): string => substitute(relocate(value, folders), substitutes);
  const env: Record<string, string> = {};
  for (const variable of list(at(container, "env"))) {
    const value = text(at(variable, "value")) || valueFrom(graph, at(variable, "valueFrom"), substitutes);
    env[text(at(variable, "name"))] = here(
      value.replace(/\$\((\w+)\)/g, (whole, name: string) => env[name] ?? whole),
    );
  }
  const command = [...list(at(container, "command")), ...list(at(container, "args"))].map((word) =>
    here(text(word)),
  );
  return { command, env, folders };
}

function filesOf(graph: TestGraph, volume: Plain): Record<string, string> {
  const secret = at(volume, "secret", "secretName");
  const configMap = at(volume, "configMap", "name");
  if (secret !== undefined) return dataOf(graph, SECRET, "stringData", secret);
  if (configMap !== undefined) return dataOf(graph, CONFIG_MAP, "data", configMap);
  return {};
}

function valueFrom(graph: TestGraph, source: Plain | undefined, substitutes: Substitutes): string {
  const [kind, reference] = Object.entries(isPlainObject(source) ? source : {})[0] ?? [];
  const [name, key] = [at(reference, "name"), text(at(reference, "key"))];
  if (kind === "secretKeyRef") return dataOf(graph, SECRET, "stringData", name)[key]!;
  if (kind === "configMapKeyRef") return dataOf(graph, CONFIG_MAP, "data", name)[key]!;
  if (kind === "fieldRef") return substitutes[text(at(reference, "fieldPath"))]!;
  return "";
}

function dataOf(
  graph: TestGraph,
  type: string,
  property: string,
  name: Plain | undefined,
): Record<string, string> {
  const data = at(graph.one(type, text(name)).inputs, property);
  return Object.fromEntries(
    Object.entries(isPlainObject(data) ? data : {}).map(([key, value]) => [key, text(value)]),
  );
}

/** Paths in the container become paths here: as a whole value, or after `=`. All at once, since one may contain another. */
function relocate(value: string, folders: Readonly<Record<string, string>>): string {
  return value.replace(
    new RegExp(`(^|=)(${Object.keys(folders).join("|")})(?=/|$)`),
    (_, before: string, mount: string) => `${before}${folders[mount] ?? mount}`,
  );
}

function substitute(value: string, substitutes: Substitutes): string {
  return Object.entries(substitutes).reduce((text, [there, here]) => text.replaceAll(there, here), value);
}

function list(value: Plain | undefined): Plain[] {
  return Array.isArray(value) ? value : [];
}
