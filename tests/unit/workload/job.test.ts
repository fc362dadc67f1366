// The one Job builder, and the scripts that Jobs run.
import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { podLabels } from "../../../components/network";
import { job, type JobArgs, scripts } from "../../../components/workload";
import type { Resource } from "../../../tools/graph/graph";
import type { PlainObject } from "../../../tools/graph/values";
import { container, security, testNamespace } from "../../support/fixtures";
import { run } from "../../support/program";

const labels = podLabels("shop-setup");

async function built(args: Partial<JobArgs> = {}): Promise<Resource> {
  const graph = await run(() => {
    job(
      "shop-setup",
      { namespace: testNamespace(), security: security.openshift, labels, container: container(), ...args },
      {},
    );
  });
  return graph.one("kubernetes:batch/v1:Job");
}

interface JobSpec {
  backoffLimit: number;
  activeDeadlineSeconds: number;
  template: { metadata: PlainObject; spec: PlainObject & { restartPolicy: string } };
}

const specOf = ({ inputs }: Resource): JobSpec => inputs.spec as PlainObject & JobSpec;

describe("a Job", () => {
  it("is auto-named, so that a changed one runs beside the finished one, and a failed one runs again", async () => {
    const resource = await built();
    assert.deepEqual(resource.inputs.metadata, {
      namespace: "team",
      labels: { "app.kubernetes.io/name": "shop-setup" },
      annotations: { "pulumi.com/replaceUnready": "true" },
    });
    assert.match(resource.id, /^team\/shop-setup-[0-9a-f]{8}$/);
  });

  it("of a long name is cut to what its pods' labels can hold, and told apart from others cut alike", async () => {
    const long = "mysql-a-consumer-with-a-name-of-forty-characters-2026-11-provision";
    const graph = await run(() => {
      const args = {
        namespace: testNamespace(),
        security: security.openshift,
        labels,
        container: container(),
      };
      for (const name of [long, `${long}s`]) job(name, args, {});
    });
    const ids = graph.all("kubernetes:batch/v1:Job").map(({ id }) => id.replace("team/", ""));
    assert.equal(new Set(ids).size, 2);
    for (const id of ids) assert.ok(id.length <= 63 && id.startsWith("mysql-a-consumer-with-a-name-of"), id);
  });

  it("tries six more times in ten minutes, each time with a new pod", async () => {
    const spec = specOf(await built());
    assert.deepEqual([spec.backoffLimit, spec.activeDeadlineSeconds], [6, 600]);
    assert.equal(spec.template.spec.restartPolicy, "Never");
    assert.deepEqual(spec.template.metadata, { labels });
  });

  it("may be given up sooner", async () => {
    const spec = specOf(await built({ retries: 0, deadline: 60 }));
    assert.deepEqual([spec.backoffLimit, spec.activeDeadlineSeconds], [0, 60]);
  });

  it("that may not try again does not fail for a drained node", async () => {
    const policy = {
      rules: [{ action: "Ignore", onPodConditions: [{ type: "DisruptionTarget", status: "True" }] }],
    };
    assert.deepEqual((await built({ retries: 0 })).inputs.spec, {
      ...specOf(await built()),
      backoffLimit: 0,
      podFailurePolicy: policy,
    });
  });

  it("runs as the account that it is given, still without a token", async () => {
    const { spec } = specOf(await built({ serviceAccount: "shop-setup" })).template;
    assert.deepEqual([spec.serviceAccountName, spec.automountServiceAccountToken], ["shop-setup", false]);
  });

  it("stays until the stack removes it: deleting itself would look like drift", async () => {
    assert.ok(!("ttlSecondsAfterFinished" in specOf(await built())));
  });

  it("is waited for as long as it may take", async () => {
    // The provider gives up after ten minutes unless told otherwise, and then the Job's own outcome stays unknown.
    assert.deepEqual((await built({ deadline: 3600 })).customTimeouts, { create: "3660s" });
  });

  it("runs in a pod like every other", async () => {
    const { template } = specOf(await built());
    assert.deepEqual(template.spec.securityContext, security.openshift.context());
    assert.equal(template.spec.automountServiceAccountToken, false);
  });

  it("runs again when what its outcome depends on changes: its template holds it, and a template is fixed", async () => {
    const { template } = specOf(
      await built({ runsAgainWhen: { volume: "uid-1", list: pulumi.output("abc") } }),
    );
    assert.deepEqual(template.metadata.annotations, {
      "inputs.mlops-platform/volume": "uid-1",
      "inputs.mlops-platform/list": "abc",
    });
  });

  it("belongs to whom it is made for, and starts after what it needs", async () => {
    const graph = await run(() => {
      const namespace = testNamespace();
      const first = new random.RandomPet("first");
      job(
        "shop-setup",
        { namespace, security: security.minikube, labels, container: container() },
        { parent: namespace, dependsOn: [first] },
      );
    });
    const resource = graph.one("kubernetes:batch/v1:Job");
    assert.equal(resource.parent, graph.one("mlops:network:ManagedNamespace").urn);
    assert.ok(resource.dependencies.includes(graph.one("random:index/randomPet:RandomPet").urn));
  });
});

describe("the scripts of a folder", () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "scripts-"));
  after(() => fs.rmSync(folder, { recursive: true }));

  it("are a ConfigMap with the files that run in the cluster, under a name that changes with them", async () => {
    fs.writeFileSync(path.join(folder, "sweep.sh"), "echo sweep\n");
    fs.writeFileSync(path.join(folder, "provision.sh"), "echo provision\n");
    fs.writeFileSync(path.join(folder, "server.ts"), "export {};\n");
    const graph = await run(() => void scripts("shop-scripts", { namespace: testNamespace(), folder }, {}));
    const { id, inputs } = graph.one("kubernetes:core/v1:ConfigMap");
    assert.deepEqual(inputs.data, { "provision.sh": "echo provision\n", "sweep.sh": "echo sweep\n" });
    assert.deepEqual(inputs.metadata, { namespace: "team" });
    assert.match(id, /^team\/shop-scripts-[0-9a-f]{8}$/);
  });
});
