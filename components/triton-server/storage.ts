// Storage: the credential for an object store in the form in which KServe takes it, a Secret whose annotations say where the
// store is, and that the pods' account lists.
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { CA_BUNDLE_KEY, Claim, Grant, publishTrust } from "../access";
import { Labels, ManagedNamespace } from "../network";
import { S3Connection } from "../object-store";

export interface ModelStorage {
  readonly claim: Claim<S3Connection>;
  /** Where the models are: `s3://models/triton/`. */
  readonly uri: string;
  /** ConfigMap with the private authorities that vouch for the store, under {@link CA_BUNDLE_KEY}. @default none */
  readonly authorities: pulumi.Output<string> | undefined;
  /** What pods have to wait for. */
  readonly ready: readonly pulumi.Resource[];
}

const SERVING = "serving.kserve.io";

/** Where KServe's init container finds private authorities. */
const AUTHORITIES_PATH = "/etc/ssl/custom-certs";

export function modelStorage(
  component: string,
  args: {
    namespace: ManagedNamespace;
    pods: Labels;
    bucket: Grant<S3Connection>;
    /** A provider that updates ConfigMaps in place. */
    inPlace: k8s.Provider;
  },
  opts: { parent: pulumi.Resource },
): ModelStorage {
  const { namespace, pods, bucket, inPlace } = args;
  const trustName = `${component}-ca-bundle`;
  const claim = bucket.claim({
    namespace,
    pods,
    data: ({ accessKeyId, secretAccessKey }) => ({
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
    }),
    annotations: (connection) => annotations(connection, trustName),
  });
  const { connection } = claim;
  const trust = publishTrust(
    component,
    { namespace: namespace.name, caBundle: connection.caBundle, inPlace },
    opts,
  );
  return {
    claim,
    uri: `s3://${connection.bucket}/${folderOf(connection)}`,
    authorities: trust?.metadata.name,
    ready: [...claim.ready, ...(trust ? [trust] : [])],
  };
}

function annotations(
  { url, region, caBundle }: S3Connection,
  trustName: string,
): Record<string, pulumi.Input<string>> {
  const parsed = pulumi.output(url).apply((text) => new URL(text));
  const isEncrypted = parsed.apply(({ protocol }) => (protocol === "https:" ? "1" : "0"));
  const isPrivate = caBundle !== undefined;
  return {
    [`${SERVING}/s3-endpoint`]: parsed.apply(({ host }) => host),
    [`${SERVING}/s3-usehttps`]: isEncrypted,
    [`${SERVING}/s3-verifyssl`]: isEncrypted,
    [`${SERVING}/s3-region`]: region,
    // Empty, they keep OpenShift AI from mounting a ConfigMap of its own, which is not there in every namespace.
    [`${SERVING}/s3-cabundle-configmap`]: isPrivate ? trustName : "",
    [`${SERVING}/s3-cabundle`]: isPrivate ? `${AUTHORITIES_PATH}/${CA_BUNDLE_KEY}` : "",
  };
}

/** The folder of the bucket, with its closing slash, or nothing for all of it: a Grant's rights begin there. */
export function folderOf({ prefix }: Pick<S3Connection, "prefix">): string {
  return prefix === "" || prefix.endsWith("/") ? prefix : `${prefix}/`;
}
