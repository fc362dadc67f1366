// Reads an archive of an image as the OCI's image format has it.
import * as assert from "node:assert/strict";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { scratch, succeed } from "../../support/processes";

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface Contents {
  readonly reference: string | undefined;
  /** The image's own: that of its manifest. */
  readonly digest: string;
  readonly user: string | undefined;
  readonly entrypoint: readonly string[] | undefined;
}

/** Reads an OCI archive of one image, in which everything has to be what its digest and its size say. */
export async function contentsOf(archive: string): Promise<Contents> {
  const folder = scratch("image");
  await succeed("tar", ["--extract", `--file=${archive}`, `--directory=${folder}`]);
  const read = (file: string): unknown => JSON.parse(fs.readFileSync(path.join(folder, file), "utf8"));
  const blob = ({ digest, size }: Descriptor): string => {
    const file = path.join("blobs", digest.replace(":", "/"));
    const bytes = fs.readFileSync(path.join(folder, file));
    assert.equal(`sha256:${createHash("sha256").update(bytes).digest("hex")}`, digest);
    assert.equal(bytes.length, size);
    return file;
  };

  assert.deepEqual(read("oci-layout"), { imageLayoutVersion: "1.0.0" });
  const { manifests } = read("index.json") as { manifests: Descriptor[] };
  const [found, ...others] = manifests;
  assert.ok(found && others.length === 0, "one image");
  assert.equal(found.mediaType, "application/vnd.oci.image.manifest.v1+json");
  const manifest = read(blob(found)) as { config: Descriptor; layers: Descriptor[] };
  assert.equal(manifest.config.mediaType, "application/vnd.oci.image.config.v1+json");
  const { config, rootfs } = read(blob(manifest.config)) as {
    config: { User?: string; Entrypoint?: string[] };
    rootfs: { diff_ids: string[] };
  };
  assert.ok(manifest.layers.length > 0);
  assert.equal(manifest.layers.length, rootfs.diff_ids.length);
  manifest.layers.forEach(blob);
  return {
    reference: found.annotations?.["org.opencontainers.image.ref.name"],
    digest: found.digest,
    user: config.User,
    entrypoint: config.Entrypoint,
  };
}
