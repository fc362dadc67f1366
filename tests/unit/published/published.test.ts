// What the platform published for another program, as components of that program take it: the Secret by its name, the
// way there, and new pods for a new credential.
import * as assert from "node:assert/strict";
import { ConfigMap } from "@pulumi/kubernetes/core/v1";
import * as pulumi from "@pulumi/pulumi";
import type { ClaimArgs, FormedClaimArgs } from "../../../components/access";
import { type ManagedNamespace, podLabels } from "../../../components/network";
import { TrainingJob } from "../../../components/training-job";
import type { PublishedGrants } from "../../../stacks/published";
import type { PlainObject } from "../../../tools/graph/values";
import { testNamespace } from "../../support/fixtures";
import { at, CONFIG_MAP, DEPLOYMENT, JOB, POLICY, SECRET } from "../../support/services";
import { certificate } from "../config/setup";
import {
  churn,
  common,
  external,
  externalDatabase,
  features,
  fromBucket,
  outputsFor,
  program,
  refusal,
  templateOf,
} from "./setup";

describe("what the platform published for another program", () => {
  for (const preview of [false, true])
    it(`brings a model from a bucket, ${preview ? "in a preview" : "when it is deployed"}`, async () => {
      const graph = await program(fromBucket, { preview });
      const template = templateOf(graph, "churn-api");
      const env = at(template, "spec", "initContainers", 0, "env") as PlainObject[];
      const value = (name: string) => env.find((variable) => variable.name === name)?.value;
      assert.equal(value("S3_URL"), "http://minio-api.minio.svc.cluster.local:9000");
      assert.equal(value("BUCKET"), "churn");
      assert.equal(value("PREFIX"), "models/champion/");
      const volumes = at(template, "spec", "volumes") as PlainObject[];
      assert.deepEqual(
        volumes.flatMap(({ secret }) => (secret === undefined ? [] : [at(secret, "secretName")])),
        ["churn-s3-connection"],
      );
      assert.deepEqual(at(template, "metadata", "annotations"), {
        "mlops-platform/object-store-generation": "1",
      });
    });

  it("opens the way out to where the service listens, and nothing in the platform's namespaces", async () => {
    const graph = await program(fromBucket);
    const policies = graph.all(POLICY).filter(({ name }) => name.includes("churn-api"));
    assert.deepEqual(
      policies.map(({ inputs }) => [at(inputs, "metadata"), at(inputs, "spec")]),
      [
        [
          { name: "churn-api-to-object-store", namespace: "churn" },
          {
            podSelector: { matchLabels: { "app.kubernetes.io/name": "churn-api" } },
            policyTypes: ["Egress"],
            egress: [
              {
                to: [
                  {
                    namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "minio" } },
                    podSelector: { matchLabels: { "app.kubernetes.io/name": "minio" } },
                  },
                ],
                ports: [{ protocol: "TCP", port: 9000 }],
              },
            ],
          },
        ],
      ],
    );
    const [policy] = policies;
    assert.ok(
      graph.one(DEPLOYMENT, "churn-api").dependencies.includes(policy!.urn),
      "the pods start before it",
    );
  });

  it("opens the way to addresses, where the service is outside the cluster", async () => {
    const graph = await program(fromBucket, { outputs: await outputsFor(churn, external) });
    assert.deepEqual(at(graph.one(POLICY, "churn-api-to-object-store").inputs, "spec", "egress"), [
      { to: [{ ipBlock: { cidr: "203.0.113.0/24" } }], ports: [{ protocol: "TCP", port: 443 }] },
    ]);
  });

  it("gives a workload several connections, and makes no Secret", async () => {
    const graph = await program(features);
    const env = at(templateOf(graph, "features"), "spec", "containers", 0, "env") as PlainObject[];
    const secrets = env.map((variable) => at(variable, "valueFrom", "secretKeyRef", "name"));
    assert.deepEqual([...new Set(secrets)], ["churn-s3-connection", "churn-db-connection"]);
    assert.deepEqual(at(templateOf(graph, "features"), "metadata", "annotations"), {
      "mlops-platform/object-store-generation": "1",
      "mlops-platform/database-generation": "1",
    });
    graph.none(SECRET);
  });

  it("says whether the database wants its connections encrypted", async () => {
    const said = async (settings: Record<string, unknown>) => {
      const graph = await program(
        ({ database }, namespace) => {
          const { encrypted } = database.claim({ namespace, pods: podLabels("features") }).connection;
          new ConfigMap("settings", { data: { encrypted: pulumi.output(encrypted).apply(String) } });
        },
        { outputs: await outputsFor(churn, settings) },
      );
      return at(graph.one(CONFIG_MAP, "settings").inputs, "data", "encrypted");
    };
    assert.equal(await said({}), "false");
    assert.equal(await said(externalDatabase), "true");
  });

  it("trains once more with a new generation", async () => {
    const train = ({ tracking }: PublishedGrants, namespace: ManagedNamespace) =>
      new TrainingJob("churn-train", { ...common(namespace), tracking });
    const rotated = await outputsFor(churn, { generations: { churn: ["2026-11", "1"] } });
    const annotations = async (of: PlainObject) =>
      at(
        (await program(train, { outputs: of })).one(JOB, "churn-train").inputs,
        "spec",
        "template",
        "metadata",
        "annotations",
      );
    const [before, after] = [await annotations(await outputsFor()), await annotations(rotated)];
    assert.equal(at(before, "mlops-platform/tracking-generation"), "1");
    assert.equal(at(after, "mlops-platform/tracking-generation"), "2026-11");
  });

  it("may be used by several components, each with a way of its own", async () => {
    const graph = await program((grants, namespace) => {
      fromBucket(grants, namespace);
      features(grants, namespace);
    });
    graph.one(POLICY, "churn-api-to-object-store");
    graph.one(POLICY, "features-to-object-store");
  });

  it("lets other pods in that are named", async () => {
    const graph = await program(({ tracking }, namespace) => {
      tracking
        .claim({ namespace, pods: podLabels("churn-api") })
        .letIn("churn-prepare", podLabels("churn-prepare"));
    });
    const { inputs } = graph.one(POLICY, "churn-prepare-to-tracking");
    assert.deepEqual(at(inputs, "spec", "podSelector"), { matchLabels: podLabels("churn-prepare") });
  });

  it("is refused in another namespace than that of the Secret", async () => {
    const message = await refusal((grants) => fromBucket(grants, testNamespace("elsewhere")));
    assert.match(
      message,
      /churn-api uses the access of "churn" to object-store from the namespace elsewhere, but/,
    );
    assert.match(message, /its Secret is in churn/);
    assert.match(message, /pulumi config set --path consumers\.churn\.namespace elsewhere/);
  });

  it("is refused for pods that the service does not let in", async () => {
    const only = await outputsFor({ ...churn, pods: { app: "churn" } });
    assert.match(
      await refusal(fromBucket, { outputs: only }),
      /from pods labelled app\.kubernetes\.io\/name=churn-api, but only pods labelled app=churn are let in/,
    );
  });

  it("takes pods that the platform's config names", async () => {
    await program(fromBucket, { outputs: await outputsFor({ ...churn, pods: podLabels("churn-api") }) });
  });

  it("is refused where the platform granted nothing", async () => {
    assert.match(
      await refusal(fromBucket, { outputs: await outputsFor({ ...churn, bucket: undefined }) }),
      /no connection to the object store/,
    );
  });

  it("is refused to software that wants the credential in a form of its own", async () => {
    for (const form of [{ data: () => ({}) }, { annotations: () => ({}) }] satisfies Partial<
      FormedClaimArgs<never>
    >[]) {
      const message = await refusal(({ objectStore }, namespace) => {
        const args: ClaimArgs & Partial<FormedClaimArgs<never>> = {
          namespace,
          pods: podLabels("triton"),
          ...form,
        };
        objectStore.claim(args);
      });
      assert.match(
        message,
        /triton wants the credential of "churn" for object-store in a form of its own, but/,
      );
    }
  });

  describe("of a store that private authorities vouch for", () => {
    let trusted: PlainObject;
    before(async () => {
      trusted = await outputsFor(churn, { ...external, caBundle: certificate });
    });

    it("has to be told so", async () => {
      assert.match(
        await refusal(fromBucket, { outputs: trusted }),
        /publishedGrants\(platform, "churn", \{ privateAuthorities: true \}\)/,
      );
    });

    it("mounts what the platform published of them", async () => {
      const graph = await program(fromBucket, { outputs: trusted, privateAuthorities: true });
      const template = templateOf(graph, "churn-api");
      const volumes = at(template, "spec", "volumes") as PlainObject[];
      assert.ok(volumes.some(({ configMap }) => at(configMap, "name") === "churn-ca-bundle"));
      const env = at(template, "spec", "initContainers", 0, "env") as PlainObject[];
      assert.equal(
        env.find(({ name }) => name === "SSL_CERT_FILE")?.value,
        "/etc/store-authorities/ca-bundle.crt",
      );
    });

    it("is not told so for nothing", async () => {
      assert.match(
        await refusal(fromBucket, { privateAuthorities: true }),
        /The platform published no authorities for churn/,
      );
    });
  });
});
