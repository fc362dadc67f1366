// Every custom resource of both stacks, and of what their config might make of them, against the definition of its kind:
// the published one, or the project's own where no Go module publishes it.
import * as assert from "node:assert/strict";
import type { KubernetesObject } from "../../tools/graph/objects";
import type { Plain, PlainObject } from "../../tools/graph/values";
import { type Cluster, type Definitions, definitionsOrSkip } from "../support/definitions";
import { stack, stackWith } from "../support/stacks";

/** Groups of API servers themselves: the provider's own schemas judge these. */
const BUILT_IN =
  /^(v1|(apps|autoscaling|batch|policy|(networking|rbac\.authorization|storage)\.k8s\.io)\/v\d+)$/;

const issuer = { tls: { source: "issuer", issuer: { name: "letsencrypt" } } };

interface Case {
  readonly what: string;
  readonly target: Cluster;
  readonly objects: () => Promise<readonly KubernetesObject[]>;
  /** The kinds that it is there for, so that a test of nothing fails. */
  readonly kinds: readonly string[];
}

const ofEvery = ["PrometheusRule", "ServiceMonitor"];
const ofOpenShift = [
  ...ofEvery,
  "DSCInitialization",
  "DataScienceCluster",
  "InferenceService",
  "ModelRegistry",
  "OperatorGroup",
  "Route",
  "ServingRuntime",
  "Subscription",
];

const cases: readonly Case[] = [
  {
    what: "the dev stack",
    target: "minikube",
    objects: async () => (await stack("dev")).objects,
    kinds: [],
  },
  {
    what: "the dev stack with Traefik, cert-manager and the Prometheus operator",
    target: "minikube",
    objects: async () =>
      (await stackWith("dev", { ...issuer, ingress: { class: "traefik" }, monitoring: { enabled: true } }))
        .objects,
    kinds: [...ofEvery, "Certificate", "Middleware"],
  },
  {
    what: "the prod stack",
    target: "openshift",
    objects: async () => (await stack("prod")).objects,
    kinds: ofOpenShift,
  },
  {
    what: "the prod stack with OpenShift AI 3.4, approval by hand, and certificates of cert-manager",
    target: "openshift",
    objects: async () =>
      (
        await stackWith("prod", {
          ...issuer,
          openshiftAi: { version: "3.4", operators: { approval: "Manual" } },
        })
      ).objects,
    kinds: [...ofOpenShift, "Certificate"],
  },
];

for (const { what, target, objects, kinds } of cases)
  describe(`the custom resources of ${what}`, () => {
    let definitions: Definitions;
    let custom: KubernetesObject[];

    before(async function () {
      definitions = await definitionsOrSkip(this, target);
      custom = (await objects()).filter(({ manifest }) => !BUILT_IN.test(manifest.apiVersion));
    });

    it("are of these kinds", () => {
      assert.deepEqual([...new Set(custom.map(({ manifest }) => manifest.kind))].sort(), [...kinds].sort());
    });

    it("are as the definitions of their kinds say", () => {
      const found = custom.flatMap(({ urn, manifest }) =>
        definitions.problems(manifest).map((problem) => `${urn} ${problem}`),
      );
      assert.deepEqual(found, []);
    }).timeout(120_000);
  });

describe("a custom resource of the prod stack", () => {
  let definitions: Definitions;
  let objects: readonly KubernetesObject[];

  before(async function () {
    definitions = await definitionsOrSkip(this, "openshift");
    ({ objects } = await stack("prod"));
  });

  /** The first one of a kind, with another value at the path, or with none. */
  function changed(kind: string, path: string, value: Plain | undefined): PlainObject {
    const good = objects.find(({ manifest }) => manifest.kind === kind);
    assert.ok(good, `the stack has no ${kind}`);
    const object = structuredClone<PlainObject>(good.manifest);
    const keys = path.split(".");
    const last = keys.pop() ?? "";
    let place: Record<string, Plain> = object;
    for (const key of keys) {
      const inner = place[key];
      assert.ok(typeof inner === "object" && inner !== null, `${kind} has no ${path}`);
      place = inner as Record<string, Plain>;
    }
    if (value === undefined) {
      assert.ok(last in place, `${kind} has no ${path}`);
      Reflect.deleteProperty(place, last);
    } else place[last] = value;
    return object;
  }

  const container = "spec.containers.0";
  const broken: [kind: string, path: string, value: Plain | undefined, problem: string][] = [
    ["Route", "spec.tls.terminaton", "edge", "spec.tls.terminaton: no such field"],
    ["Route", "spec.to", undefined, "spec: must have required property 'to'"],
    [
      "Route",
      "spec.tls.termination",
      "Edge",
      "spec.tls.termination: must be equal to one of the allowed values: edge, passthrough, reencrypt",
    ],
    ["Route", "spec.port.targetPort", true, "spec.port.targetPort: must be integer,string"],
    ["Route", "spec.to.weight", "100", "spec.to.weight: must be integer"],
    ["Route", "metadata.namespace", undefined, "metadata.namespace: this kind belongs to one"],
    ["Route", "metadata.annotations.haproxy", 1, "metadata.annotations.haproxy: must be string"],
    ["ModelRegistry", "spec.kubeRbacProxy", {}, "spec.kubeRbacProxy: no such field"],
    ["ModelRegistry", "spec.mysql.database", undefined, "spec.mysql: must have required property 'database'"],
    ["ModelRegistry", "spec.mysql.port", "3306", "spec.mysql.port: must be integer"],
    [
      "ModelRegistry",
      "spec.rest.resources.limits.memory",
      "256MB",
      "spec.rest.resources.limits.memory: must match pattern",
    ],
    [
      "DataScienceCluster",
      "spec.components.aipipelines",
      { managementState: "Managed" },
      "spec.components.aipipelines: no such field",
    ],
    [
      "DataScienceCluster",
      "spec.components.dashboard.managementState",
      "Enabled",
      "spec.components.dashboard.managementState: must be equal to one of the allowed values: Managed, Removed",
    ],
    [
      "DataScienceCluster",
      "metadata.namespace",
      "a",
      "metadata.namespace: this kind belongs to no namespace",
    ],
    [
      "DSCInitialization",
      "spec.trustedCABundle.customCABundle",
      undefined,
      "spec.trustedCABundle: must have required property 'customCABundle'",
    ],
    ["Subscription", "spec.startingCsv", "rhods-operator.2.25.11", "spec.startingCsv: no such field"],
    ["Subscription", "spec.source", undefined, "spec: must have required property 'source'"],
    ["Subscription", "spec.config", { env: { A: "b" } }, "spec.config.env: must be array"],
    ["OperatorGroup", "spec.targetNamespaces", "all", "spec.targetNamespaces: must be array"],
    ["ServiceMonitor", "spec.endpoints.0.metricsPath", "/", "spec.endpoints.0.metricsPath: no such field"],
    ["ServiceMonitor", "spec.selector", undefined, "spec: must have required property 'selector'"],
    ["PrometheusRule", "spec.groups.0.rules.0.expr", undefined, "must have required property 'expr'"],
    ["ServingRuntime", `${container}.comand`, [], `${container}.comand: no such field`],
    ["ServingRuntime", `${container}.image`, 1, `${container}.image: must be string`],
    [
      "InferenceService",
      "spec.predictor.model.runtimes",
      "a",
      "spec.predictor.model.runtimes: no such field",
    ],
    ["InferenceService", "spec.predictor.minReplicas", "1", "spec.predictor.minReplicas: must be integer"],
    ["InferenceService", "spec.predictor", undefined, "spec: must have required property 'predictor'"],
  ];
  for (const [kind, path, value, problem] of broken) {
    const what = value === undefined ? `without ${path}` : `with ${JSON.stringify(value)} as ${path}`;
    it(`is refused as a ${kind} ${what}`, () => {
      const problems = definitions.problems(changed(kind, path, value));
      assert.ok(
        problems.some((found) => found.includes(problem)),
        `expected "${problem}", found:\n${problems.join("\n")}`,
      );
    }).timeout(120_000);
  }

  it("is refused when nobody knows its kind", () => {
    const route = {
      ...changed("Route", "spec.host", "iris.example.com"),
      apiVersion: "route.openshift.io/v2",
    };
    assert.deepEqual(definitions.problems(route), ["route.openshift.io/v2 Route: nobody knows this kind"]);
  });
});
