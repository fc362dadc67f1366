// Upload: a Job that puts a small repository of models from the machine that deploys into the object store, so that a
// server has something to serve from the first day on.
import { readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { CA_BUNDLE_KEY, Grant } from "../access";
import { checksum, ManagedNamespace, podLabels } from "../network";
import { S3Connection } from "../object-store";
import { job, PodSecurity, Resources, scripts, SCRIPTS_PATH } from "../workload";
import { folderOf } from "./storage";

/** Models that are put into the object store, for a first prediction. */
export interface SampleModels {
  /** Folder on the machine that deploys: a repository as Triton has it, of text files. */
  folder: string;
  /** Access to the folder of the bucket from which the server reads: write is enough. */
  upload: Grant<S3Connection>;
  /** An image with `mc` and a shell: the object store's own. */
  client: string;
}

export interface Uploaded {
  /** What has to be done until the models are there. */
  readonly job: k8s.batch.v1.Job;
  /** Changes whenever they do. */
  readonly checksum: string;
}

const CREDENTIALS_PATH = "/credentials/models";
const FILES_PATH = "/files";
const AUTHORITIES_PATH = "/etc/store-authorities";

/** The API server takes no larger ConfigMap. */
const MAX_BYTES = 2 ** 20;

const RESOURCES: Resources = { requests: { cpu: "50m", memory: "64Mi" }, limits: { memory: "256Mi" } };

export function uploadModels(
  component: string,
  args: {
    namespace: ManagedNamespace;
    security: PodSecurity;
    models: SampleModels;
    /** The folder that the server reads. */
    target: Pick<S3Connection, "bucket" | "prefix">;
    /** ConfigMap with the private authorities that vouch for the store. */
    authorities: pulumi.Output<string> | undefined;
  },
  opts: { parent: pulumi.Resource },
): Uploaded {
  const { namespace, security, models, target, authorities } = args;
  const name = `${component}-upload`;
  const labels = podLabels(name);
  const claim = models.upload.claim({ namespace, pods: labels });
  const { url, bucket, prefix } = claim.connection;
  if (bucket !== target.bucket || prefix !== target.prefix) {
    throw new pulumi.RunError(
      `The models of ${component} are uploaded to "${bucket}/${prefix}", and read from ` +
        `"${target.bucket}/${target.prefix}". Grant both the same folder.`,
    );
  }
  const files = filesOf(component, models.folder);
  const content = new k8s.core.v1.ConfigMap(
    `${component}-models`,
    { metadata: { namespace: namespace.name }, data: Object.fromEntries(files.map((f) => [f.name, f.text])) },
    opts,
  );
  const program = scripts(`${name}-scripts`, { namespace, folder: __dirname }, opts);
  const uploaded = job(
    name,
    {
      namespace,
      security,
      labels,
      container: {
        name: "upload",
        image: models.client,
        command: ["sh", `${SCRIPTS_PATH}/upload.sh`],
        env: {
          HOME: "/tmp",
          MC_CONFIG_DIR: "/tmp/mc",
          S3_URL: url,
          BUCKET: bucket,
          PREFIX: folderOf({ prefix }),
          FILES: files.map((file) => `${file.name} ${file.path}`).join("\n"),
          ...(authorities ? { SSL_CERT_FILE: `${AUTHORITIES_PATH}/${CA_BUNDLE_KEY}` } : {}),
        },
        mounts: {
          [SCRIPTS_PATH]: { configMap: program.metadata.name },
          [CREDENTIALS_PATH]: { secret: claim.secretName },
          [FILES_PATH]: { configMap: content.metadata.name },
          "/tmp": { scratch: "16Mi" },
          ...(authorities ? { [AUTHORITIES_PATH]: { configMap: authorities } } : {}),
        },
        resources: RESOURCES,
        terminationMessage: "log",
      },
      runsAgainWhen: { storage: claim.storage },
    },
    { ...opts, dependsOn: [...namespace.ready, ...claim.ready] },
  );
  claim.usedBy(uploaded);
  return { job: uploaded, checksum: checksum(JSON.stringify(files)) };
}

interface ModelFile {
  /** Its name in a ConfigMap, which has no folders. */
  readonly name: string;
  /** Its path in the repository: `iris/1/model.py`. */
  readonly path: string;
  readonly text: string;
}

function filesOf(component: string, folder: string): ModelFile[] {
  const refuse = (sentence: string): never => {
    throw new pulumi.RunError(`The models of ${component} ${sentence}`);
  };
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes("__pycache__"))
    .map(({ parentPath, name }) => relative(folder, join(parentPath, name)).split(sep).join("/"))
    .sort()
    .map((path) => ({
      name: path.replaceAll("/", "--"),
      path,
      text: readFileSync(join(folder, path), "utf8"),
    }));
  if (files.length === 0) refuse(`are none: there are no files in ${folder}.`);
  for (const { path, text } of files) {
    if (!/^[A-Za-z0-9._/-]+$/.test(path)) {
      refuse(`have a file "${path}". Use letters, digits, dots, dashes and underscores.`);
    }
    if (text.includes("\uFFFD")) refuse(`have a file ${path} that is no text. Upload such models yourself.`);
  }
  if (new Set(files.map(({ name }) => name)).size < files.length) {
    refuse(`have two paths that are alike but for "/" and "--". Rename one of them.`);
  }
  const size = files.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
  if (size > MAX_BYTES) {
    refuse(`are ${size} bytes, more than the ${MAX_BYTES} of a ConfigMap. Upload such models yourself.`);
  }
  return files;
}
