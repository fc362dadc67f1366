// Predictions and what is behind them: iris through its host, MLflow, the object store's console, the model registry, and the
// systems on top, as people and programs reach them.
import * as assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import * as path from "node:path";
import { text, type Plain } from "../../tools/graph/values";
import { FLOWERS, type Prediction } from "../support/iris";
import { at } from "../support/services";
import { Text } from "../support/uploads";
import { usePlatform } from "./support/platform";
import { runPod } from "./support/pods";

const json = (content: object, headers: Record<string, string> = {}) => ({
  method: "POST",
  headers: { "content-type": "application/json", ...headers },
  body: new Text(JSON.stringify(content)),
});

describe("iris with real pods", () => {
  const platform = usePlatform();
  const HOST = "iris-api.example.com";
  const predict = (flower: object, headers: Record<string, string>) =>
    platform().ask(HOST, { path: "/predict", ...json(flower, headers) });

  it("predicts the species of flowers for clients with its key", async () => {
    const { API_KEY = "" } = await platform().secret("mlops", "iris-api-key");
    for (const [species, flower] of Object.entries(FLOWERS)) {
      const { status, text: answer } = await predict(flower, { "x-api-key": API_KEY });
      assert.equal(status, 200, answer);
      assert.equal((JSON.parse(answer) as Prediction).species, species);
    }
  });

  it("answers nobody without a key, or with another one", async () => {
    for (const headers of [{}, { "x-api-key": "" }, { "x-api-key": "another" }] as Record<string, string>[])
      assert.equal((await predict(FLOWERS.setosa, headers)).status, 401);
  });

  it("lets pages of the origins call it that its config names, and no others", async () => {
    const preflight = (origin: string) =>
      platform().ask(HOST, {
        method: "OPTIONS",
        path: "/predict",
        headers: { origin, "access-control-request-method": "POST" },
      });
    const allowed = async (origin: string) =>
      (await preflight(origin)).headers["access-control-allow-origin"];
    assert.equal(await allowed("https://iris.example.com"), "https://iris.example.com");
    assert.notEqual(await allowed("https://elsewhere.example.com"), "https://elsewhere.example.com");
  });
});

describe("MLflow with real pods", () => {
  const platform = usePlatform();
  const HOST = "mlflow.local";

  async function asAdministrator(): Promise<Record<string, string>> {
    const name = text(at(await platform().outputs(), "tracking", "adminSecretName"));
    const { user = "", password = "" } = await platform().secret("mlops", name);
    return { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}` };
  }

  it("shows its pages and answers its API to those with credentials", async () => {
    const headers = await asAdministrator();
    const page = await platform().ask(HOST, { headers });
    assert.equal(page.status, 200);
    assert.match(page.text, /<title>MLflow/);
    const version = await platform().ask(HOST, {
      path: "/api/2.0/mlflow/registered-models/alias?name=iris&alias=champion",
      headers,
    });
    assert.equal(text(at(JSON.parse(version.text) as Plain, "model_version", "name")), "iris");
  });

  it("asks everybody else who they are", async () => {
    for (const where of ["/", "/api/2.0/mlflow/registered-models/search"])
      assert.equal((await platform().ask(HOST, { path: where })).status, 401);
  });
});

describe("the other ways in, with real pods", () => {
  const platform = usePlatform();

  it("lead to the console of the object store", async () => {
    const { status, text: page } = await platform().ask("minio-console.local");
    assert.equal(status, 200);
    assert.match(page, /<html/i);
  });

  it("lead to the AI workload, which predicts for clients with its key", async () => {
    const ask = (headers: Record<string, string>) =>
      platform().ask("ai-workload.local", { path: "/predict", ...json({ inputs: [1, 2, 3] }, headers) });
    const { API_KEY = "" } = await platform().secret("ai-workload", "ai-workload-key");
    const { status, text: answer } = await ask({ "x-api-key": API_KEY });
    assert.equal(status, 200, answer);
    assert.equal(typeof (JSON.parse(answer) as { class: unknown }).class, "number");
    assert.equal((await ask({})).status, 401);
  });

  it("lead through a port of the node to crime prediction's pages, which ask its model", async () => {
    const program = "fetch(process.argv[1]).then(async (r) => console.log(r.status, await r.text()))";
    const { code, stdout, stderr } = await platform().machine.enter([
      process.execPath,
      "-e",
      program,
      "http://10.250.0.1:30001/",
    ]);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^200 /);
    assert.match(stdout, /The backend predicts class \d/);
  });
});

describe("the model registry with real pods", () => {
  const platform = usePlatform();

  it("keeps a model for clients in its namespace, which keep its files in the bucket that they get", async function () {
    this.timeout(180_000);
    const { namespace, url, artifactsSecretName } = (await platform().outputs()).modelRegistry as Record<
      string,
      string
    >;
    const name = `model-${Date.now()}`;
    const printed = await runPod(platform(), {
      namespace: namespace ?? "rhoai-model-registries",
      name: "registry-client",
      labels: { "mlops-platform/client-of": "model-registry" },
      imageOf: "mlops/mlflow-server",
      command: [
        "python",
        "-c",
        readFileSync(path.join(__dirname, "support/registry_client.py"), "utf8"),
        "keep",
        name,
      ],
      env: { REGISTRY_URL: url ?? "" },
      secrets: [artifactsSecretName ?? ""],
    });
    assert.deepEqual(JSON.parse(printed), { model: name, versions: ["1"], content: name });
  });
});
