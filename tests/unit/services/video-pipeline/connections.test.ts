// What the services of a video pipeline are told of each other, who reaches whom, and in which order they start.
import * as assert from "node:assert/strict";
import { type VideoPipelineArgs, workers } from "../../../../components/video-pipeline";
import { isSecretPath } from "../../../../tools/graph/graph";
import { text, type PlainObject } from "../../../../tools/graph/values";
import { targetNames } from "../../../support/fixtures";
import { readNetwork } from "../../../../tools/network/network";
import { type TestGraph } from "../../../support/program";
import { connections, describeConnections } from "../../../../tools/network/reachability";
import { at, CONFIG_MAP, DEPLOYMENT, SECRET } from "../../../support/services";
import { containerOf, deployed, environment, ingressNamespace } from "./setup";

for (const target of targetNames)
  describe(`the connections of a video pipeline on ${target}`, () => {
    let graph: TestGraph;
    before(async () => {
      graph = await deployed(target);
    });

    it("tells main-app in vidp-config where its workers are, its name, and whose pages may call it", () => {
      const config = graph.one(CONFIG_MAP, "vidp-config");
      assert.match(text(at(config.outputs, "metadata", "name")), /^vidp-config-[0-9a-f]{8}$/);
      assert.deepEqual(config.inputs.data, {
        LANGSCALE_SERVICE_URL: "http://langscale-service.team.svc.cluster.local:8002",
        DOWNSCALE_SERVICE_URL: "http://downscale-service.team.svc.cluster.local:8001",
        SUBTITLE_SERVICE_URL: "http://subtitle-service.team.svc.cluster.local:8003",
        ANIMAL_DETECTION_SERVICE_URL: "http://animal-detect-service.team.svc.cluster.local:8004",
        APP_NAME: "VidP Kubernetes API",
        CORS_ORIGINS: '["https://vidp.local"]',
      });
    });

    it("tells main-app in vidp-secrets who it is at the database, and nobody else", () => {
      const secret = graph.one(SECRET, "vidp-secrets-1");
      assert.match(text(at(secret.outputs, "metadata", "name")), /^vidp-secrets-1-[0-9a-f]{8}$/);
      const { MONGODB_USERNAME, MONGODB_PASSWORD, MONGODB_URL, ...others } = secret.inputs
        .stringData as PlainObject;
      assert.deepEqual(others, {});
      const [user, password] = [text(MONGODB_USERNAME), text(MONGODB_PASSWORD)];
      assert.match(user, /^mlops-.*-main-app-/);
      assert.equal(
        MONGODB_URL,
        `mongodb://${encodeURIComponent(user)}:${encodeURIComponent(password)}` +
          "@mongodb-service.team.svc.cluster.local:27017/vidp_db?authSource=admin",
      );
      for (const key of ["MONGODB_USERNAME", "MONGODB_PASSWORD", "MONGODB_URL"])
        assert.ok(isSecretPath(secret.secretInputs, `stringData.${key}`), key);
      const config = Object.keys(graph.one(CONFIG_MAP, "vidp-config").inputs.data as PlainObject);
      assert.deepEqual(environment(graph, "main-app"), {
        HOME: "/tmp",
        PYTHONDONTWRITEBYTECODE: "1",
        ...Object.fromEntries(config.map((key) => [key, `configMapKeyRef ${key}`])),
        MONGODB_USERNAME: "secretKeyRef MONGODB_USERNAME",
        MONGODB_PASSWORD: "secretKeyRef MONGODB_PASSWORD",
        MONGODB_URL: "secretKeyRef MONGODB_URL",
      });
    });

    it("tells the frontend where main-app is, and to listen at every address", () => {
      assert.deepEqual(environment(graph, "frontend"), {
        HOME: "/tmp",
        HOSTNAME: "0.0.0.0",
        PORT: "3000",
        NEXT_TELEMETRY_DISABLED: "1",
        MAIN_APP_SERVICE_URL: "http://main-app-service.team.svc.cluster.local:8000",
      });
    });

    it("lets through exactly what it is made of, one way each", () => {
      const network = readNetwork(
        graph.objects.map(({ manifest }) => manifest),
        [
          {
            kind: "pod",
            name: "ingress-controller",
            namespace: ingressNamespace[target],
            labels: {},
            ports: [],
          },
        ],
      );
      // The router's namespace is known by a label of its own.
      network.namespaces.set("openshift-ingress", { "network.openshift.io/policy-group": "ingress" });
      const [ingress] = network.pods.filter(({ name }) => name === "ingress-controller");
      const ours = connections(network).filter(({ from, to }) => from !== ingress || to !== ingress);
      const found = describeConnections(ours).filter((line) => !line.includes("/job/"));
      const pod = (name: string) => `team/deployment/${name}`;
      assert.deepEqual(
        found,
        [
          `ingress-controller -> ${pod("frontend")} 3000/TCP`,
          `ingress-controller -> ${pod("main-app")} 8000/TCP`,
          `${pod("frontend")} -> ${pod("main-app")} 8000/TCP`,
          `${pod("main-app")} -> ${pod("animal-detect")} 8004/TCP`,
          `${pod("main-app")} -> ${pod("downscale")} 8001/TCP`,
          `${pod("main-app")} -> ${pod("langscale")} 8002/TCP`,
          `${pod("main-app")} -> ${pod("subtitle")} 8003/TCP`,
          `${pod("main-app")} -> team/statefulset/mongodb 27017/TCP`,
        ].sort(),
      );
    });

    it("starts main-app after its workers and its database user, and the frontend after main-app", () => {
      const before = (name: string) =>
        graph.prerequisitesOf(graph.one(DEPLOYMENT, name)).map((resource) => resource.name);
      for (const name of [...workers, "mongodb-main-app-1-provision"])
        assert.ok(before("main-app").includes(name), name);
      assert.ok(before("frontend").includes("main-app"));
    });

    it("lets videos of 500 MB, the form around them, and 9000 s through to the frontend and to main-app", () => {
      for (const name of ["frontend", "main-app"]) {
        const [kind, object] = target === "minikube" ? ["Ingress", `${name}-ingress`] : ["Route", name];
        const { annotations } = graph.object(kind, object).metadata;
        const nginx = "nginx.ingress.kubernetes.io";
        assert.deepEqual(
          annotations,
          target === "minikube"
            ? {
                [`${nginx}/ssl-redirect`]: "true",
                [`${nginx}/proxy-body-size`]: "501m",
                [`${nginx}/proxy-read-timeout`]: "9000",
                [`${nginx}/proxy-send-timeout`]: "9000",
                [`${nginx}/proxy-request-buffering`]: "off",
                [`${nginx}/client-body-buffer-size`]: "1m",
              }
            : {
                "haproxy.router.openshift.io/hsts_header": "max-age=31536000",
                "haproxy.router.openshift.io/timeout": "9000s",
                "haproxy.router.openshift.io/timeout-tunnel": "9000s",
              },
        );
      }
    });
  });

describe("main-app", () => {
  it("rolls main-app out to a new generation of its credential, under a Secret of a new name", async () => {
    const graph = await deployed("minikube", {}, { "main-app": ["2026-11", "1"] });
    const secrets = graph.all(SECRET).map(({ name }) => name);
    for (const generation of ["2026-11", "1"]) assert.ok(secrets.includes(`vidp-secrets-${generation}`));
    const written = JSON.stringify(containerOf(graph, "main-app"));
    assert.ok(written.includes("vidp-secrets-2026-11") && !written.includes("vidp-secrets-1-"));
  });

  it("allows other pages where it is told to, and none where it is inside the cluster only", async () => {
    const origins = async (args: Partial<VideoPipelineArgs>) =>
      at((await deployed("minikube", args)).one(CONFIG_MAP, "vidp-config").inputs.data, "CORS_ORIGINS");
    assert.equal(await origins({ exposures: {} }), "[]");
    assert.equal(
      await origins({ cors: ["https://studio.example.com"] }),
      '["https://vidp.local","https://studio.example.com"]',
    );
  });
});
