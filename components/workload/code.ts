// Code: a few files of a folder as a ConfigMap, for programs small enough to need no image of their own.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { ManagedNamespace } from "../network";
import { Mounts } from "./mounts";

export interface Code {
  /** Folder on the machine that deploys. */
  folder: string;
  /** Names of those of its files that the program consists of. @default all, without those in folders of it */
  files?: readonly string[];
}

/** Where a container finds its code. */
export const CODE_PATH = "/code";

/** The API server takes no larger ConfigMap. */
const MAX_BYTES = 2 ** 20;

/** Mounts with a program's files; none where all is in its image. */
export function codeMounts(
  component: string,
  args: { namespace: ManagedNamespace; code?: Code },
  opts: pulumi.CustomResourceOptions,
): Mounts {
  if (args.code === undefined) return {};
  const { metadata } = new k8s.core.v1.ConfigMap(
    // Auto-named: changed code has a ConfigMap of a new name, so what runs it runs anew.
    `${component}-code`,
    { metadata: { namespace: args.namespace.name }, data: contentOf(component, args.code) },
    opts,
  );
  return { [CODE_PATH]: { configMap: metadata.name } };
}

function contentOf(component: string, { folder, files = filesOf(folder) }: Code): Record<string, string> {
  const refuse = (sentence: string): never => {
    throw new pulumi.RunError(`The code of ${component} ${sentence}`);
  };
  if (files.length === 0) refuse(`has no files: there are none in ${folder}.`);
  const data = Object.fromEntries(
    [...files].sort().map((file) => {
      if (/[/\\]/.test(file)) refuse(`names ${file}. Name files of ${folder} itself, not of folders in it.`);
      const path = join(folder, file);
      if (!existsSync(path)) refuse(`names ${path}, which is not there.`);
      return [file, readFileSync(path, "utf8")];
    }),
  );
  const size = Object.values(data).reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  if (size > MAX_BYTES) {
    refuse(`is ${size} bytes, more than the ${MAX_BYTES} of a ConfigMap. Put it into an image of its own.`);
  }
  return data;
}

function filesOf(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { withFileTypes: true });
  return entries.filter((entry) => entry.isFile() && !entry.name.startsWith(".")).map(({ name }) => name);
}
