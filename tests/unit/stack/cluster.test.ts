// The private copy of one context of the user's kubeconfig.
import * as assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { isOwnMake, openCluster } from "../../../tools/stack/cluster";
import { readSettings } from "../../../tools/stack/settings";

/** Says what a kubectl would say: the kubeconfig of its context, or that there is no such context. */
const KUBECTL = `#!/bin/sh
case "$*" in
  *--context=minikube*view*) echo "clusters: []" ;;
  *--context=mlops-live*view*) cat "$(dirname "$0")/kubeconfig.json" ;;
  *"get pods") echo "$0 $*" ;;
  *get-contexts*) echo minikube ;;
  *) echo "error: no context exists" >&2; exit 1 ;;
esac
`;

/** No process has a number that high. */
const NOBODY = 2 ** 30;

describe("a context of the user's kubeconfig", () => {
  const { PATH } = process.env;
  let home: string;
  const settings = (context: string) => readSettings({ XDG_STATE_HOME: home, CONTEXT: context });

  beforeEach(() => {
    home = mkdtempSync(path.join(tmpdir(), "cluster-"));
    writeFileSync(path.join(home, "kubectl"), KUBECTL, { mode: 0o755 });
    process.env.PATH = `${home}${path.delimiter}${PATH}`;
  });

  afterEach(() => {
    process.env.PATH = PATH;
    rmSync(home, { recursive: true, force: true });
  });

  it("is copied to where only the user can read it, and removed after use", async () => {
    const cluster = await openCluster(settings("minikube"));
    assert.equal(readFileSync(cluster.kubeconfig, "utf8"), "clusters: []\n");
    assert.equal(statSync(cluster.kubeconfig).mode & 0o777, 0o600);
    cluster.close();
    assert.equal(existsSync(cluster.kubeconfig), false);
  });

  it("is not taken away from another command that is still at work", async () => {
    const cluster = await openCluster(settings("minikube"));
    const other = cluster.kubeconfig.replace(/\d+$/, String(process.ppid));
    writeFileSync(other, "");
    (await openCluster(settings("minikube"))).close();
    assert.ok(existsSync(other));
  });

  it("does not stay behind when a command was killed: the next one removes the copy", async () => {
    const cluster = await openCluster(settings("minikube"));
    const left = cluster.kubeconfig.replace(/\d+$/, String(NOBODY));
    writeFileSync(left, "");
    await openCluster(settings("minikube"));
    assert.equal(existsSync(left), false);
  });

  it("is asked with what the user's own kubectl remembers of it", async () => {
    const { kubectl } = await openCluster(settings("minikube"));
    assert.doesNotMatch(await kubectl.text(["get", "pods"]), /cache/);
  });

  it("of a cluster of this project's own make leaves nothing in the user's memory of clusters", async () => {
    const authority = readFileSync(path.resolve(__dirname, "../fixtures/embedded-ca.pem")).toString("base64");
    const cluster = { server: "https://127.0.0.1:41234", "certificate-authority-data": authority };
    writeFileSync(path.join(home, "kubeconfig.json"), JSON.stringify({ clusters: [{ cluster }] }));
    const { kubectl } = await openCluster(settings("mlops-live"));
    const { folder } = settings("mlops-live");
    assert.match(
      await kubectl.text(["get", "pods"]),
      new RegExp(` --cache-dir=${folder}/kubectl .*get pods$`, "m"),
    );
  });

  it("that does not exist is refused with those that do", async () => {
    await assert.rejects(
      openCluster(settings("production")),
      /no context exists\nYour kubeconfig has: minikube\./,
    );
  });
});

describe("a cluster of this project's own make, where stand-ins of plugins may work", () => {
  const fixture = (name: string) =>
    readFileSync(path.resolve(__dirname, "../fixtures", name)).toString("base64");
  const kubeconfig = (server: string, authority: string) =>
    JSON.stringify({ clusters: [{ cluster: { server, "certificate-authority-data": authority } }] });
  const server = "https://127.0.0.1:41234";

  it("is known by its authority, on this machine", () => {
    assert.equal(isOwnMake(kubeconfig(server, fixture("embedded-ca.pem"))), true);
  });

  it("is no other one, however near it is", () => {
    for (const other of [
      kubeconfig(server, fixture("ca.pem")),
      kubeconfig(server, "bm90IGEgY2VydGlmaWNhdGU="),
      kubeconfig("https://10.0.0.1:6443", fixture("embedded-ca.pem")),
      "clusters: []\n",
      "",
    ])
      assert.equal(isOwnMake(other), false, other);
  });
});
