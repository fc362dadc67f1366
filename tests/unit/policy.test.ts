// The policy of a consumer, as a document. What it means to a server is tested with one, in tests/servers.
import * as assert from "node:assert/strict";
import { type BucketAccess, bucketPolicy, metricsPolicy } from "../../components/object-store/policy";

describe("bucketPolicy", () => {
  const DENY_ADMINISTRATION = { Effect: "Deny", Action: ["admin:*"] };
  const FIND = {
    Effect: "Allow",
    Action: ["s3:GetBucketLocation", "s3:HeadBucket"],
    Resource: ["arn:aws:s3:::models"],
  };

  /** Every action that a policy allows, with what it allows it on. */
  function allowed(access: BucketAccess): Record<string, readonly string[] | undefined> {
    return Object.fromEntries(
      bucketPolicy(access)
        .Statement.filter(({ Effect }) => Effect === "Allow")
        .flatMap(({ Action, Resource }) => Action.map((action) => [action, Resource])),
    );
  }

  it("lets a reader find its bucket, list it and get objects", () => {
    assert.deepEqual(bucketPolicy({ bucket: "models", access: "read" }), {
      Version: "2012-10-17",
      Statement: [
        FIND,
        { Effect: "Allow", Action: ["s3:ListBucket"], Resource: ["arn:aws:s3:::models"] },
        { Effect: "Allow", Action: ["s3:GetObject"], Resource: ["arn:aws:s3:::models/*"] },
        DENY_ADMINISTRATION,
      ],
    });
  });

  it("lets a writer put and delete objects, in parts too, and neither list nor get them", () => {
    assert.deepEqual(Object.keys(allowed({ bucket: "models", access: "write" })).sort(), [
      "s3:AbortMultipartUpload",
      "s3:DeleteObject",
      "s3:GetBucketLocation",
      "s3:HeadBucket",
      "s3:ListMultipartUploadParts",
      "s3:PutObject",
    ]);
  });

  it("gives readWrite what read and write give together, and nothing else", () => {
    const [read, write, both] = (["read", "write", "readWrite"] as const).map((access) =>
      allowed({ bucket: "models", prefix: "iris", access }),
    );
    assert.deepEqual(both, { ...read, ...write });
  });

  it("limits objects and listings to a prefix", () => {
    const { Statement } = bucketPolicy({ bucket: "models", prefix: "iris/v2", access: "readWrite" });
    const list = Statement.find(({ Action }) => Action.includes("s3:ListBucket"));
    assert.deepEqual(list?.Condition, { StringLike: { "s3:prefix": ["iris/v2/*"] } });
    const objects = Statement.filter(({ Resource }) => Resource?.some((arn) => arn.includes("/")));
    assert.deepEqual(
      objects.map(({ Resource }) => Resource),
      Array(3).fill(["arn:aws:s3:::models/iris/v2/*"]),
    );
  });

  it("takes a prefix with and without its closing slash for the same", () => {
    const policy = (prefix: string) => bucketPolicy({ bucket: "models", prefix, access: "readWrite" });
    assert.deepEqual(policy("iris/"), policy("iris"));
  });

  it("takes an empty prefix for the whole bucket", () => {
    assert.deepEqual(
      bucketPolicy({ bucket: "models", prefix: "", access: "read" }),
      bucketPolicy({ bucket: "models", access: "read" }),
    );
  });

  for (const access of ["read", "write", "readWrite"] as const) {
    it(`denies administration to ${access}`, () => {
      assert.deepEqual(bucketPolicy({ bucket: "models", access }).Statement.at(-1), DENY_ADMINISTRATION);
    });
  }

  it("keeps earlier versions from writers", () => {
    const { Statement } = bucketPolicy({ bucket: "models", access: "write" });
    assert.deepEqual(
      Statement.find(({ Action }) => Action.includes("s3:DeleteObjectVersion")),
      { Effect: "Deny", Action: ["s3:DeleteObjectVersion"], Resource: ["arn:aws:s3:::models/*"] },
    );
  });

  for (const prefix of ["iris*", "ir?s", "${aws:username}", "/iris"]) {
    it(`refuses the prefix ${prefix}`, () => {
      assert.throws(() => bucketPolicy({ bucket: "models", prefix, access: "read" }), {
        message:
          `prefix "${prefix}" of bucket "models" must be a folder such as "models/iris": ` +
          "without * ? $, which policies give a meaning, and without a leading slash",
      });
    });
  }

  it("refuses a bucket that stands for several", () => {
    assert.throws(
      () => bucketPolicy({ bucket: "mod*", access: "read" }),
      /bucket "mod\*" must be one bucket's name/,
    );
  });
});

describe("metricsPolicy", () => {
  it("allows the metrics and nothing else, and denies what every user may do unless it is denied", () => {
    assert.deepEqual(metricsPolicy(), {
      Version: "2012-10-17",
      Statement: [
        { Effect: "Allow", Action: ["admin:Prometheus"] },
        { Effect: "Deny", Action: ["admin:CreateServiceAccount", "admin:CreateUser"] },
      ],
    });
  });
});
