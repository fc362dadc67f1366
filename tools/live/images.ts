// Images: built by images/build, loaded into the machine, and named in the files beside this one without a tag, which is
// written down in one place: images/images.txt.
import * as path from "node:path";
import { output, UserError } from "../stack/process";
import { root, say } from "../stack/settings";
import type { Machine } from "./machine";

export interface Image {
  readonly name: string;
  /** With its tag: `localhost/mlops-live/minio:2025-09-07`. */
  readonly reference: string;
  /** An OCI archive in the user's cache. */
  readonly archive: string;
}

const BUILD = path.join(root, "tools/live/images/build");

/** Builds what is missing of the named images, or of all that the platform takes. */
export async function buildImages(names: readonly string[] = []): Promise<readonly Image[]> {
  return imagesIn(await output([BUILD, ...names], { stderr: "live" }));
}

/** What the build prints. */
export function imagesIn(printed: string): Image[] {
  return printed
    .trim()
    .split("\n")
    .map((line) => {
      const [name, reference, archive, ...more] = line.split(" ");
      if (!name || !reference || !archive || more.length > 0)
        throw new Error(
          `tools/live/images/build printed ${JSON.stringify(line)}: not NAME REFERENCE ARCHIVE`,
        );
      return { name, reference, archive };
    });
}

/** Loads what the machine does not have, or has from another archive. */
export async function loadImages(machine: Machine, images: readonly Image[]): Promise<number> {
  const nodes = await (await machine.kubectl()).text(["get", "nodes", "--output=json"]);
  const { items } = JSON.parse(nodes) as { items: { status: { images?: { names?: string[] }[] } }[] };
  const there = new Set(
    items.flatMap(({ status }) => status.images?.flatMap(({ names }) => names ?? []) ?? []),
  );
  const { home } = machine;
  const missing = images.filter(
    ({ reference, archive }) => !there.has(reference) || home.loaded[reference] !== archive,
  );
  if (missing.length === 0) return 0;
  say(`Loading ${missing.length === 1 ? "an image" : `${missing.length} images`}...`);
  await machine.load(missing.map(({ archive }) => archive));
  const loaded = missing.map(({ reference, archive }) => [reference, archive] as const);
  home.loaded = { ...home.loaded, ...Object.fromEntries(loaded) };
  return missing.length;
}

/** A text with the tags of the images that it names. */
export function withTags(text: string, images: readonly Image[]): string {
  return text.replaceAll(/localhost\/mlops-live\/([a-z0-9-]+)(?![a-z0-9-]*:)/g, (_whole, name: string) => {
    const image = images.find((each) => each.name === name);
    if (image !== undefined) return image.reference;
    throw new UserError(`There is no image ${name}: tools/live/images/images.txt does not have it.`);
  });
}
