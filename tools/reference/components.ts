// Components: the public surface of this project: what the package for other programs exports.
import * as path from "node:path";
import type { Module } from "./model";
import { compilerOptions, type Place, readSources, readSurface } from "./read";

const root = path.resolve(__dirname, "../..");

export function readComponents(): Module[] {
  const surface = path.join(root, "packages/platform/index.ts");
  return readSurface(readSources([surface], compilerOptions(root)), surface, placeOf);
}

/** A page for each folder of components, one for what other stacks published, and one for what goes with a Target. */
function placeOf(declaredIn: string): Place {
  const [top = "", name = ""] = path.relative(root, declaredIn).split(path.sep);
  if (top === "components")
    return { folder: name, source: `components/${name}`, header: path.join(root, top, name, "index.ts") };
  const isPublished = name === "published.ts";
  return {
    folder: isPublished ? "published" : "targets",
    source: isPublished ? "stacks/published.ts" : "stacks",
    header: path.join(root, "stacks", isPublished ? name : "target.ts"),
  };
}
