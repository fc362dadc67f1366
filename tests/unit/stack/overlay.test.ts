// A configuration that is merged over the stack's own, for one cluster.
import * as assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { parse } from "yaml";
import { mergeRaw, readStackFile } from "../../../stacks/config";
import { anyCommand } from "../../../tools/stack/commands";
import { withOverlay } from "../../../tools/stack/overlay";
import { readSettings, readVariables } from "../../../tools/stack/settings";

const own = `encryptionsalt: v1:salt
config:
  mlops-platform:target: minikube
  mlops-platform:minio: &small
    storage: { size: 5Gi } # a laptop
    consoleHost: console.local
  mlops-platform:mysql: *small
  mlops-platform:images:
    pullCredentials:
      secure: v1:own
`;

const merged = (over: string) => parse(withOverlay(own, over)) as { config: Record<string, unknown> };

describe("a configuration merged over a stack's file", () => {
  it("merges maps, replaces everything else, and takes away what is null", () => {
    const over = `config:
  mlops-platform:minio:
    storage: { size: 1Gi }
    consoleHost: null
  mlops-platform:consumers:
    team: { namespace: team }
`;
    const { config } = merged(over);
    assert.deepEqual(config["mlops-platform:minio"], { storage: { size: "1Gi" } });
    assert.deepEqual(config["mlops-platform:consumers"], { team: { namespace: "team" } });
    assert.deepEqual(
      readStackFile(withOverlay(own, over)).values,
      mergeRaw(readStackFile(own), readStackFile(over)).values,
    );
  });

  it("leaves everything else as it is, encrypted values and their salt included", () => {
    const { encryptionsalt, config } = parse(withOverlay(own, "config: {}\n")) as ReturnType<
      typeof merged
    > & {
      encryptionsalt: string;
    };
    assert.equal(encryptionsalt, "v1:salt");
    assert.deepEqual(config, (parse(own) as { config: unknown }).config);
  });

  it("replaces an encrypted value as a whole", () => {
    const images = (pullCredentials: object) =>
      merged(JSON.stringify({ config: { "mlops-platform:images": { pullCredentials } } })).config[
        "mlops-platform:images"
      ];
    assert.deepEqual(images({ secure: "v1:other" }), { pullCredentials: { secure: "v1:other" } });
    assert.deepEqual(images({ auths: {} }), { pullCredentials: { auths: {} } });
  });

  it("changes one place of several that say the same by reference", () => {
    const { config } = merged("config:\n  mlops-platform:mysql:\n    storage:\n      size: 9Gi\n");
    assert.deepEqual(config["mlops-platform:mysql"], {
      storage: { size: "9Gi" },
      consoleHost: "console.local",
    });
    assert.deepEqual(config["mlops-platform:minio"], {
      storage: { size: "5Gi" },
      consoleHost: "console.local",
    });
  });

  it("begins a configuration where there is none yet", () => {
    const text = withOverlay("", "config:\n  mlops-platform:target: minikube\n");
    assert.deepEqual(readStackFile(text).values, { target: "minikube" });
  });
});

describe("CONFIG", () => {
  let folder: string;
  const file = (content: string) => {
    const name = path.join(folder, "other.yaml");
    writeFileSync(name, content);
    return name;
  };
  const environment = (variables: Record<string, string>) => ({ XDG_STATE_HOME: folder, ...variables });

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "config-"));
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  it("is part of the settings, and of what the engine is given", () => {
    const CONFIG = file("config:\n  mlops-platform:iris:\n    rateLimit: 7\n");
    const { config, text, overlay } = readSettings(environment({ CONFIG, CONTEXT: "minikube" }));
    assert.equal(config.iris.rateLimit, 7);
    assert.equal(config.iris.host, "iris-api.example.com");
    assert.match(text, /rateLimit: 7/);
    assert.equal(overlay, CONFIG);
  });

  it("decides before what the embedded control plane adds", () => {
    const CONFIG = file("config:\n  mlops-platform:crimePrediction:\n    enabled: false\n");
    const { config } = readSettings(environment({ CONFIG }));
    assert.equal(config.crimePrediction.enabled, false);
    assert.equal(config.monitoring.enabled, true);
  });

  it("is refused by its name when there is no such file", () => {
    const CONFIG = path.join(folder, "missing.yaml");
    assert.throws(
      () => readVariables(environment({ CONFIG })),
      /CONFIG=.*missing\.yaml: there is no such file/,
    );
    assert.throws(() => readVariables(environment({ CONFIG: folder })), /there is no such file/);
  });

  it("is refused by its name when it is not in the format of a stack's file", () => {
    for (const [content, reason] of [
      ["config:\n  iris: {}\n", /CONFIG=.*other\.yaml cannot be read: the key "iris" must be written/],
      ["a: [", /CONFIG=.*other\.yaml cannot be read/],
      ["config:\n  kubernetes:context: kind\n", /CONFIG=.*other\.yaml sets kubernetes:context/],
    ] as const)
      assert.throws(() => readVariables(environment({ CONFIG: file(content) })), reason);
  });

  it("is not what `config set` writes into, and says so", async () => {
    const CONFIG = file("config: {}\n");
    await assert.rejects(
      anyCommand(readVariables(environment({ CONFIG })), ["config", "set", "protectData", "true"]),
      /works on .*Pulumi\.dev\.yaml alone: edit .*other\.yaml yourself, or leave CONFIG out/,
    );
  });
});
