// An application that is not the platform's, examples/consumer, beside the platform: it reads the contract, is told what
// is missing, and goes on working while the platform changes and its credentials are rotated.
import * as assert from "node:assert/strict";
import { Checkout, closeCheckouts } from "./support/checkout";
import type { LiveObject } from "./support/cluster";
import { consumersOf, OtherProgram } from "./support/other-program";
import { watchAvailability } from "./support/views";

const NAMESPACE = "notes";
const SECRETS = ["notes-s3-connection", "notes-db-connection"] as const;
const SERVICES = [
  ["minio", "minio", "AWS_ACCESS_KEY_ID"],
  ["mysql", "db-ai", "DB_USER"],
] as const;

describe("an application of its own that uses the platform", function () {
  this.timeout(10 * 60_000);
  let checkout: Checkout;
  let notes: OtherProgram;

  before(async function () {
    checkout = await Checkout.make(this);
    checkout.reduceToSharedServices();
    checkout.configure("dev", "modelRegistry.enabled", false);
    checkout.configure("dev", "consumers", consumersOf("examples/consumer"));
    await checkout.succeed("up");
    notes = await OtherProgram.make(checkout, "examples/consumer");
  });
  after(closeCheckouts);

  const deployment = (): Promise<LiveObject> => checkout.cluster.get("deployment", NAMESPACE, "notes");

  /** What the application's Secrets hold. */
  async function credentials(): Promise<Readonly<Record<string, string>>> {
    const secrets = await Promise.all(SECRETS.map((name) => checkout.cluster.get("secret", NAMESPACE, name)));
    return Object.assign({}, ...secrets.map(({ data }) => data)) as Record<string, string>;
  }

  /** The generations of the application's identity that a service has, and those that its next sweep would leave. */
  async function identities(service: string, namespace: string): Promise<Record<"there" | "kept", string[]>> {
    const secrets = await checkout.cluster.list(
      "secrets",
      `--field-selector=metadata.namespace=${namespace}`,
    );
    const list = await checkout.cluster.get("configmap", namespace, `${service}-identities`);
    const own = secrets.flatMap(({ metadata, data }) => {
      const [, generation] = new RegExp(`^${service}-notes-(\\d+)-identity-`).exec(metadata.name) ?? [];
      return generation === undefined ? [] : [{ generation, user: decoded(data?.user) }];
    });
    const users = (list.data?.keep ?? "").split("\n");
    return {
      there: own.map(({ generation }) => generation).sort(),
      kept: own
        .filter(({ user }) => users.includes(user))
        .map(({ generation }) => generation)
        .sort(),
    };
  }

  /** Does something, and sees both replicas available at every moment of it; returns how many there were each time. */
  async function staysAvailable(act: () => Promise<unknown>): Promise<number[]> {
    const watch = await watchAvailability(checkout.cluster, NAMESPACE, "notes");
    await act();
    const seen = await watch.stop();
    assert.ok(Math.min(...seen) >= 2, `its available replicas were ${seen.join(", ")}`);
    return seen;
  }

  it("is told that there is no stack of that name, or that it was never deployed", async () => {
    const stack = "organization/mlops-platform/staging";
    assert.match(
      await notes.refusal({ platform: stack }),
      /error: The platform's stack "organization\/mlops-platform\/staging" cannot be read: unknown stack .*\n +allowed: .*\n.*\n +fix: /,
    );
    await checkout.addEmptyStack("staging");
    assert.match(
      await notes.refusal({ platform: stack }),
      /error: The stack "organization\/mlops-platform\/staging" has no outputs: it was never deployed, .*\n +fix: pulumi up/,
    );
  });

  it("is told that the platform does not know it, and whom it knows", async () => {
    const refusal = await notes.refusal({ consumer: "diary" });
    assert.match(
      refusal,
      /error: The platform's stack \S+ has no consumer "diary"\. There are: notes\.\n +fix: set/,
    );
    const [, diagnostics = ""] = refusal.split("Diagnostics:");
    assert.equal([...diagnostics.matchAll(/error:/g)].length, 1, "it is told once");
  });

  it("runs with both Secrets, under the labels that let it in", async () => {
    await notes.up();
    const { spec, status } = await deployment();
    assert.equal(status?.readyReplicas, 2);
    const pod = spec?.template as {
      metadata: { labels: Record<string, string>; annotations: Record<string, string> };
      spec: { containers: { envFrom: { secretRef: { name: string } }[] }[] };
    };
    assert.equal(pod.metadata.labels.app, "notes");
    assert.deepEqual(
      pod.spec.containers[0]?.envFrom.map(({ secretRef }) => secretRef.name),
      SECRETS,
    );
  });

  it("sees nothing of what is added to the platform for others", async () => {
    checkout.configure("dev", "consumers.shop", {
      namespace: "shop",
      createNamespace: true,
      bucket: { name: "shop" },
    });
    await checkout.succeed("up");
    assert.deepEqual(await notes.preview(), []);
  });

  it("sees in its preview that its credentials were rotated; until it acts, its pods work with the old ones", async () => {
    const [before, { metadata }] = [await credentials(), await deployment()];
    checkout.configure("dev", "generations", { notes: ["2", "1"] });
    await staysAvailable(() => checkout.succeed("up"));

    const after = await credentials();
    for (const [service, namespace, key] of SERVICES) {
      assert.notEqual(after[key], before[key], `${key} is the old one`);
      assert.deepEqual(await identities(service, namespace), { there: ["1", "2"], kept: ["1", "2"] });
    }
    assert.equal((await deployment()).metadata.generation, metadata.generation, "nobody touched its pods");
    assert.deepEqual(await notes.preview(), [
      {
        what: "update Deployment notes",
        properties: ["database", "object-store"].map(
          (name) => `spec.template.metadata.annotations.notes/${name}-credential`,
        ),
      },
    ]);
  });

  it("takes the new ones without a moment of being away", async () => {
    const seen = await staysAvailable(() => notes.up());
    assert.ok(seen.length > 1, "no pod was replaced");
  });

  it("notices nothing when the old ones are revoked", async () => {
    const [before, { metadata }] = [await credentials(), await deployment()];
    checkout.configure("dev", "generations", { notes: ["2"] });
    let output = "";
    await staysAvailable(async () => {
      ({ output } = await checkout.succeed("up"));
    });

    for (const [service, namespace] of SERVICES) {
      assert.match(output, new RegExp(`Job ${service}-sweep`));
      assert.deepEqual(await identities(service, namespace), { there: ["2"], kept: ["2"] });
    }
    assert.deepEqual(await credentials(), before);
    assert.deepEqual(await notes.preview(), []);
    assert.equal((await deployment()).metadata.generation, metadata.generation);
  });
});

const decoded = (value: string | undefined): string => Buffer.from(value ?? "", "base64").toString();
