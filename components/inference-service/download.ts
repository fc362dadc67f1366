// Download: the init container that brings a model's files from an object store onto the pod's own disk, before
// the server starts.
import * as pulumi from "@pulumi/pulumi";
import { Claim } from "../access";
import { ManagedNamespace } from "../network";
import { S3Location } from "../object-store";
import { bytes, ContainerArgs, Mounts, Resources, scripts, SCRIPTS_PATH } from "../workload";
import { AUTHORITIES_FILE } from "./authorities";

export interface DownloadArgs {
  /** Namespace that it runs in. */
  namespace: ManagedNamespace;
  claim: Claim<S3Location>;
  /** An image with `mc` and a shell. */
  image: string;
  /** Folder of the bucket, below what the Grant gives access to. Empty: all of that. */
  folder: string;
  /** Where the files go. */
  path: string;
  /** What they may take there. */
  size: string;
  /** Mounts of the authorities that vouch for the store, where they are private ones. */
  authorities: Mounts;
}

const CREDENTIALS_PATH = "/credentials/model";

/** Not the server's /tmp: the credential is in it. */
const WORK_PATH = "/download";

const RESOURCES: Resources = {
  requests: { cpu: "100m", memory: "128Mi" },
  limits: { memory: "512Mi" },
};

export function download(
  component: string,
  args: DownloadArgs,
  opts: pulumi.CustomResourceOptions,
): ContainerArgs {
  const { connection, secretName } = args.claim;
  const files = scripts(`${component}-scripts`, { namespace: args.namespace, folder: __dirname }, opts);
  const hasAuthorities = Object.keys(args.authorities).length > 0;
  return {
    name: "download",
    image: args.image,
    command: ["sh", `${SCRIPTS_PATH}/download.sh`],
    env: {
      HOME: WORK_PATH,
      TMPDIR: WORK_PATH,
      MC_CONFIG_DIR: `${WORK_PATH}/mc`,
      S3_URL: connection.url,
      BUCKET: connection.bucket,
      PREFIX: pulumi.output(connection.prefix).apply((prefix) => asFolder(prefix) + asFolder(args.folder)),
      TARGET: args.path,
      MAX_BYTES: String(bytes(args.size)),
      ...(hasAuthorities ? { SSL_CERT_FILE: AUTHORITIES_FILE } : {}),
    },
    mounts: {
      [SCRIPTS_PATH]: { configMap: files.metadata.name },
      [CREDENTIALS_PATH]: { secret: secretName },
      [args.path]: { scratch: args.size },
      [WORK_PATH]: { scratch: "16Mi" },
      ...args.authorities,
    },
    resources: RESOURCES,
  };
}

/** With its closing slash: `models` must not stand for `models-of-others` as well. */
function asFolder(prefix: string): string {
  return prefix === "" || prefix.endsWith("/") ? prefix : `${prefix}/`;
}
