// What verify finds wrong with a deployed stack, and what it accepts.
import * as assert from "node:assert/strict";
import type { PlainObject } from "../../../tools/graph/values";
import type { LiveObject } from "../../../tools/stack/state";
import { check } from "../../../tools/verify/checks";
import { defaultCredentials } from "../../../tools/verify/credentials";
import { expectedObjects, lacks, type Expected } from "../../../tools/verify/expected";
import { stack } from "../../support/stacks";

const DENY = { podSelector: {}, policyTypes: ["Ingress", "Egress"] };

function expected(
  kind: string,
  name: string,
  manifest: PlainObject = {},
  more: Partial<Expected> = {},
): Expected {
  return { apiVersion: "v1", kind, namespace: "minio", name, generated: false, manifest, ...more };
}

function live(kind: string, name: string, more: PlainObject = {}, metadata: PlainObject = {}): LiveObject {
  return { apiVersion: "v1", kind, metadata: { namespace: "minio", name, ...metadata }, ...more };
}

const problems = (wanted: Expected[], there: LiveObject[]): string[] =>
  check(wanted, there).flatMap(({ object, problem }) =>
    problem === undefined ? [] : [`${object} ${problem}`],
  );

describe("what verify expects", () => {
  it("is every object that the program makes, with what is generated in a name left open", async () => {
    const rendered = await stack("dev");
    const all = expectedObjects(rendered);
    assert.equal(all.length, rendered.objects.length);
    const admin = all.find(({ kind, name }) => kind === "Secret" && name === "minio-admin");
    assert.equal(admin?.generated, true);
    assert.equal(all.find(({ kind, name }) => kind === "StatefulSet" && name === "minio")?.generated, false);
  });
});

describe("verify", () => {
  it("misses an object that is not there", () => {
    assert.deepEqual(problems([expected("Service", "minio-api")], []), ["Service minio-api does not exist"]);
  });

  it("knows a generated name by its beginning, its labels and its annotation", () => {
    const labels = { "mlops-platform/stack": "dev" };
    const wanted = expected("ConfigMap", "policy", { metadata: { labels } }, { generated: true });
    const annotations = { "pulumi.com/autonamed": "true" };
    const found = live("ConfigMap", "policy-0a1b2c3d", {}, { labels, annotations });
    assert.deepEqual(problems([wanted], [found]), []);
    const others = [
      live("ConfigMap", "policy-0a1b2c3d", {}, { labels }),
      live("ConfigMap", "policy-other", {}, { labels, annotations }),
      live("ConfigMap", "policy-0a1b2c3d", {}, { labels: { "mlops-platform/stack": "prod" }, annotations }),
    ];
    assert.deepEqual(problems([wanted], others), ["ConfigMap policy-* does not exist"]);
  });

  it("tells what the cluster may still be at from what it does not mend by itself", () => {
    const claim = live("PersistentVolumeClaim", "data", { status: { phase: "Pending" } });
    const failed = { type: "Failed", status: "True", message: "too many attempts" };
    const job = live("Job", "provision", { status: { conditions: [failed] } });
    const wanted = [
      expected("PersistentVolumeClaim", "data"),
      expected("Job", "provision"),
      expected("Service", "minio-api"),
    ];
    const found = check(wanted, [claim, job]).filter(({ problem }) => problem !== undefined);
    assert.deepEqual(
      found.map(({ object, isUnready }) => [object, isUnready]),
      [
        ["PersistentVolumeClaim data", true],
        ["Job provision", false],
        ["Service minio-api", undefined],
      ],
    );
  });

  it("says how many pods are ready, and why one is not", () => {
    const deployment = live(
      "Deployment",
      "registry",
      {
        spec: { replicas: 2, selector: { matchLabels: { app: "registry" } } },
        status: { observedGeneration: 1 },
      },
      { generation: 1 },
    );
    const waiting = { reason: "ImagePullBackOff", message: "no such image" };
    const pod = live(
      "Pod",
      "registry-1",
      { status: { containerStatuses: [{ state: { waiting } }] } },
      { labels: { app: "registry" } },
    );
    assert.deepEqual(problems([expected("Deployment", "registry")], [deployment, pod]), [
      "Deployment registry 0 of 2 pods are ready (ImagePullBackOff no such image)",
    ]);
  });

  it("does not take the pods of an old version for those of the new one", () => {
    const status = { observedGeneration: 1, availableReplicas: 1, updatedReplicas: 1 };
    const deployment = live("Deployment", "registry", { status }, { generation: 2 });
    assert.equal(problems([expected("Deployment", "registry")], [deployment]).length, 1);
  });

  it("wants a Job completed", () => {
    const failed = { conditions: [{ type: "Failed", status: "True", message: "deadline" }] };
    assert.deepEqual(problems([expected("Job", "sweep")], [live("Job", "sweep", { status: failed })]), [
      "Job sweep failed: deadline",
    ]);
  });

  it("wants a ready endpoint behind each Service that selects pods", () => {
    const service = live("Service", "minio-api", { spec: { selector: { app: "minio" } } });
    const slice = (ready: boolean) =>
      live(
        "EndpointSlice",
        "minio-api-x",
        { endpoints: [{ conditions: { ready } }] },
        { labels: { "kubernetes.io/service-name": "minio-api" } },
      );
    const wanted = [expected("Service", "minio-api")];
    assert.deepEqual(problems(wanted, [service, slice(true)]), []);
    assert.deepEqual(problems(wanted, [service, slice(false)]), [
      "Service minio-api has no endpoint that is ready",
    ]);
  });

  it("wants every key of a Secret, with something in it", () => {
    const wanted = expected("Secret", "db", { stringData: { DB_USER: "x", DB_PASSWORD: "x" } });
    assert.deepEqual(
      problems([wanted], [live("Secret", "db", { data: { DB_USER: "YQ==", DB_PASSWORD: "" } })]),
      ["Secret db lacks DB_PASSWORD"],
    );
  });

  it("finds a policy that somebody widened", () => {
    const spec = { podSelector: {}, ingress: [{ from: [{ podSelector: { a: "b" } }] }] };
    const widened = { podSelector: {}, ingress: [{ from: [{}] }] };
    const policy = expected("NetworkPolicy", "edge", { spec });
    assert.deepEqual(problems([policy], [live("NetworkPolicy", "edge", { spec: widened })]), [
      "NetworkPolicy edge is not as the stack made it: spec.ingress[0].from[0].podSelector",
    ]);
  });

  describe("of a namespace that denies by default", () => {
    const wanted = [expected("NetworkPolicy", "default-deny", { spec: DENY })];
    const deny = live("NetworkPolicy", "default-deny", { spec: DENY });

    it("is content with the policy that denies", () => {
      assert.deepEqual(problems(wanted, [deny]), []);
    });

    it("says when it is gone", () => {
      assert.match(problems(wanted, [])[1] ?? "", /do not deny by default/);
    });

    it("finds a policy of somebody else that opens everything, since policies add up", () => {
      const open = live("NetworkPolicy", "debug", { spec: { podSelector: {}, ingress: [{}] } });
      assert.match(problems(wanted, [deny, open])[0] ?? "", /allow every connection, by debug/);
    });

    const rules: readonly { rule: PlainObject; opens: boolean }[] = [
      { rule: { from: [{ namespaceSelector: {} }] }, opens: true },
      { rule: { from: [{ namespaceSelector: {}, podSelector: {} }] }, opens: true },
      { rule: { from: [{ ipBlock: { cidr: "0.0.0.0/0" } }] }, opens: true },
      { rule: { from: [{ podSelector: {} }] }, opens: false },
      {
        rule: { from: [{ namespaceSelector: {}, podSelector: { matchLabels: { app: "a" } } }] },
        opens: false,
      },
      { rule: { from: [{ namespaceSelector: {} }], ports: [{ port: 8000 }] }, opens: false },
    ];
    for (const { rule, opens } of rules) {
      it(`${opens ? "finds" : "allows"} another policy with the rule ${JSON.stringify(rule)}`, () => {
        const other = live("NetworkPolicy", "debug", { spec: { podSelector: {}, ingress: [rule] } });
        assert.equal(problems(wanted, [deny, other]).length, opens ? 1 : 0);
      });
    }
  });

  it("finds a weakened label of a namespace", () => {
    const enforce = "pod-security.kubernetes.io/enforce";
    const namespace = expected(
      "Namespace",
      "minio",
      { metadata: { labels: { [enforce]: "restricted" } } },
      { namespace: "" },
    );
    const object: LiveObject = {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: "minio", labels: { [enforce]: "privileged" } },
      status: { phase: "Active" },
    };
    assert.match(problems([namespace], [object])[0] ?? "", /lacks the label pod-security/);
  });

  it("waits for nothing, but reports what the program would wait for", () => {
    const metadata = { annotations: { "pulumi.com/waitFor": "condition=Available" } };
    const status = {
      conditions: [{ type: "Available", status: "False", reason: "NoDatabase", message: "refused" }],
    };
    const apiVersion = "modelregistry.opendatahub.io/v1beta1";
    const wanted = [expected("ModelRegistry", "registry", {}, { apiVersion })];
    const object = { ...live("ModelRegistry", "registry", { status }, metadata), apiVersion };
    assert.deepEqual(problems(wanted, [object]), [
      "ModelRegistry registry is not Available: NoDatabase refused",
    ]);
  });

  it("wants a version of each operator installed, whatever else it might install", () => {
    const apiVersion = "operators.coreos.com/v1alpha1";
    const wanted = [expected("Subscription", "rhods-operator", {}, { apiVersion })];
    const found = (status: PlainObject) => [
      { ...live("Subscription", "rhods-operator", { status }), apiVersion },
    ];
    const pending = [{ type: "InstallPlanPending", status: "True", reason: "RequiresApproval" }];
    assert.deepEqual(problems(wanted, found({ installedCSV: "rhods-operator.2", conditions: pending })), []);
    const failed = [
      {
        type: "CatalogSourcesUnhealthy",
        status: "False",
        message: "all available catalogsources are healthy",
      },
      { type: "ResolutionFailed", status: "True", message: "no operators found in package rhods-operator" },
    ];
    assert.deepEqual(problems(wanted, found({ conditions: failed })), [
      "Subscription rhods-operator has no version installed " +
        "(ResolutionFailed: no operators found in package rhods-operator)",
    ]);
  });

  it("wants OpenShift AI to say that it is ready, and does not mind what is switched off", () => {
    const apiVersion = "datasciencecluster.opendatahub.io/v1";
    const wanted = [expected("DataScienceCluster", "default-dsc", {}, { apiVersion, namespace: "" })];
    const found = (status: PlainObject): LiveObject[] => [
      { apiVersion, kind: "DataScienceCluster", metadata: { name: "default-dsc" }, status },
    ];
    const removed = { type: "RayReady", status: "False", reason: "Removed", message: "set to Removed" };
    const broken = { type: "KserveReady", status: "False", reason: "Error", message: "no ServiceMesh" };
    assert.deepEqual(problems(wanted, found({ phase: "Ready", conditions: [removed] })), []);
    assert.deepEqual(problems(wanted, found({ phase: "Not Ready", conditions: [removed, broken] })), [
      "DataScienceCluster default-dsc is Not Ready (KserveReady: no ServiceMesh)",
    ]);
    assert.deepEqual(problems(wanted, found({})), [
      "DataScienceCluster default-dsc is not looked after by any operator",
    ]);
  });
});

describe("default credentials", () => {
  const inherited = ["minio", "123"].join("");
  const data = (values: Record<string, string>): PlainObject =>
    Object.fromEntries(
      Object.entries(values).map(([key, value]) => [key, Buffer.from(value).toString("base64")]),
    );

  it("are found in whatever case, in a password, a URL or a connection string", () => {
    const found = defaultCredentials(
      data({
        password: inherited.toUpperCase(),
        MONGODB_URL: `mongodb://user:${inherited}@host/db`,
        dsn: `user:${inherited}@tcp(host:3306)/db`,
        AWS_SECRET_ACCESS_KEY: "minioadmin",
      }),
    );
    assert.deepEqual(found, ["password", "MONGODB_URL", "dsn", "AWS_SECRET_ACCESS_KEY"]);
  });

  it("are not a generated password, nor a name", () => {
    assert.deepEqual(
      defaultCredentials(data({ password: "Vw3x9QkP2mZ7rT5yB8nL4cJ6hG1fD0sA", DB_USER: "admin" })),
      [],
    );
  });
});

describe("comparing what is there with what was said", () => {
  it("ignores what the API server adds", () => {
    assert.equal(lacks({ a: { b: 1 } }, { a: { b: 1, c: 2 }, d: 3 }), undefined);
  });

  it("names the first place that differs", () => {
    assert.equal(lacks({ a: [{ b: 1 }] }, { a: [{ b: 2 }] }), "a[0].b");
  });

  it("takes an empty map for granted when the API server drops it", () => {
    assert.equal(lacks({ podSelector: {} }, {}), undefined);
  });
});
