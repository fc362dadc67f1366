// Where the state of a stack is, and the file that the engine gets.
import * as assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import * as path from "node:path";
import { parse } from "yaml";
import { chooseBackend, withEncryption } from "../../../tools/stack/backend";
import { isRightVersion } from "../../../tools/stack/engine";
import { readSettings, type Settings } from "../../../tools/stack/settings";
import { Storage } from "../../../tools/stack/storage";

let home: string;
let settings: Settings;

beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), "backend-"));
  settings = readSettings({ XDG_STATE_HOME: home });
});

afterEach(() => rmSync(home, { recursive: true, force: true }));

describe("the backend", () => {
  it("is a folder of the user with a generated passphrase that only the user can read", () => {
    const { environment } = chooseBackend(settings, {});
    const file = environment.PULUMI_CONFIG_PASSPHRASE_FILE ?? "";
    assert.match(environment.PULUMI_BACKEND_URL ?? "", /^file:\/\/.*\/mlops-platform\/backend\?/);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.ok(readFileSync(file, "utf8").length >= 40);
  });

  it("keeps its passphrase", () => {
    const read = () =>
      readFileSync(chooseBackend(settings, {}).environment.PULUMI_CONFIG_PASSPHRASE_FILE ?? "");
    assert.deepEqual(read(), read());
  });

  it("uses the user's passphrase when there is one", () => {
    const { environment } = chooseBackend(settings, { PULUMI_CONFIG_PASSPHRASE: "" });
    assert.equal(environment.PULUMI_CONFIG_PASSPHRASE_FILE, undefined);
  });

  it("is the one that PULUMI_BACKEND_URL names, whose passphrase is the user's affair", () => {
    const { environment, storage } = chooseBackend(settings, { PULUMI_BACKEND_URL: "s3://states" });
    assert.deepEqual(environment, { PULUMI_STACK: "dev", PULUMI_BACKEND_URL: "s3://states" });
    assert.equal(storage, undefined);
  });

  it("is looked into for locks wherever it is a folder of this machine", () => {
    const storage = (url: string) => chooseBackend(settings, { PULUMI_BACKEND_URL: url }).storage;
    assert.equal(storage("file:///srv/states?metadata=skip"), "/srv/states");
    assert.equal(storage("file://~"), homedir());
    assert.equal(storage("file://~/states?metadata=skip"), path.join(homedir(), "states"));
  });

  it("is Pulumi's own service with an access token", () => {
    const { environment } = chooseBackend(settings, { PULUMI_ACCESS_TOKEN: "token" });
    assert.deepEqual(environment, { PULUMI_STACK: "dev" });
  });

  it("keeps the private files of two backends apart", () => {
    const folder = (url: string) => chooseBackend(settings, { PULUMI_BACKEND_URL: url }).folder;
    assert.notEqual(folder("s3://one"), folder("s3://two"));
  });
});

describe("the private copy of a stack's file", () => {
  const state = { secrets_providers: { type: "passphrase", state: { salt: "v1:salt" } } };
  const file = "# A comment\nconfig:\n  mlops-platform:target: minikube\n";

  it("is the checkout's file with the salt of the state", () => {
    assert.deepEqual(parse(withEncryption(file, state)), { ...parse(file), encryptionsalt: "v1:salt" });
  });

  it("leaves a salt alone that the file has itself", () => {
    const own = `encryptionsalt: v1:own\n${file}`;
    assert.equal(withEncryption(own, state), own);
  });

  it("names the key of a cloud's key service", () => {
    const cloud = { secrets_providers: { type: "cloud", state: { url: "awskms://k", encryptedkey: "abc" } } };
    const { secretsprovider, encryptedkey } = parse(withEncryption(file, cloud)) as Record<string, unknown>;
    assert.deepEqual([secretsprovider, encryptedkey], ["awskms://k", "abc"]);
  });

  it("has nothing to add for a stack that is not there yet", () => {
    assert.deepEqual(parse(withEncryption(file, {})), parse(file));
  });
});

describe("a backend's folder after the engine was killed", () => {
  const write = (folder: string, files: Record<string, string>): string => {
    const full = path.join(home, ".pulumi", folder);
    mkdirSync(full, { recursive: true });
    for (const [name, content] of Object.entries(files)) writeFileSync(path.join(full, name), content);
    return full;
  };

  it("shows who held the stack, and forgives a lock that is only half written", () => {
    write("locks/organization/mlops-platform/dev", {
      "a.json": '{"pid":7,"username":"me","hostname":"here","timestamp":"now"}',
      "a.json.attrs": "{}",
      "b.json": '{"pid"',
    });
    assert.deepEqual(
      new Storage(home, "dev").locks().map(({ pid }) => pid),
      [7],
    );
  });

  it("is rid of what was half written, and of nothing else", () => {
    const folder = write("stacks/mlops-platform", {
      "dev.json": "{}",
      "dev.json.123.tmp": "{",
      "dev.json.attrs": "",
      "dev.json.bak.attrs": "{}",
      "prod.json.attrs": "",
    });
    new Storage(home, "dev").mend();
    assert.deepEqual(readdirSync(folder).sort(), ["dev.json", "dev.json.bak.attrs", "prod.json.attrs"]);
  });
});

describe("a Pulumi CLI on PATH", () => {
  for (const [version, right] of [
    ["v3.246.0", true],
    ["3.300.1", true],
    ["v3.245.9", false],
    ["v4.0.0", false],
    ["v3.246.1-alpha.1", true],
    ["", false],
  ] as const)
    it(`is ${right ? "used" : "not used"} when it is ${version || "of no version"} and 3.246.0 is needed`, () => {
      assert.equal(isRightVersion(version, "3.246.0"), right);
    });
});
