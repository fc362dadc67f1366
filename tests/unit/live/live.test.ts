// What the live platform decides before it touches the machine.
import * as assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import * as path from "node:path";
import { parseAllDocuments } from "yaml";
import { mergeRaw, parseConfig, readStackFile } from "../../../stacks/config";
import { isPlainObject } from "../../../tools/graph/values";
import { environmentOf } from "../../../tools/live/environment";
import { Home } from "../../../tools/live/home";
import { imagesIn, withTags, type Image } from "../../../tools/live/images";
import { Machine, whyNot } from "../../../tools/live/machine";
import { hostsOf, report } from "../../../tools/live/report";
import { Steps } from "../../../tools/live/steps";
import { unreadyAmong } from "../../../tools/live/workloads";
import { renderConfig } from "../../../tools/render/stack";
import { output } from "../../../tools/stack/process";
import { root } from "../../../tools/stack/settings";
import type { LiveObject } from "../../../tools/stack/state";

const live = (...names: string[]): string => readFileSync(path.join(root, "tools/live", ...names), "utf8");

/** The images that can be built, with their tags. */
const known: Image[] = live("images", "images.txt")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"))
  .map((line) => line.split(/\s+/))
  .map(([name = "", tag]) => ({
    name,
    reference: `localhost/mlops-live/${name}:${tag}`,
    archive: `${name}.tar`,
  }));

/** Of every machine: the files of tools/live/addons. */
const addons = readdirSync(path.join(root, "tools/live/addons"))
  .filter((file) => file.endsWith(".yaml"))
  .map((file) => live("addons", file));

describe("where a live machine can be", () => {
  const never = () => assert.fail("nothing has to be tried");
  const answer = (code: number, stderr: string) => () => Promise.resolve({ code, stderr });
  const MINIKUBE = /minikube start .*--cni calico[^]*make up CONTEXT=minikube/;

  it("is on Linux, for root, where one can be made", async () => {
    assert.equal(await whyNot("linux", 0, answer(0, "")), undefined);
  });

  it("is not elsewhere, where minikube is named with its commands", async () => {
    for (const reason of [await whyNot("darwin", 501, never), await whyNot("linux", 1000, never)])
      assert.match(reason ?? "", MINIKUBE);
  });

  it("is not where it was tried in vain: first comes what is missing", async () => {
    const reason = await whyNot("linux", 0, answer(1, "control-plane: no br_netfilter\nor nftables\n"));
    assert.match(reason ?? "", /^control-plane: no br_netfilter\nor nftables\n/);
    assert.match(reason ?? "", MINIKUBE);
  });
});

describe("the images of the live platform", () => {
  it("are read from the lines of their build", () => {
    assert.deepEqual(imagesIn("minio localhost/mlops-live/minio:1 /cache/minio.tar\n"), [
      { name: "minio", reference: "localhost/mlops-live/minio:1", archive: "/cache/minio.tar" },
    ]);
    assert.throws(() => imagesIn("minio\n"), /not NAME REFERENCE ARCHIVE/);
  });

  it("get their tags wherever a text names them, but for those that have one", () => {
    const images = imagesIn("mini x/mini:1 a\nmini-o x/mini-o:2 b");
    const text = (mini: string, minio: string) =>
      `a: ${mini}\nb: ${minio} # c\nd: localhost/mlops-live/mini:own\n`;
    assert.equal(
      withTags(text("localhost/mlops-live/mini", "localhost/mlops-live/mini-o"), images),
      text("x/mini:1", "x/mini-o:2"),
    );
  });

  it("are missed by their name", () => {
    assert.throws(() => withTags("image: localhost/mlops-live/other", []), /no image other/);
  });

  it("are all there that the stack and the add-ons name", () => {
    for (const text of [live("stack.yaml"), ...addons]) assert.doesNotThrow(() => withTags(text, known));
  });
});

describe("the stack on the live machine", () => {
  const merged = () =>
    mergeRaw(
      readStackFile(readFileSync(path.join(root, "Pulumi.dev.yaml"), "utf8")),
      readStackFile(withTags(live("stack.yaml"), known)),
    );

  it("has every system, in images that were built here alone", async () => {
    const { objects } = await renderConfig("dev", parseConfig(merged()));
    const images = new Set(
      objects.flatMap(({ manifest }) => containersOf(manifest)).map(({ image }) => String(image)),
    );
    for (const image of images) assert.match(image, /^localhost\/mlops-live\//);
    for (const system of [
      "vidp-main-app",
      "ai-workload",
      "crime-backend",
      "mlflow",
      "model-registry",
      "mongodb",
    ])
      assert.ok(
        [...images].some((image) => image.includes(`/${system}:`)),
        system,
      );
  });

  it("fits on a node of two CPUs with a pod more of each Deployment, and the add-ons beside it", async () => {
    const { objects } = await renderConfig("dev", parseConfig(merged()));
    const minimum = new Map(
      objects
        .filter(({ manifest }) => manifest.kind === "HorizontalPodAutoscaler")
        .map(({ manifest: { metadata, spec } }) => [
          metadata.name.replace(/-hpa$/, ""),
          isPlainObject(spec) ? Number(spec.minReplicas) : 0,
        ]),
    );
    const stack = objects
      .filter(({ manifest }) => ["Deployment", "StatefulSet"].includes(manifest.kind))
      .map(({ manifest }) => {
        const { replicas = 1 } = isPlainObject(manifest.spec) ? manifest.spec : {};
        const surge = manifest.kind === "Deployment" ? 1 : 0;
        return (Number(minimum.get(manifest.metadata.name) ?? replicas) + surge) * cpuOf(manifest);
      });
    const around = addons
      .flatMap((text) => parseAllDocuments(text))
      .map((document) => document.toJS() as object)
      .map(cpuOf);
    assert.ok([...stack, ...around].reduce((sum, cpu) => sum + cpu, 0) < 2);
  });
});

/** Containers of a workload's pods, which run at the same time. */
function containersOf(manifest: object): Record<string, unknown>[] {
  const { spec } = manifest as {
    spec?: { template?: { spec?: { containers?: Record<string, unknown>[] } } };
  };
  return spec?.template?.spec?.containers ?? [];
}

function cpuOf(manifest: object): number {
  const requests = containersOf(manifest).map(
    ({ resources }) => (resources as { requests?: { cpu?: string } } | undefined)?.requests?.cpu ?? "0",
  );
  return requests.reduce((sum, cpu) => sum + (cpu.endsWith("m") ? parseFloat(cpu) / 1000 : Number(cpu)), 0);
}

describe("a workload", () => {
  const workload = (status: object, spec: object = { replicas: 2 }): LiveObject =>
    ({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { namespace: "a", name: "b", generation: 3 },
      spec,
      status,
    }) as LiveObject;
  const well = { observedGeneration: 3, replicas: 2, readyReplicas: 2, updatedReplicas: 2 };

  it("is ready when all of its pods are, and none of an older version is left", () => {
    assert.deepEqual(unreadyAmong([workload(well)]), []);
    assert.deepEqual(unreadyAmong([workload({ ...well, replicas: 3 })]), ["a/b 2 of 2"]);
    assert.deepEqual(unreadyAmong([workload({ ...well, updatedReplicas: 1 })]), ["a/b 1 of 2"]);
  });

  it("is not ready before its controller has seen it", () => {
    assert.deepEqual(unreadyAmong([workload({ ...well, observedGeneration: 2 })]), ["a/b 2 of 2"]);
    assert.deepEqual(unreadyAmong([workload({})]), ["a/b 0 of 2"]);
  });

  it("is not ready before its autoscaler has brought it to its minimum", () => {
    const autoscaler = (name: string): LiveObject => ({
      ...{
        apiVersion: "autoscaling/v2",
        kind: "HorizontalPodAutoscaler",
        metadata: { name, namespace: "a" },
      },
      spec: { minReplicas: 3, scaleTargetRef: { kind: "Deployment", name } },
    });
    assert.deepEqual(unreadyAmong([workload(well)], [autoscaler("b")]), ["a/b 2 of 3"]);
    assert.deepEqual(unreadyAmong([workload(well)], [autoscaler("another")]), []);
  });

  it("of no replicas is ready", () => {
    assert.deepEqual(unreadyAmong([workload({ observedGeneration: 3 }, { replicas: 0 })]), []);
  });
});

describe("what a program gets that is to be about a live machine", () => {
  const home = new Home("/live");

  it("is where that machine is, also for make live in the same shell", () => {
    const { LIVE_HOME, XDG_STATE_HOME, KUBECONFIG } = environmentOf(new Machine(home));
    assert.equal(Home.of({ LIVE_HOME, XDG_STATE_HOME }).folder, home.folder);
    assert.deepEqual([XDG_STATE_HOME, KUBECONFIG], ["/live/state", "/live/machine/kubeconfig"]);
  });

  it("is nothing that was set for another stack", () => {
    const inherited = { JSON: "1", AS_IS: "1", PULUMI_BACKEND_URL: "s3://another", CONTEXT: "another" };
    const seen: Record<string, string | undefined> = { ...inherited, ...environmentOf(new Machine(home)) };
    assert.deepEqual(
      Object.keys(inherited).map((name) => seen[name]),
      [undefined, undefined, undefined, "mlops-live"],
    );
  });
});

describe("the last words of make live", () => {
  const ingress = (host: string): LiveObject => ({
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: { name: host },
    spec: { rules: [{ host }] },
  });

  it("lead to every host of the stack, with its variables and the time that it took", async () => {
    const said: string[] = [];
    const steps = new Steps((line) => said.push(line));
    assert.equal(await steps.take("images", () => Promise.resolve(7)), 7);
    assert.deepEqual(said, ["\n=== images"]);
    const text = report({
      home: new Home("/live"),
      machine: { kubeconfig: "/live/machine/kubeconfig" },
      hosts: hostsOf([ingress("b.example"), ingress("a.example"), ingress("b.example")]),
      ports: { http: 1080, https: 1443 },
      memory: 1234,
      timings: steps.timings,
    });
    assert.match(text, /curl --insecure --connect-to ::127\.0\.0\.1:1443 https:\/\/a\.example\//);
    assert.equal(text.match(/https:\/\/b\.example/g)?.length, 1);
    assert.match(text, /images +0\.\d/);
    assert.match(text, /1234 MiB/);
    assert.match(text, /export CONTEXT=mlops-live/);
    assert.match(text, /export LIVE_HOME=\/live\n/);
    assert.match(text, /export XDG_STATE_HOME=\/live\/state/);
  });

  it("are what a shell takes as they are meant, wherever the home is", async () => {
    const home = new Home("/her disk/it's $HOME");
    const text = report({
      home,
      machine: new Machine(home),
      hosts: [],
      ports: { http: 1080, https: 1443 },
      memory: 0,
      timings: undefined,
    });
    const lines = text.match(/^ {2}export .*/gm) ?? [];
    assert.equal(lines.length, 6);
    const script = `${lines.join("\n")}\nprintf '%s\\n' "$LIVE_HOME" "$CONFIG" "$CONTEXT"`;
    assert.equal(await output(["sh", "-c", script]), `${home.folder}\n${home.config}\nmlops-live\n`);
  });
});
