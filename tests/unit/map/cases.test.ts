// What the map makes of single cases: rights, purposes, operators, services outside, ports of the nodes.
import * as assert from "node:assert/strict";
import { drawLinks } from "../../../tools/map/links";
import { wiringOf } from "../../../tools/map/wiring";
import { renderConfig, type RenderedStack } from "../../../tools/render/stack";
import { parseConfig } from "../../../stacks/config";
import { stack, stackWith } from "../../support/stacks";
import { linkIds, wiring } from "../../support/wiring";

/** A stack on minikube with what it needs, and this. */
const small = (values: Readonly<Record<string, unknown>>): Promise<RenderedStack> =>
  renderConfig(
    "dev",
    parseConfig({ values: { target: "minikube", ...values }, secretKeys: new Set(["minio", "mysql"]) }),
  );

describe("the wiring", () => {
  it("has a node for what runs, with what it is", async () => {
    const { nodes } = await wiring("dev");
    const known = nodes.map(({ id, kind, role, ports }) => `${id}: ${kind}, ${role} ${ports.join()}`.trim());
    assert.deepEqual(known, [
      "db-ai/mysql: SQL database, store 3306",
      "entrances/https://iris-api.example.com mlops/iris-api:8000: Ingress · TLS, entrance",
      "entrances/https://minio-console.local minio/minio:9001: Ingress · TLS, entrance",
      "entrances/https://mlflow.local mlops/mlflow-server:5000: Ingress · TLS, entrance",
      "minio/minio: object store, store 9000,9001",
      "mlops/iris-api: inference service, service 8000",
      "mlops/iris-train: training job, job",
      "mlops/mlflow-server: tracking server, service 5000",
      "monitoring/metrics-collector: of the cluster, cluster",
      "rhoai-model-registries/model-registry: model registry, service 8080",
      "rhoai-model-registries/pods with mlops-platform/client-of=model-registry: client-of=model-registry, client",
    ]);
  });

  it("knows the pods that operators make, and the addresses that they choose", async () => {
    const { nodes, exposures } = await wiring("prod");
    for (const [id, kind] of [
      ["triton/triton", "Triton server"],
      ["rhoai-model-registries/model-registry", "model registry"],
    ]) {
      const node = nodes.find((candidate) => candidate.id === id);
      assert.deepEqual([node?.kind, node?.role, node?.place], [kind, "service", id?.split("/")[0]]);
    }
    assert.deepEqual(
      exposures.filter(({ kind }) => kind === "made by its operator"),
      [
        {
          address: "<chosen by the operator>",
          kind: "made by its operator",
          node: "rhoai-model-registries/model-registry",
          port: 8443,
          edges: ["ingress-to-model-registry"],
        },
      ],
    );
  });

  it("does not depend on the order in which resources were registered", async () => {
    const rendered = await stack("dev");
    const byUrn = rendered.graph.resources.toSorted((one, other) => (one.urn < other.urn ? -1 : 1));
    for (const resources of [byUrn, byUrn.toReversed()])
      assert.deepEqual(
        wiringOf("dev", { ...rendered, graph: { ...rendered.graph, resources } }),
        await wiring("dev"),
      );
  });

  it("draws connections to several ports as one line", async () => {
    const { connections } = await wiring("dev");
    const [connection] = connections.filter(({ links }) => links.length === 1);
    assert.ok(connection);
    const ends = [{ from: connection.fromNode, to: connection.toNode, purpose: "call" as const }];
    const shown = [9001, 80, 9001].map((port) => ({ connection: { ...connection, port }, ends }));
    assert.deepEqual(
      drawLinks(shown).map(({ ports }) => ports),
      [[80, 9001]],
    );
  });

  it("says what Grants allow as the servers are told", async () => {
    const { grants } = await wiring("prod");
    const rights = grants.map(
      ({ service, consumer, what, access }) => `${consumer} ${access}s ${what.join(", ")} of ${service}`,
    );
    for (const line of [
      "triton reads bucket models, below triton/ of minio",
      "triton-upload writes bucket models, below triton/ of minio",
      "mlflow read and writes bucket mlflow of minio",
      "fraud-detection read and writes schema fraud_detection of mysql",
      "main-app read and writes database vidp_db of mongodb",
      "iris-api reads experiment iris, model iris of mlflow-server",
      "iris-train edits experiment iris, model iris of mlflow-server",
      "monitoring reads metrics of mlflow-server",
      "monitoring reads metrics of minio",
    ])
      assert.ok(rights.includes(line), `${line}\nis not among\n${rights.join("\n")}`);
  });

  it("tells lines apart by what they are for", async () => {
    const { links } = await wiring("prod");
    const purposes = links.map(({ from, to, purpose }) => `${from} ${purpose} ${to}`);
    for (const line of [
      "mlops/iris-api access mlops/mlflow-server",
      "vidp/main-app call vidp/subtitle",
      "openshift-user-workload-monitoring/metrics-collector metrics minio/minio",
      "operators/openshift-ai control outside/api-server",
      "fraud-detection/consumer fraud-detection access db-ai/mysql",
    ])
      assert.ok(purposes.includes(line), line);
  });

  it("follows the policies, not the program: a line is gone with either of its policies", async () => {
    const rendered = await stack("dev");
    const line = "mlops/mlflow-server > db-ai/mysql (access)";
    assert.ok(linkIds(await wiring("dev")).includes(line));
    for (const gone of ["mlflow-to-mysql", "mysql-from-mlflow"]) {
      // The migration of the same server reaches the database by policies of its own.
      const without = (text: string): boolean => text !== gone && !text.includes("migration");
      const objects = rendered.objects.filter(({ manifest }) => without(manifest.metadata.name));
      assert.ok(!linkIds(wiringOf("dev", { ...rendered, objects })).includes(line), gone);
    }
  });

  it("shows a policy that no Edge made, without a reason", async () => {
    const rendered = await stack("dev");
    const [policy] = rendered.objects.filter(({ manifest }) => manifest.metadata.name === "default-deny");
    assert.ok(policy);
    const open = {
      ...policy,
      manifest: {
        ...policy.manifest,
        metadata: { name: "by-hand", namespace: "db-ai" },
        spec: {
          podSelector: {},
          policyTypes: ["Ingress"],
          ingress: [{ from: [{ namespaceSelector: {} }], ports: [{ protocol: "TCP", port: 3306 }] }],
        },
      },
    };
    const { connections } = wiringOf("dev", { ...rendered, objects: [...rendered.objects, open] });
    const found = connections.find(
      (row) => row.from === "metrics-collector" && row.to === "db-ai/statefulset/mysql",
    );
    assert.deepEqual(found?.reasons, []);
  });

  it("shows services outside the cluster as what the platform calls them, whatever their addresses", async () => {
    const credentials = { accessKeyId: "key", secretAccessKey: "secret" };
    const external = {
      url: "https://s3.example.com",
      region: "eu",
      credentials: { mlflow: credentials, "model-registry": credentials },
    };
    for (const cidrs of [["198.51.100.0/24", "2001:db8:1::/48"], ["0.0.0.0/0"]]) {
      const { nodes, links, grants, connections } = wiringOf(
        "dev",
        await small({ minio: { external: { ...external, cidrs } } }),
      );
      assert.deepEqual(
        nodes
          .filter(({ place }) => place === "outside")
          .map(({ id, title, kind, ports }) => ({ id, title, kind, ports })),
        [{ id: "outside/minio", title: "minio", kind: "object store", ports: [443] }],
      );
      assert.ok(links.some(({ id }) => id === "mlops/mlflow-server > outside/minio (access)"));
      assert.deepEqual(
        grants.find(({ service, consumer }) => service === "minio" && consumer === "mlflow")?.what,
        ["as its administrator allows"],
      );
      assert.ok(
        connections.some(
          ({ from, to }) =>
            from === "mlops/deployment/mlflow-server" &&
            to.startsWith(cidrs[0] === "0.0.0.0/0" ? "internet" : "addresses 198.51.100.0/24"),
        ),
      );
    }
  });

  it("shows a port of the nodes as one way in, whoever comes by it", async () => {
    const the = wiringOf("dev", await stackWith("dev", { crimePrediction: { enabled: true } }));
    const [exposure] = the.exposures.filter(({ kind }) => kind === "NodePort");
    assert.deepEqual(exposure, {
      address: "http://<any node>:30001",
      kind: "NodePort",
      node: "crime-prediction/frontend-deployment",
      port: 8501,
      edges: ["nodes-to-frontend-deployment"],
    });
    const inward = the.links.filter(({ to }) => to === "crime-prediction/frontend-deployment");
    assert.deepEqual(
      inward.map(({ purpose }) => purpose),
      ["entrance"],
    );
    assert.ok(the.connections.some(({ from }) => from === "internet"));
    assert.ok(!the.nodes.some(({ title }) => title === "internet"));
  });
});
