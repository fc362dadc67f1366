// examples/gitops: its objects are what their kinds ask for, they agree with each other and with the stack that they deploy, and
// the account's rights are enough for that stack and for nothing else.
import { at, objectsIn } from "../../tools/graph/values";
import * as assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import * as path from "node:path";
import { parseAllDocuments } from "yaml";
import { ACCOUNT, rightsFile } from "../../tools/gitops/manifests";
import { groupOf, pluralOf, rightsOf } from "../../tools/gitops/rights";
import type { KubernetesObject } from "../../tools/graph/objects";
import type { PlainObject } from "../../tools/graph/values";
import { type Definitions, definitionsOrSkip } from "../support/definitions";
import { containersOf, isPinned, restrictedViolations, strings } from "../support/pods";
import { allowing, type BoundRule, type Request, requestsOf, rulesOf } from "../support/rbac";
import { admit } from "../support/scc";
import { stack, stackWith } from "../support/stacks";

const root = path.join(__dirname, "../..");
const folder = path.join(root, "examples/gitops");
const read = (file: string): string => readFileSync(path.join(folder, file), "utf8");
const manifestsIn = (file: string): PlainObject[] =>
  parseAllDocuments(read(file)).map((document) => document.toJS() as PlainObject);
const packages = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")) as {
  dependencies: Record<string, string>;
};

const files = ["account.yaml", "application.yaml", "rights.yaml", "stack/stack.yaml"];
const all = files.flatMap(manifestsIn);

function one(kind: string): PlainObject {
  const found = all.filter((manifest) => manifest.kind === kind);
  assert.equal(found.length, 1, kind);
  return found[0]!;
}

const READ = ["get", "list", "watch"];
const CHANGE = ["create", "delete", "patch", "update"];

describe("examples/gitops", () => {
  it("consists of these files", () => {
    const found = readdirSync(folder, { recursive: true, encoding: "utf8" });
    assert.deepEqual(found.filter((file) => file.endsWith(".yaml")).sort(), files);
  });

  describe("has objects which", () => {
    let definitions: Definitions;
    before(async function () {
      definitions = await definitionsOrSkip(this, "gitops");
    });

    for (const kind of ["AppProject", "Application", "Stack"])
      it(`are as the definition of their kind says: ${kind}`, () => {
        assert.deepEqual(definitions.problems(one(kind)), []);
      });

    it("would be refused otherwise", () => {
      const { spec, ...rest } = one("Stack") as { spec: PlainObject };
      const problems = (changed: PlainObject) =>
        definitions.problems({ ...rest, spec: { ...spec, ...changed } });
      assert.deepEqual(problems({ destroyOnFinalise: false }), ["spec.destroyOnFinalise: no such field"]);
      assert.deepEqual(problems({ resyncFrequencySeconds: "600" }), [
        "spec.resyncFrequencySeconds: must be integer",
      ]);
    });
  });

  it("has Argo CD sync the folder of the Stack, from where the Stack takes its program", () => {
    const application = one("Application");
    assert.equal(at(application, "spec", "source", "path"), "examples/gitops/stack");
    assert.equal(at(application, "spec", "source", "repoURL"), at(one("Stack"), "spec", "projectRepo"));
    assert.equal(at(application, "spec", "source", "targetRevision"), at(one("Stack"), "spec", "branch"));
    assert.equal(at(application, "spec", "project"), at(one("AppProject"), "metadata", "name"));
    assert.equal(at(application, "metadata", "namespace"), at(one("AppProject"), "metadata", "namespace"));
    assert.deepEqual(strings(at(one("AppProject"), "spec", "sourceRepos")), [
      at(application, "spec", "source", "repoURL"),
    ]);
    assert.deepEqual(at(one("AppProject"), "spec", "destinations"), [at(application, "spec", "destination")]);
  });

  it("lets Argo CD apply Stacks alone: no rights, and nothing of the cluster", () => {
    const spec = at(one("AppProject"), "spec");
    assert.deepEqual(at(spec, "clusterResourceWhitelist"), []);
    assert.deepEqual(at(spec, "namespaceResourceWhitelist"), [{ group: "pulumi.com", kind: "Stack" }]);
    assert.deepEqual(
      manifestsIn("stack/stack.yaml").map(({ kind }) => kind),
      ["Stack"],
    );
  });

  it("runs as the account that the rights are bound to", () => {
    const account = one("ServiceAccount");
    assert.deepEqual(
      [at(account, "metadata", "name"), at(account, "metadata", "namespace")],
      [ACCOUNT.name, ACCOUNT.namespace],
    );
    assert.equal(at(one("Stack"), "spec", "serviceAccountName"), ACCOUNT.name);
    for (const manifest of [one("Stack"), one("NetworkPolicy")])
      assert.equal(at(manifest, "metadata", "namespace"), ACCOUNT.namespace);
    assert.equal(at(one("Namespace"), "metadata", "name"), ACCOUNT.namespace);
  });

  it("deploys a stack of this repository, and never makes one or takes one away", () => {
    const spec = at(one("Stack"), "spec");
    assert.ok(readdirSync(root).includes(`Pulumi.${at(spec, "stack") as string}.yaml`));
    assert.deepEqual(
      [at(spec, "useLocalStackOnly"), at(spec, "destroyOnFinalize"), at(spec, "refresh")],
      [true, false, true],
    );
  });

  it("holds no secret: what is one comes from a Secret", () => {
    const references = at(one("Stack"), "spec", "envRefs") as Record<string, PlainObject>;
    const literal = Object.keys(references).filter((name) => references[name]?.type !== "Secret");
    assert.deepEqual(literal, ["PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER"]);
  });

  it("runs a pod that satisfies Pod Security restricted, and that restricted-v2 admits", () => {
    const workspace = at(one("Stack"), "spec", "workspaceTemplate", "spec") as PlainObject;
    const pod = at(workspace, "podTemplate", "spec") as PlainObject;
    const { reasons } = admit(pod, {
      uids: { min: 1000650000, max: 1000659999 },
      fsGroup: 1000650000,
      level: "s0:c26,c15",
    });
    assert.deepEqual([restrictedViolations(pod), reasons], [[], []]);
    // Those that the operator makes: what is set for any other name would be set for none of them.
    assert.deepEqual(
      containersOf(pod)
        .map(({ name }) => name)
        .sort(),
      ["bootstrap", "fetch", "pulumi"],
    );
    assert.ok(isPinned(workspace.image as string));
    assert.equal(
      at(workspace, "resources", "requests", "memory"),
      at(workspace, "resources", "limits", "memory"),
    );
  });

  it("has an image with the versions of Pulumi and of the providers that the program is written for", () => {
    const image = read("image/Containerfile");
    const { dependencies } = packages;
    assert.ok(image.includes(`pulumi-nodejs:${dependencies["@pulumi/pulumi"]}\n`));
    for (const [name, version] of Object.entries(dependencies)) {
      const [, provider] = /^@pulumi\/(?!pulumi$)(.+)$/.exec(name) ?? [];
      if (provider !== undefined)
        assert.ok(image.includes(`pulumi plugin install resource ${provider} ${version} `), provider);
    }
  });
});

describe("the rights of the account that deploys prod", () => {
  const rules = rulesOf(manifestsIn("rights.yaml"), ACCOUNT);
  let rendered: readonly KubernetesObject[];

  before(async () => {
    rendered = (await stack("prod")).objects;
  });

  const problems = (requests: readonly Request[]): string[] =>
    requests
      .filter((request) => allowing(rules, request).length === 0)
      .map((request) => JSON.stringify(request));

  it("are what `make docs` writes", async () => {
    const { graph } = await stack("prod");
    assert.equal(read("rights.yaml"), rightsFile(rightsOf(graph)), "run: make docs");
  });

  it("name kinds as the API server does", async function () {
    const definitions = await definitionsOrSkip(this, "openshift");
    for (const { manifest } of rendered) {
      const published = definitions.pluralOf(manifest);
      if (published !== undefined) assert.equal(pluralOf(manifest.kind), published);
    }
  });

  it("are enough to make, follow, change and remove every object", () => {
    assert.deepEqual(problems(rendered.flatMap(requestsFor)), []);
  });

  it("are enough to follow what the objects become: pods, replicas, endpoints", () => {
    assert.deepEqual(problems(rendered.flatMap(awaitedFor)), []);
  });

  it("hold what the stack's own roles allow, without which the API server refuses to make these", () => {
    const given = rendered.flatMap(({ namespace, manifest }) =>
      objectsIn(manifest.rules).flatMap((rule) => requestsOf({ namespace, rule })),
    );
    assert.ok(given.length > 0);
    assert.deepEqual(problems(given), []);
  });

  it("have no rule that nothing needs", () => {
    const needed = new Set<BoundRule>();
    const domain: Request = {
      verb: "get",
      group: "config.openshift.io",
      resource: "ingresses",
      namespace: undefined,
      name: "cluster",
    };
    const given = rendered.flatMap(({ namespace, manifest }) =>
      objectsIn(manifest.rules).flatMap((rule) => requestsOf({ namespace, rule })),
    );
    const requests = [...rendered.flatMap(requestsFor), ...rendered.flatMap(awaitedFor), ...given, domain];
    for (const request of requests) for (const rule of allowing(rules, request)) needed.add(rule);
    assert.deepEqual(
      rules.filter((rule) => !needed.has(rule)),
      [],
    );
    const wanted = new Set(
      requests.map(({ group, resource, namespace }) => `${namespace}/${group}/${resource}`),
    );
    const idle = rules
      .flatMap(requestsOf)
      .filter(({ group, resource, namespace }) => !wanted.has(`${namespace}/${group}/${resource}`));
    assert.deepEqual(idle, []);
  });

  /** Places where the account may make such objects, in a stack with other settings. */
  async function placesOf(resource: string, values: PlainObject): Promise<(string | undefined)[]> {
    const rights = rightsOf((await stackWith("prod", values)).graph);
    return [...rights]
      .filter(([, { makes }]) => makes.some(({ resources }) => resources.includes(resource)))
      .map(([namespace]) => namespace);
  }

  it("are without Subscriptions when an administrator installs the operators", async () => {
    assert.deepEqual(await placesOf("subscriptions", { openshiftAi: { operators: { install: false } } }), []);
  });

  it("are without ClusterRoles when somebody else sets OpenShift AI up", async () => {
    assert.deepEqual(await placesOf("clusterroles", {}), [undefined]);
    assert.deepEqual(await placesOf("clusterroles", { openshiftAi: { enabled: false } }), []);
  });

  const forbidden: [what: string, request: Request][] = [
    [
      "read Secrets elsewhere",
      { verb: "get", group: "", resource: "secrets", namespace: "kube-system", name: "a" },
    ],
    ["read Secrets everywhere", { verb: "list", group: "", resource: "secrets", namespace: undefined }],
    [
      "run a command in a pod",
      { verb: "create", group: "", resource: "pods/exec", namespace: "minio", name: "a" },
    ],
    ["make pods itself", { verb: "create", group: "", resource: "pods", namespace: "minio" }],
    [
      "delete another namespace",
      { verb: "delete", group: "", resource: "namespaces", namespace: undefined, name: "a" },
    ],
    [
      "widen its own rights",
      {
        verb: "escalate",
        group: "rbac.authorization.k8s.io",
        resource: "clusterroles",
        namespace: undefined,
        name: ACCOUNT.name,
      },
    ],
    [
      "bind a role that it does not hold",
      {
        verb: "bind",
        group: "rbac.authorization.k8s.io",
        resource: "clusterroles",
        namespace: undefined,
        name: "cluster-admin",
      },
    ],
    [
      "act as somebody else",
      { verb: "impersonate", group: "", resource: "users", namespace: undefined, name: "a" },
    ],
  ];
  for (const [what, request] of forbidden)
    it(`do not let it ${what}`, () => {
      assert.deepEqual(allowing(rules, request), []);
    });
});

/** What the engine and the provider ask the API server for one object. */
function requestsFor({ namespace, manifest }: KubernetesObject): Request[] {
  const { name } = manifest.metadata;
  const place = { group: groupOf(manifest.apiVersion), resource: pluralOf(manifest.kind), namespace };
  const collection = ["create", "list", "watch"].map((verb) => ({ verb, ...place }));
  const single = ["get", ...CHANGE.filter((verb) => verb !== "create")].map((verb) => ({
    verb,
    ...place,
    name,
  }));
  const host = manifest.kind === "Route" ? { ...place, resource: "routes/custom-host" } : undefined;
  return [
    ...collection,
    ...single,
    ...(host === undefined
      ? []
      : [
          { verb: "create", ...host },
          { verb: "update", ...host, name },
        ]),
  ];
}

/** What it looks at until the object is ready. */
function awaitedFor({ namespace, manifest }: KubernetesObject): Request[] {
  const core = (...resources: string[]) => resources.map((resource) => ({ group: "", resource }));
  const looksAt = {
    Deployment: [...core("pods", "persistentvolumeclaims"), { group: "apps", resource: "replicasets" }],
    Job: core("pods"),
    Service: core("endpoints"),
    StatefulSet: core("pods"),
  };
  const found = Object.entries(looksAt).find(([kind]) => kind === manifest.kind)?.[1] ?? [];
  return found.flatMap((place) => READ.map((verb) => ({ verb, ...place, namespace })));
}
