// VideoPipeline: its services as the table has them, how each is probed and scaled, and how long it may take to stop.
import * as assert from "node:assert/strict";
import { each, pipelineServices, serviceSpec, workers } from "../../../../components/video-pipeline";
import { type Plain } from "../../../../tools/graph/values";
import { IMAGE, targetNames, security } from "../../../support/fixtures";
import { type TestGraph } from "../../../support/program";
import { at, DEPLOYMENT, mountsOf, withoutMounts } from "../../../support/services";
import { containerOf, deployed, podOf, resources } from "./setup";

for (const target of targetNames)
  describe(`a video pipeline on ${target}`, () => {
    let graph: TestGraph;
    before(async () => {
      graph = await deployed(target);
    });

    it("has a Deployment and a Service of the name that clients use for each service, at its port", () => {
      const ports = each(pipelineServices, (name) =>
        at(graph.object("Service", `${name}-service`, "team").spec, "ports"),
      );
      const listening = (port: number) => [{ name: "http", port, targetPort: port, protocol: "TCP" }];
      assert.deepEqual(ports, {
        frontend: listening(3000),
        "main-app": listening(8000),
        downscale: listening(8001),
        langscale: listening(8002),
        subtitle: listening(8003),
        "animal-detect": listening(8004),
      });
      assert.deepEqual(
        graph.all(DEPLOYMENT).map(({ name }) => name),
        [...pipelineServices].sort(),
      );
    });

    it("runs a worker with exactly these settings", () => {
      const worker = withoutMounts(containerOf(graph, "downscale"));
      const probe = { httpGet: { path: "/health", port: 8001 }, timeoutSeconds: 10 };
      assert.deepEqual(worker, {
        name: "downscale",
        image: "registry.example.com/vidp-downscale:1",
        imagePullPolicy: "IfNotPresent",
        env: [
          { name: "HOME", value: "/tmp" },
          { name: "PYTHONDONTWRITEBYTECODE", value: "1" },
        ],
        ports: [{ name: "http", containerPort: 8001, protocol: "TCP" }],
        resources: {
          requests: { ...resources.requests, "ephemeral-storage": "64Mi" },
          limits: { ...resources.limits, "ephemeral-storage": "4608Mi" },
        },
        startupProbe: { ...probe, periodSeconds: 5, failureThreshold: 60 },
        readinessProbe: { ...probe, initialDelaySeconds: 5, periodSeconds: 10 },
        // 45 times 20 s: as long as a job may take.
        livenessProbe: {
          ...probe,
          initialDelaySeconds: 15,
          periodSeconds: 20,
          failureThreshold: 45,
          terminationGracePeriodSeconds: 60,
        },
        lifecycle: { preStop: { sleep: { seconds: 5 } } },
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
        },
      });
      assert.deepEqual(at(podOf(graph, "downscale"), "securityContext"), security[target].context());
    });

    it("asks every service at its own path, live after 15 s every 20 s and ready after 5 s every 10 s", () => {
      for (const name of pipelineServices) {
        const { livenessProbe: live, readinessProbe: ready } = containerOf(graph, name);
        const { port, health: path } = serviceSpec(name);
        for (const probe of [live, ready]) assert.deepEqual(at(probe, "httpGet"), { path, port }, name);
        const timing = (probe: Plain | undefined) => [
          at(probe, "initialDelaySeconds"),
          at(probe, "periodSeconds"),
        ];
        assert.deepEqual(
          [timing(live), timing(ready)],
          [
            [15, 20],
            [5, 10],
          ],
        );
      }
      assert.equal(at(containerOf(graph, "frontend").livenessProbe, "httpGet", "path"), "/");
    });

    it("gives each pod its own bounded folder for videos, and as much for uploads under way", () => {
      for (const name of pipelineServices) {
        const {
          "/app/local_storage": videos,
          "/tmp": uploads,
          ...others
        } = mountsOf(graph.one(DEPLOYMENT, name));
        assert.deepEqual(
          [videos, uploads],
          [{ emptyDir: { sizeLimit: "2Gi" } }, { emptyDir: { sizeLimit: "2Gi" } }],
        );
        const cache = { "/app/.next/cache": { emptyDir: { sizeLimit: "256Mi" } } };
        assert.deepEqual(others, name === "frontend" ? cache : {}, name);
      }
    });

    it("keeps a worker that is to stop until its job is done, and waits for it when all is removed", () => {
      for (const name of workers) {
        assert.equal(at(podOf(graph, name), "terminationGracePeriodSeconds"), 905, name);
        assert.equal(graph.one(DEPLOYMENT, name).customTimeouts.delete, "920s", name);
      }
    });

    it("cuts off no request that its ways in still let through", () => {
      for (const name of ["main-app", "frontend"]) {
        assert.equal(at(podOf(graph, name), "terminationGracePeriodSeconds"), 9005, name);
        assert.equal(graph.one(DEPLOYMENT, name).customTimeouts.delete, "9020s", name);
      }
    });

    it("scales main-app and each worker from one to ten at 70 % CPU, and the frontend not at all", () => {
      for (const name of ["main-app", ...workers]) {
        const spec = graph.object("HorizontalPodAutoscaler", `${name}-hpa`).spec;
        assert.deepEqual([at(spec, "minReplicas"), at(spec, "maxReplicas")], [1, 10]);
        assert.deepEqual(at(spec, "scaleTargetRef", "name"), name);
        assert.deepEqual(at(spec, "metrics"), [
          {
            type: "Resource",
            resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 70 } },
          },
        ]);
        assert.equal(at(graph.one(DEPLOYMENT, name).inputs, "spec", "replicas"), undefined);
      }
      graph.none("kubernetes:autoscaling/v2:HorizontalPodAutoscaler", "frontend-hpa");
      assert.equal(at(graph.one(DEPLOYMENT, "frontend").inputs, "spec", "replicas"), 1);
    });
  });

describe("a video pipeline", () => {
  it("gives main-app and the frontend as long as the workers, where these take longer than a request", async () => {
    const graph = await deployed("minikube", { requestSeconds: 60, jobSeconds: 7200 });
    for (const name of pipelineServices)
      assert.equal(at(podOf(graph, name), "terminationGracePeriodSeconds"), 7205, name);
  });

  it("restarts nothing at the first probe that fails, however short its jobs are", async () => {
    const failures = async (jobSeconds: number) =>
      at(
        containerOf(await deployed("minikube", { jobSeconds }), "subtitle").livenessProbe,
        "failureThreshold",
      );
    assert.deepEqual([await failures(0), await failures(61), await failures(7200)], [3, 4, 360]);
  });

  it("watches the services that export metrics, where these are, and no others", async () => {
    const watched: unknown[] = [];
    const indicators = { requests: { metric: "all" }, errors: { metric: "bad" } };
    const monitoring = { monitor: { watch: (...args: unknown[]) => void watched.push(args) }, indicators };
    await deployed("minikube", {
      services: each(pipelineServices, (name) => ({
        image: IMAGE,
        resources,
        replicas: { min: 1, max: 10, cpu: 70 },
        storage: "1Gi",
        ...(name === "subtitle" && {
          monitoring: { ...monitoring, objectives: { availability: 0.99 }, path: "/internal/metrics" },
        }),
      })),
    });
    assert.equal(watched.length, 1);
    const [[name, args]] = watched as [[string, Record<string, unknown>]];
    assert.equal(name, "subtitle");
    assert.equal(args.path, "/internal/metrics");
    assert.deepEqual(args.workload, { kind: "Deployment", name: "subtitle", autoscaler: "subtitle-hpa" });
  });
});
