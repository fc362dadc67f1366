// What one consumer of an object store may do, as the policy document that provision.sh attaches to its
// identity: the least rights on one bucket or what lies under one prefix of it, or on the server's metrics.

/** What a consumer is granted of the object store. */
export interface BucketAccess {
  /** Name of the bucket. */
  readonly bucket: string;
  /** A folder of the bucket, `models/iris`: only keys below it are accessible. @default the whole bucket */
  readonly prefix?: string;
  /** `write` puts and deletes, but neither reads nor lists. */
  readonly access: "read" | "write" | "readWrite";
}

export interface PolicyStatement {
  readonly Effect: "Allow" | "Deny";
  readonly Action: readonly string[];
  readonly Resource?: readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}

export interface PolicyDocument {
  readonly Version: "2012-10-17";
  readonly Statement: readonly PolicyStatement[];
}

/** Clients ask where their bucket is, and whether it exists, before they use it. */
const FIND_BUCKET = ["s3:GetBucketLocation", "s3:HeadBucket"];
const READ_OBJECTS = ["s3:GetObject"];
/** Large objects are uploaded in parts: a writer resumes and abandons its own uploads. */
const WRITE_OBJECTS = [
  "s3:PutObject",
  "s3:DeleteObject",
  "s3:AbortMultipartUpload",
  "s3:ListMultipartUploadParts",
];

export function bucketPolicy({ bucket, prefix, access }: BucketAccess): PolicyDocument {
  const folder = folderOf(bucket, prefix);
  const bucketArn = `arn:aws:s3:::${bucket}`;
  const objects = [`${bucketArn}/${folder}*`];
  const statements: PolicyStatement[] = [{ Effect: "Allow", Action: FIND_BUCKET, Resource: [bucketArn] }];

  if (access !== "write") {
    statements.push(
      {
        Effect: "Allow",
        Action: ["s3:ListBucket"],
        Resource: [bucketArn],
        ...(folder === "" ? {} : { Condition: { StringLike: { "s3:prefix": [`${folder}*`] } } }),
      },
      { Effect: "Allow", Action: READ_OBJECTS, Resource: objects },
    );
  }
  if (access !== "read") {
    statements.push(
      { Effect: "Allow", Action: WRITE_OBJECTS, Resource: objects },
      // MinIO lets whoever may delete an object delete its earlier versions too, unless that is denied: what
      // versioning keeps, it keeps from a consumer gone wrong.
      { Effect: "Deny", Action: ["s3:DeleteObjectVersion"], Resource: objects },
    );
  }
  // MinIO lets every user mint access keys that never expire and change its own password, unless that is
  // denied. The wildcard is known to all its releases and forks, unlike the names of single actions
  // (`admin:ChangeMyPassword` is a recent one), and covers those to come.
  statements.push({ Effect: "Deny", Action: ["admin:*"] });

  return { Version: "2012-10-17", Statement: statements };
}

/** Reads the server's metrics, which name every bucket, and does nothing else. */
export function metricsPolicy(): PolicyDocument {
  return {
    Version: "2012-10-17",
    Statement: [
      { Effect: "Allow", Action: ["admin:Prometheus"] },
      // What MinIO lets every user do unless it is denied: mint access keys and change its own password. A wildcard
      // would deny the metrics too. Whoever has the token, and not the secret behind it, can do neither anyway.
      { Effect: "Deny", Action: ["admin:CreateServiceAccount", "admin:CreateUser"] },
    ],
  };
}

/** The prefix with its closing slash (`models` must not cover `models-of-others`), or empty for all keys. */
function folderOf(bucket: string, prefix: string | undefined): string {
  if (/[*?$]/.test(bucket)) throw new Error(`bucket "${bucket}" must be one bucket's name, without * ? $`);
  if (prefix === undefined || prefix === "") return "";
  if (/[*?$]/.test(prefix) || prefix.startsWith("/")) {
    throw new Error(
      `prefix "${prefix}" of bucket "${bucket}" must be a folder such as "models/iris": ` +
        `without * ? $, which policies give a meaning, and without a leading slash`,
    );
  }
  return prefix.endsWith("/") ? prefix : `${prefix}/`;
}
