// The platform with real pods, as `make live` brings it up: one machine for all files of a run, gone after it. With MLOPS_LIVE_HOME
// it is the machine of that home, which is brought up if it does not run, and stays.
import * as assert from "node:assert/strict";
import * as path from "node:path";
import { isPlainObject, text, type Plain, type PlainObject } from "../../../tools/graph/values";
import { stackCapture, up } from "../../../tools/live/commands";
import { environmentOf } from "../../../tools/live/environment";
import { Home } from "../../../tools/live/home";
import { Machine, whyNot } from "../../../tools/live/machine";
import { capture, type Ended } from "../../../tools/stack/process";
import { root } from "../../../tools/stack/settings";
import type { Kubectl } from "../../../tools/stack/kubectl";
import type { LiveObject } from "../../../tools/stack/state";
import { cannotRun } from "../../support/tools";
import { at } from "../../support/services";
import { ask, type Answer, type Asked, type Entrance } from "../../support/uploads";
import { homeOfRun, removeMachine } from "./homes";

const BRINGING_UP_MINUTES = 20;

let underWay: Promise<Platform> | undefined;

/** Gives a file's tests the platform. Where there can be none, they are skipped with the reason; with CI=true they fail. */
export function usePlatform(): () => Platform {
  let platform: Platform | undefined;
  before(async function () {
    this.timeout(BRINGING_UP_MINUTES * 60_000);
    const reason = await whyNot();
    if (reason !== undefined) cannotRun(this, reason.split("\n")[0] ?? "");
    underWay ??= Platform.bringUp();
    platform = await underWay;
  });
  return () => {
    assert.ok(platform, "the platform is there once the tests run");
    return platform;
  };
}

// Of the whole run, since this is outside of any suite.
after(async function () {
  this.timeout(5 * 60_000);
  const platform = await underWay?.catch(() => undefined);
  platform?.putAway();
});

export class Platform {
  private constructor(
    readonly machine: Machine,
    readonly kubectl: Kubectl,
    private readonly stays: boolean,
  ) {}

  static async bringUp(): Promise<Platform> {
    const { MLOPS_LIVE_HOME: own = "" } = process.env;
    const home = new Home(own === "" ? homeOfRun() : own);
    assert.equal(await up(home, { asJson: true }), 0);
    const machine = new Machine(home);
    return new Platform(machine, await machine.kubectl(), own !== "");
  }

  putAway(): void {
    if (!this.stays) removeMachine(this.machine.home.folder);
  }

  /** Brings it up once more: what `make live` does on a machine that runs. */
  async upAgain(): Promise<void> {
    assert.equal(await up(this.machine.home, { asJson: true }), 0);
  }

  /** Standard output of a command of tools/stack on this stack, such as `outputs`. */
  async stack(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await stackCapture(this.machine, args);
    assert.equal(code, 0, `${args.join(" ")}: ${stdout}${stderr}`);
    return stdout;
  }

  /** `make verify`. */
  verify(): Promise<Ended> {
    return capture([path.join(root, "scripts/verify")], { env: environmentOf(this.machine) });
  }

  async outputs(): Promise<PlainObject> {
    const outputs = JSON.parse(await this.stack("outputs")) as Plain;
    assert.ok(isPlainObject(outputs));
    return outputs;
  }

  get(...args: string[]): Promise<LiveObject[]> {
    return this.kubectl.get(args);
  }

  /** What a Secret holds. It goes into requests, and nowhere else. */
  async secret(namespace: string, name: string): Promise<Readonly<Record<string, string>>> {
    const [secret] = await this.get("secrets", name, `--namespace=${namespace}`);
    assert.ok(secret && isPlainObject(secret.data), `Secret ${namespace}/${name} is there`);
    return Object.fromEntries(
      Object.entries(secret.data).map(([key, value]) => [key, Buffer.from(text(value), "base64").toString()]),
    );
  }

  /** The way in to a host, which has to show the certificate that the stack made for it. */
  async entrance(host: string): Promise<Entrance> {
    const ingresses = await this.get("ingresses", "--all-namespaces");
    const ingress = ingresses.find((each) => at(each, "spec", "rules", 0, "host") === host);
    assert.ok(ingress, `an Ingress leads to ${host}`);
    const secret = text(at(ingress, "spec", "tls", 0, "secretName"));
    const { "tls.crt": ca } = await this.secret(text(ingress.metadata.namespace), secret);
    return { protocol: "https:", port: this.machine.ports().https, ca };
  }

  async ask(host: string, asked?: Asked): Promise<Answer> {
    return ask(await this.entrance(host), host, asked);
  }

  /** How often the containers of each pod were started again, where that was ever. */
  async restarts(): Promise<Readonly<Record<string, number>>> {
    const pods = await this.get("pods", "--all-namespaces");
    const counts = pods.map(({ metadata, status }) => {
      const { initContainerStatuses, containerStatuses } = isPlainObject(status) ? status : {};
      const containers = [initContainerStatuses, containerStatuses].flatMap((list) =>
        Array.isArray(list) ? list : [],
      );
      const sum = containers.reduce<number>(
        (all, each) => all + Number(isPlainObject(each) ? each.restartCount : 0),
        0,
      );
      return [`${text(metadata.namespace)}/${metadata.name}`, sum] as const;
    });
    return Object.fromEntries(counts.filter(([, count]) => count > 0));
  }
}
