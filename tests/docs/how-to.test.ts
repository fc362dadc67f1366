// How to extend the platform, tried: the edits of each page are applied to a copy of the repository, which then has to
// compile, to deploy, and to have what the page promises.
import * as assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import * as path from "node:path";
import type * as ConfigPage from "../../tools/config-docs/page";
import { isPlainObject, text } from "../../tools/graph/values";
import { at } from "../support/services";
import type { KubernetesObject } from "../../tools/graph/objects";
import type * as Network from "../../tools/network/stack";
import type * as Render from "../../tools/render/stack";
import type { RenderedStack } from "../../tools/render/stack";
import type * as Config from "../../stacks/config";
import { Copy, removeCopies } from "./support/copy";
import { page } from "./support/pages";
import { stackText } from "./support/settings";

/** A stack of the copy, with settings over those of its file. */
async function rendered(copy: Copy, stack: string, settings: string): Promise<RenderedStack> {
  const { mergeRaw, parseConfig, readStackFile } = copy.load<typeof Config>("stacks/config.ts");
  const { renderConfig } = copy.load<typeof Render>("tools/render/stack.ts");
  const file = readFileSync(path.join(copy.folder, `Pulumi.${stack}.yaml`), "utf8");
  return renderConfig(stack, parseConfig(mergeRaw(readStackFile(file), readStackFile(stackText(settings)))));
}

/** Who may connect to whom, as `from -> to:port`. */
function reaches(copy: Copy, stack: RenderedStack): string[] {
  const { stackNetwork, wiredConnections } = copy.load<typeof Network>("tools/network/stack.ts");
  return wiredConnections(stackNetwork(stack)).map(
    ({ from, to, port }) => `${from.name} -> ${to.name}:${port}`,
  );
}

const namesOf = (objects: readonly KubernetesObject[], kind: string, namespace: string) =>
  objects
    .filter(({ manifest, namespace: own }) => manifest.kind === kind && own === namespace)
    .map(({ manifest }) => manifest.metadata.name)
    .sort();

/** Where each variable of a Deployment's server comes from. */
function environmentOf({ objects }: RenderedStack, deployment: string): ReadonlyMap<string, unknown> {
  const found = objects.find(
    ({ manifest }) => manifest.kind === "Deployment" && manifest.metadata.name === deployment,
  );
  const env = at(found?.manifest.spec, "template", "spec", "containers", 0, "env");
  assert.ok(Array.isArray(env), `${deployment} has no environment`);
  return new Map(env.filter(isPlainObject).map(({ name, valueFrom }) => [text(name), valueFrom]));
}

describe("docs/how-to/add-a-workload.md", function () {
  this.timeout(3 * 60_000);
  const read = page("docs/how-to/add-a-workload.md");
  let copy: Copy;
  let stack: RenderedStack;

  before(async () => {
    copy = new Copy();
    copy.apply(read);
    const settings = read.blocks.find(({ language, file }) => language === "yaml" && file === "")!.code;
    stack = await rendered(copy, "dev", `${settings}\nmlops-platform:monitoring: { enabled: true }\n`);
  });
  after(removeCopies);

  it("compiles", () => assert.equal(copy.typeErrors(), ""));

  it("leaves a stack that does not turn it on as it is", async () => {
    const { objects } = await rendered(copy, "dev", "");
    assert.deepEqual(
      objects.filter(({ urn }) => urn.includes("demand")).map(({ urn }) => urn),
      [],
    );
  });

  it("gives the service a user at MLflow, by a Job, and its credential in a Secret", () => {
    const jobs = namesOf(stack.objects, "Job", "mlops").filter((name) => name.includes("demand-api"));
    assert.deepEqual(
      jobs.map((name) => name.replace(/-[^-]*$/, "")),
      ["mlflow-server-demand-api-1-provision"],
    );
    const [secret] = namesOf(stack.objects, "Secret", "demand").filter((name) => name.includes("mlflow"));
    const env = environmentOf(stack, "demand-api");
    for (const variable of ["MLFLOW_TRACKING_URI", "MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD"])
      assert.deepEqual(env.get(variable), { secretKeyRef: { name: secret, key: variable } });
    assert.ok(env.has("MODEL_URI") && env.has("API_KEYS"));
  });

  it("opens the way to MLflow on both sides, the way in from the controller and from monitoring, and no other", () => {
    assert.deepEqual(
      reaches(copy, stack)
        .filter((connection) => /(^|> )demand\//.test(connection))
        .sort(),
      [
        "demand/deployment/demand-api -> mlops/deployment/mlflow-server:5000",
        "ingress-controller -> demand/deployment/demand-api:8000",
        "metrics-collector -> demand/deployment/demand-api:8000",
      ],
    );
    const policies = (namespace: string) => namesOf(stack.objects, "NetworkPolicy", namespace);
    assert.ok(policies("demand").includes("demand-api-to-mlflow-server"));
    assert.ok(policies("mlops").includes("mlflow-server-from-demand-api"));
  });

  it("starts the pods after the user works and the ways are open", () => {
    const byUrn = new Map(stack.graph.resources.map((resource) => [resource.urn, resource]));
    const deployment = stack.graph.resources.find(
      ({ type, name }) => type === "kubernetes:apps/v1:Deployment" && name === "demand-api",
    )!;
    const before = deployment.dependencies.map((urn) => byUrn.get(urn)!);
    const kinds = before.map(({ type, name }) => `${type.split(":").at(-1)} ${name}`);
    for (const expected of ["Job mlflow-server-demand-api-1", "NetworkPolicy demand-api-to-mlflow-server"])
      assert.ok(
        kinds.some((kind) => kind.startsWith(expected)),
        `${expected} is not among ${kinds.join(", ")}`,
      );
  });

  it("has the other objects of the table", () => {
    const has = (kind: string, name: string) =>
      assert.ok(namesOf(stack.objects, kind, "demand").includes(name), `there is no ${kind} ${name}`);
    has("Secret", "demand-api-key");
    has("HorizontalPodAutoscaler", "demand-api-hpa");
    has("PodDisruptionBudget", "demand-api");
    has("Ingress", "demand-api-ingress");
    has("Service", "demand-api");
    has("ServiceMonitor", "demand-api");
    has("PrometheusRule", "demand-api");
    has("ConfigMap", "demand-api-dashboard");
    has("ResourceQuota", "quota");
    const [namespace] = stack.objects.filter(
      ({ manifest }) => manifest.kind === "Namespace" && manifest.metadata.name === "demand",
    );
    assert.equal(
      (namespace?.manifest.metadata as { labels?: Record<string, string> }).labels?.[
        "pod-security.kubernetes.io/enforce"
      ],
      "restricted",
    );
  });

  it("is in the outputs, and can be rotated by its names", async () => {
    const { workloads, portForward } = stack.graph.outputs as Record<string, Record<string, unknown>>;
    assert.ok(workloads?.["demand-api"]);
    assert.match(String(portForward?.["demand-api"]), /--namespace demand service\/demand-api 8000:8000/);
    const { objects } = await rendered(
      copy,
      "dev",
      [
        "mlops-platform:demand: { image: 'registry.example.com/team/demand-api:1.0.0' }",
        "mlops-platform:generations: { demand-api: ['2026-11', '1'], demand-api-key: ['2026-11', '1'] }",
      ].join("\n"),
    );
    const jobs = namesOf(objects, "Job", "mlops").map((name) => name.replace(/-[^-]*$/, ""));
    assert.ok(jobs.includes("mlflow-server-demand-api-2026-11-provision"), jobs.join());
  });

  it("is in the page of all settings, and its rules hold", async () => {
    const { page: settings } = copy.load<typeof ConfigPage>("tools/config-docs/page.ts");
    assert.ok(settings().includes("\n## demand\n"));
    const own =
      "mlops-platform:demand: { image: 'registry.example.com/team/demand-api:1.0.0', host: mlflow.local }";
    await assert.rejects(rendered(copy, "dev", own), /demand\.host is also tracking\.host/);
    await assert.rejects(
      rendered(copy, "dev", "mlops-platform:demand: { scaling: { min: 9 } }"),
      /demand\.scaling\.max is below demand\.scaling\.min/,
    );
  });
});

describe("docs/how-to/add-a-target.md", function () {
  this.timeout(3 * 60_000);
  const read = page("docs/how-to/add-a-target.md");
  let copy: Copy;
  let stack: RenderedStack;

  before(async () => {
    copy = new Copy();
    copy.apply(read);
    stack = await rendered(copy, "edge", "");
  });
  after(removeCopies);

  it("is one new file and one entry; what follows is for tests and maps", () => {
    const changed = read.blocks
      .filter(({ file }) => file !== "")
      .map(({ file, language }) => `${language} ${file}`);
    assert.deepEqual(
      [...new Set(changed)],
      ["ts stacks/k3s.ts", "diff stacks/targets.ts", "yaml Pulumi.edge.yaml", "diff tools/network/peers.ts"],
    );
  });

  it("compiles", () => assert.equal(copy.typeErrors(), ""));

  it("deploys a whole stack", () => {
    const has = (kind: string, namespace: string, name: string) =>
      assert.ok(
        namesOf(stack.objects, kind, namespace).includes(name),
        `there is no ${kind} ${namespace}/${name}`,
      );
    has("StatefulSet", "minio", "minio");
    has("StatefulSet", "db-ai", "mysql");
    has("Deployment", "rhoai-model-registries", "model-registry");
    has("Deployment", "mlops", "mlflow-server");
    has("Deployment", "mlops", "iris-api");
    assert.equal(stack.graph.outputs.target, "k3s");
  });

  it("uses the cluster's own Traefik, which is let in", () => {
    const ingresses = stack.objects.filter(({ manifest }) => manifest.kind === "Ingress");
    assert.equal(ingresses.length, 2);
    for (const { manifest } of ingresses)
      assert.match(JSON.stringify(manifest.spec), /"ingressClassName":"traefik"/);
    assert.ok(reaches(copy, stack).includes("ingress-controller -> mlops/deployment/iris-api:8000"));
  });

  it("lets every pod find names, and only in kube-system", () => {
    const policies = stack.objects.filter(
      ({ manifest }) => manifest.kind === "NetworkPolicy" && manifest.metadata.name.endsWith("dns"),
    );
    assert.ok(policies.length > 0);
    for (const { manifest } of policies) assert.match(JSON.stringify(manifest.spec), /kube-system.*kube-dns/);
  });

  it("has the defaults of its file, in the page of all settings too, and is refused what OpenShift alone has", async () => {
    assert.equal(stack.config.apiServer.port, 6443);
    const { page: settings } = copy.load<typeof ConfigPage>("tools/config-docs/page.ts");
    assert.ok(settings().includes("minikube: `8443`, OpenShift: `6443`, k3s: `6443`"));
    assert.ok(settings().includes("`minikube`, `openshift` or `k3s`"));
    await assert.rejects(
      rendered(copy, "edge", "mlops-platform:appsDomain: apps.example.com"),
      /appsDomain applies to OpenShift only/,
    );
  });

  it("says what to do when the map does not know the cluster's services", () => {
    const bare = new Copy();
    bare.apply({ ...read, blocks: read.blocks.filter(({ file }) => file !== "tools/network/peers.ts") });
    assert.throws(() => reaches(bare, stack), /how a cluster of the target k3s labels.*installations/s);
  });
});
