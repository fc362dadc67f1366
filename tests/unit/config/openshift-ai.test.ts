// What only OpenShift has in the configuration: its operators, what they run, and Triton.
import assert from "node:assert/strict";
import { packages } from "../../../components/operators/catalog";
import { parse, problems } from "./setup";

const onOpenShift = (values: Record<string, unknown>) => ({ target: "openshift", ...values });
const accepted = (values: Record<string, unknown>) => parse(onOpenShift(values));

describe("OpenShift AI, where the configuration says nothing,", () => {
  const all = ["dashboard", "serving", "serverless", "pipelines", "modelRegistry"];
  for (const [version, openshiftAi, components] of [
    ["2.25", {}, all],
    ["3.4", { version: "3.4" }, all.filter((name) => name !== "serverless")],
  ] as const)
    it(`is set up with all that ${version} has, by operators that follow their channels`, () => {
      assert.deepEqual(accepted({ openshiftAi }).openshiftAi, {
        enabled: true,
        version,
        components,
        operators: { install: true, approval: "Automatic", packages: {} },
        timeout: 1800,
      });
    });

  it("has no Triton; if one is wanted, it asks for tokens and serves the sample", () => {
    assert.deepEqual(accepted({}).triton, {
      enabled: false,
      authentication: "token",
      models: { bucket: "models", prefix: "triton", size: "2Gi", sample: true },
      scaling: { min: 1, max: 1, cpu: 70 },
      resources: { requests: { cpu: "500m", memory: "1Gi" }, limits: { memory: "2Gi" } },
      availability: 0.999,
    });
  });
});

describe("OpenShift AI in the configuration", () => {
  it("can have every operator of its version found elsewhere", () => {
    for (const [version, own] of [
      ["2.25", [packages.openShiftAi2, packages.serviceMesh, packages.serverless, packages.pipelines]],
      ["3.4", [packages.openShiftAi3, packages.certManager]],
    ] as const) {
      const mirror = { source: "mirror", sourceNamespace: "mirrors", channel: "stable", version: "x.v1.2.3" };
      const found = Object.fromEntries(own.map(({ name }) => [name, mirror]));
      const operators = { packages: found };
      assert.deepEqual(
        accepted({ openshiftAi: { version, operators } }).openshiftAi.operators.packages,
        found,
      );
    }
  });

  it("may lack what nothing uses", () => {
    const components = ["dashboard"];
    const off = { modelRegistry: { enabled: false } };
    assert.deepEqual(accepted({ openshiftAi: { components }, ...off }).openshiftAi.components, components);
    // Somebody else has set it up, with whatever is used.
    const openshiftAi = { enabled: false, components };
    assert.equal(accepted({ openshiftAi, triton: { enabled: true } }).openshiftAi.enabled, false);
  });

  const refused: Record<string, { given: Record<string, unknown>; told: string[] }> = {
    "minikube, which has no operators": {
      given: { target: "minikube", appsDomain: "apps.example.com", openshiftAi: {}, triton: {} },
      told: [
        "appsDomain applies to OpenShift only: elsewhere every host is given in full\n  fix:     pulumi config rm appsDomain",
        "openshiftAi applies to OpenShift only: no other cluster has its operators\n  fix:     pulumi config rm openshiftAi",
        "triton applies to OpenShift only: OpenShift AI serves its models\n  fix:     pulumi config rm triton",
      ],
    },
    "a version that YAML made a number of": {
      given: { openshiftAi: { version: 3.4 } },
      told: [
        `openshiftAi.version is not allowed
  given:   3.4
  allowed: "2.25" or "3.4" (text: in a file in quotes)
  fix:     pulumi config set --path 'openshiftAi.version' 2.25`,
      ],
    },
    "a component that its version does not have": {
      given: { openshiftAi: { version: "3.4", components: ["serving", "modelRegistry", "serverless"] } },
      told: [
        `openshiftAi.components[2] is nothing that OpenShift AI 3.4 has
  given:   "serverless"
  allowed: dashboard, serving, pipelines, modelRegistry
  fix:     pulumi config rm --path 'openshiftAi.components[2]'`,
      ],
    },
    "components that the model registry is not among": {
      given: { openshiftAi: { components: ["dashboard"] } },
      told: [
        `openshiftAi.components lacks modelRegistry, and modelRegistry.enabled is true
  given:   ["dashboard"]
  fix:     pulumi config set --path 'openshiftAi.components[1]' modelRegistry`,
      ],
    },
    "components that cannot serve Triton's models": {
      given: { openshiftAi: { components: ["modelRegistry"] }, triton: { enabled: true } },
      told: [
        `openshiftAi.components lacks serving, and triton.enabled is true
  given:   ["modelRegistry"]
  fix:     pulumi config set --path 'openshiftAi.components[1]' serving`,
      ],
    },
    "serverless serving without serving": {
      given: { openshiftAi: { components: ["serverless", "modelRegistry"] } },
      told: [
        `openshiftAi.components lacks serving, and serverless is among them
  given:   ["serverless","modelRegistry"]
  fix:     pulumi config set --path 'openshiftAi.components[2]' serving`,
      ],
    },
    "a place for an operator that nothing takes": {
      given: {
        openshiftAi: {
          version: "3.4",
          components: ["dashboard", "modelRegistry"],
          operators: { packages: { "openshift-cert-manager-operator": { channel: "stable-v1" } } },
        },
      },
      told: [
        `openshiftAi.operators.packages.openshift-cert-manager-operator is no operator that OpenShift AI 3.4 takes for its components
  allowed: rhods-operator
  fix:     pulumi config rm --path 'openshiftAi.operators.packages.openshift-cert-manager-operator'`,
      ],
    },
    "an operator that nobody knows": {
      given: { openshiftAi: { operators: { packages: { rhods: {} } } } },
      told: [
        `openshiftAi.operators.packages.rhods is not a key of the configuration
  allowed: rhods-operator, servicemeshoperator, serverless-operator, openshift-pipelines-operator-rh, openshift-cert-manager-operator
  fix:     pulumi config rm --path 'openshiftAi.operators.packages.rhods'`,
      ],
    },
    "a pinned version that is no name": {
      given: { openshiftAi: { operators: { packages: { "rhods-operator": { version: "2.25 latest" } } } } },
      told: [
        `openshiftAi.operators.packages.rhods-operator.version is not allowed
  given:   "2.25 latest"
  allowed: the name of a ClusterServiceVersion, such as rhods-operator.2.25.11
  fix:     pulumi config set --path 'openshiftAi.operators.packages.rhods-operator.version' rhods-operator.2.25.11`,
      ],
    },
    "a Triton that anybody may call as often as he likes": {
      given: { triton: { enabled: true, authentication: "none", host: "triton" } },
      told: [
        `triton.rateLimit is required where triton.authentication is none and there is a host: anybody may call it then
  fix:     pulumi config set --path 'triton.rateLimit' 50`,
      ],
    },
    "an unknown authentication, and proposes the one that asks": {
      given: { triton: { authentication: "open" } },
      told: [
        `triton.authentication is not allowed
  given:   "open"
  allowed: token or none
  fix:     pulumi config set --path 'triton.authentication' token`,
      ],
    },
    "a Triton that scales to less than it starts with": {
      given: { triton: { scaling: { min: 3, max: 2 } } },
      told: [
        `triton.scaling.max is below triton.scaling.min, which is 3
  given:   2
  fix:     pulumi config set --path 'triton.scaling.max' 3`,
      ],
    },
    "a Triton under a host that another service has": {
      given: { triton: { enabled: true, host: "iris" }, iris: { host: "iris" } },
      told: [
        `triton.host is also iris.host: a host name leads to one service only
  given:   "iris"
  fix:     pulumi config set --path 'triton.host' other-iris`,
      ],
    },
  };
  for (const [what, { given, told }] of Object.entries(refused))
    it(`is refused for ${what}`, () => {
      assert.deepEqual(problems(onOpenShift(given)), told);
    });

  it("lets anybody call a Triton inside the cluster, or so often from outside", () => {
    for (const more of [{}, { host: "triton", rateLimit: 50 }])
      accepted({ triton: { enabled: true, authentication: "none", ...more } });
  });
});
