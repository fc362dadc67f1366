// Both stacks from nothing: what `make up` leaves on a real API server, what a second run finds to do, and where the
// generated secrets turn up.
import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import { eventually } from "../support/processes";
import { Checkout, closeCheckouts } from "./support/checkout";
import { type Kubelet, WAITING_IMAGE } from "./support/kubelet";
import { assertNothingOrphaned, assertReady, changes, generatedSecrets } from "./support/views";

const EVERYWHERE = [
  ...["minio", "db-ai", "rhoai-model-registries", "mlops"],
  ...["ai-workload", "crime-prediction", "vidp"],
];

/** The stacks, and the namespaces that each makes for itself. */
const STACKS = { dev: EVERYWHERE, prod: [...EVERYWHERE, "operators", "triton"] };

/** Everything that `restricted` forbids in one pod. */
const BAD_POD = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "bad" },
  spec: {
    hostNetwork: true,
    containers: [
      {
        name: "bad",
        image: "docker.io/library/busybox:1",
        securityContext: { privileged: true },
        resources: { requests: { cpu: "1m", memory: "1Mi" }, limits: { memory: "1Mi" } },
      },
    ],
  },
};

for (const [stack, namespaces] of Object.entries(STACKS)) {
  describe(`the stack ${stack}, on an empty cluster`, function () {
    this.timeout(10 * 60_000);
    let checkout: Checkout;
    /** Everything that any command of this file printed. */
    let transcript = "";
    let kubelet: Kubelet | undefined;

    const succeed = async (command: string, ...args: string[]): Promise<string> => {
      const { output } = await checkout.succeed(command, stack, ...args);
      transcript += output;
      return output;
    };

    before(async function () {
      checkout = await Checkout.make(this);
      if (stack === "prod") {
        // Its operators' Jobs look at what they wait for, instead of being done at once.
        checkout.configure(stack, "images.cli", WAITING_IMAGE);
        kubelet = checkout.kubelet({ INTERVAL: "1" });
      }
    });
    after(async () => {
      try {
        await kubelet?.stop();
      } finally {
        closeCheckouts();
      }
    });

    it("is previewed without changing anything", async () => {
      const output = await succeed("preview");
      assert.match(output, /\+ +\d+ to create/);
      assert.deepEqual(await checkout.cluster.inventory(stack), []);
    });

    it("comes up, with every workload ready", async () => {
      await succeed("up");
      await assertReady(checkout.cluster);
    });

    it("draws no warning from the API server", () => {
      const lines = transcript.split("\n").filter((line) => /warning/i.test(line));
      // The stand-ins say what they are; and alerts, whose text a preview shows, have a severity.
      const expected =
        /development stand-in for the official provider|providers:\w+ \S+ +1 warning$|severity *: *"warning"/;
      assert.deepEqual(
        lines.filter((line) => !expected.test(line)),
        [],
      );
    });

    it("has no workload that the API server would warn about", async () => {
      const list = await checkout.cluster.run([
        ...["get", "deployments,statefulsets,jobs,services,ingresses,networkpolicies"],
        ...["--all-namespaces", `--selector=mlops-platform/stack=${stack}`, "--output=json"],
      ]);
      // Controllers change some of them all the time, which is no matter here.
      const unversioned = list.replaceAll(/^ *"resourceVersion": "\d*",?\n/gm, "");
      let complaint = "";
      await eventually("no controller changes an object in the middle of it", async () => {
        const replace = ["replace", "--dry-run=server", "--warnings-as-errors", "--filename=-"];
        const { code, output } = await checkout.cluster.try(replace, unversioned);
        complaint = code === 0 ? "" : output;
        return !complaint.includes("the object has been modified");
      });
      assert.equal(complaint, "");
    });

    it("has exactly the objects that its state names", () => assertNothingOrphaned(checkout, stack));

    it("refuses pods that Pod Security `restricted` forbids, in each of its namespaces", async () => {
      for (const namespace of namespaces) {
        const { code, output } = await checkout.cluster.try(
          ["create", `--namespace=${namespace}`, "--filename=-"],
          JSON.stringify(BAD_POD),
        );
        assert.notEqual(code, 0, `a privileged pod was let into ${namespace}`);
        assert.match(output, /violates PodSecurity "restricted:\S+": .*privileged/);
      }
    });

    it("tells other programs where its services are", async () => {
      const { stdout } = await checkout.succeed("outputs", stack);
      transcript += stdout;
      assert.match(stdout, /objectStore\.url +https?:\/\/\S+\.minio\.svc\S*:9000/);
      assert.match(stdout, /database\.host +\S+\.db-ai\.svc/);
      assert.match(stdout, /modelRegistry\.url +https?:\/\/\S+/);
    });

    it("passes `make verify`", async () => {
      const { code, output } = await checkout.verify(stack);
      assert.equal(code, 0, output);
    });

    it("has nothing to change in a second run", async () => {
      assert.deepEqual(Object.keys(changes(await succeed("up"))), ["unchanged"]);
    });

    it("has nothing to change in a preview", () => succeed("pulumi", "preview", "--expect-no-changes"));

    it("is found in the cluster as its state describes it", async () => {
      const output = await succeed("pulumi", "refresh", "--yes", "--expect-no-changes");
      assert.deepEqual(Object.keys(changes(output)), ["unchanged"]);
    });

    it("shows its generated secrets nowhere but in Secrets", async () => {
      const secrets = generatedSecrets(await checkout.revealedState(stack));
      assert.ok(secrets.size >= 4, `the stack generated ${secrets.size} secrets`);
      const objects = await checkout.cluster.everything();
      assert.ok(objects.some(({ kind }) => kind === "Event"));
      const places: Record<string, string> = {
        "the state file": checkout.stateText(stack),
        "what the commands printed": transcript,
        "the outputs": (await checkout.succeed("pulumi", stack, "stack", "output", "--json")).output,
        "the stack's file": fs.readFileSync(checkout.file(`Pulumi.${stack}.yaml`), "utf8"),
      };
      for (const object of objects) {
        const { kind, metadata } = object;
        if (kind !== "Secret")
          places[`${kind} ${metadata.namespace ?? ""}/${metadata.name}`] = JSON.stringify(object);
      }
      const hits = [...secrets].flatMap(([urn, values]) =>
        Object.entries(places)
          .filter(([, text]) => values.flatMap(forms).some((form) => text.includes(form)))
          .map(([place]) => `${urn.split("::").at(-1)} in ${place}`),
      );
      assert.deepEqual(hits, []);
      // The search finds what is there to be found: every one of them is in some Secret.
      const kept = JSON.stringify(objects.filter(({ kind }) => kind === "Secret").map(decoded));
      for (const [urn, values] of secrets)
        assert.ok(
          values.some((value) => kept.includes(inJson(value))),
          `${urn} is in no Secret`,
        );
    });
  });
}

/** A value as it is, as Secrets hold it, as JSON shows it, and for a key a line of it. */
function forms(value: string): string[] {
  const [line = value] = value.split("\n").sort((one, other) => other.length - one.length);
  return [value, Buffer.from(value).toString("base64"), inJson(value), line];
}

function inJson(value: string): string {
  return JSON.stringify(value).slice(1, -1);
}

function decoded({ data }: { data?: Readonly<Record<string, string>> }): string[] {
  return Object.values(data ?? {}).map((value) => Buffer.from(value, "base64").toString());
}
