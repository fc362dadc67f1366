// The comparison of what packets do with what the map says, on outcomes as the prober prints them: the live test can fail, and says who
// reaches whom.
import * as assert from "node:assert/strict";
import { readNetwork, type Pod } from "../../../tools/network/network";
import {
  attempts,
  differences,
  listening,
  portGoals,
  serviceGoals,
  templateOf,
  type Outcome,
  type Runner,
} from "../../live/support/survey";

const pod = (namespace: string, app: string): Pod => ({
  kind: "pod",
  name: `${namespace}/deployment/${app}`,
  namespace,
  labels: { app },
  ports: [],
});
const [web, db] = [pod("shop", "web"), pod("shop", "db")];
const runner = (name: string, address: string, of: Pod): Runner => ({ name, address, pod: of });

/** A shop that lets its pods `web` reach its pod `db` on 3306, and nobody anything else. */
const network = readNetwork(
  [
    { kind: "Namespace", metadata: { name: "shop" } },
    policy("deny", { podSelector: {}, policyTypes: ["Ingress", "Egress"] }),
    policy("out", {
      podSelector: { matchLabels: { app: "web" } },
      policyTypes: ["Egress"],
      egress: [{ to: [{ podSelector: { matchLabels: { app: "db" } } }], ports: [{ port: 3306 }] }],
    }),
    policy("in", {
      podSelector: { matchLabels: { app: "db" } },
      ingress: [{ from: [{ podSelector: { matchLabels: { app: "web" } } }], ports: [{ port: 3306 }] }],
    }),
  ],
  [web, db],
);

function policy(name: string, spec: object) {
  return { kind: "NetworkPolicy", metadata: { name, namespace: "shop" }, spec: { ...spec } };
}

const web1 = runner("shop/web-1", "10.244.0.2", web);
const web2 = runner("shop/web-2", "10.244.0.3", web);
const db0 = runner("shop/db-0", "10.244.0.4", db);
const runners = [web1, web2, db0];
const goals = [
  ...portGoals(runners, [{ port: 3306, protocol: "TCP" }]),
  ...serviceGoals([
    {
      name: "shop/db",
      address: "10.96.0.2",
      ports: [{ port: 33, protocol: "TCP", behind: [{ peer: db0, port: 3306 }] }],
    },
    {
      name: "shop/web",
      address: "10.96.0.3",
      ports: [{ port: 80, protocol: "TCP", behind: [web1, web2].map((peer) => ({ peer, port: 8080 })) }],
    },
    { name: "shop/nobody", address: "10.96.0.4", ports: [{ port: 80, protocol: "TCP", behind: [] }] },
  ]),
];
const all = attempts(network, runners, goals);

/** What a machine answers on which the policies are in force, but for what is said otherwise. */
function outcomes(otherwise: Readonly<Record<string, Outcome>> = {}) {
  return differences(all, ({ from, to, permitted }) => {
    const said = otherwise[`${from.name} -> ${to.host}:${to.port}`];
    if (said !== undefined) return said;
    if (!permitted) return "silent";
    return to.behind.some(({ peer }) => peer === db0) ? "connected" : "refused";
  });
}

describe("the survey of the live platform", () => {
  it("finds nothing where packets do what the map says", () => {
    assert.deepEqual(outcomes(), { extra: [], missing: [] });
  });

  it("tries everybody from everybody, and from a pod to itself", () => {
    const tried = all.filter(({ to }) => to.port === 3306).map(({ from, to }) => [from.name, to.host]);
    assert.deepEqual(
      tried,
      runners.flatMap((from) => runners.map((to) => [from.name, to.address])),
    );
    assert.deepEqual(
      all.filter(({ permitted }) => permitted).map(({ from, to }) => `${from.name} -> ${to.host}:${to.port}`),
      [
        "shop/web-1 -> 10.244.0.2:3306",
        "shop/web-1 -> 10.244.0.4:3306",
        "shop/web-1 -> 10.96.0.2:33",
        "shop/web-2 -> 10.244.0.3:3306",
        "shop/web-2 -> 10.244.0.4:3306",
        "shop/web-2 -> 10.96.0.2:33",
        "shop/db-0 -> 10.244.0.4:3306",
        "shop/db-0 -> 10.96.0.2:33",
      ],
    );
  });

  it("does not try what is left to chance: a Service that may choose the pod that asks", () => {
    const asked = all.filter(({ to }) => to.host === "10.96.0.3").map(({ from }) => from.name);
    assert.deepEqual(asked, ["shop/db-0"]);
  });

  it("names who gets where nobody wired anything, whether somebody listens there or not", () => {
    const found = outcomes({
      "shop/db-0 -> 10.244.0.2:3306": "refused",
      "shop/web-1 -> 10.244.0.3:3306": "connected",
    });
    assert.deepEqual(found, {
      extra: [
        "shop/db-0 reaches shop/web-1 on 3306/TCP (refused), and nothing was wired",
        "shop/web-1 reaches shop/web-2 on 3306/TCP (connected), and nothing was wired",
      ],
      missing: [],
    });
  });

  it("names who does not get where it was wired to, by either way there", () => {
    const found = outcomes({
      "shop/web-1 -> 10.244.0.4:3306": "silent",
      "shop/web-1 -> 10.96.0.2:33": "unreachable",
    });
    assert.deepEqual(found, {
      extra: [],
      missing: [
        "shop/web-1 does not reach Service shop/db on 33/TCP (unreachable), and was wired to it",
        "shop/web-1 does not reach shop/db-0 on 3306/TCP (silent), and was wired to it",
      ],
    });
  });

  it("knows a pod by the template whose labels it wears, the one with the most", () => {
    const canary: Pod = { ...web, name: "shop/deployment/canary", labels: { app: "web", track: "canary" } };
    const setup: Pod = {
      ...web,
      name: "shop/job/setup-1a2b",
      labels: { app: "setup", "job-name": "setup-1a2b" },
    };
    const templates = [web, canary, setup, pod("back", "web")];
    const known = (namespace: string, labels: Record<string, string>) =>
      templateOf(templates, { namespace, labels })?.name;
    assert.equal(known("shop", { app: "web", "pod-template-hash": "5d" }), web.name);
    assert.equal(known("shop", { app: "web", track: "canary" }), canary.name);
    assert.equal(known("shop", { app: "setup", "job-name": "setup-3c4d" }), setup.name);
    assert.equal(known("shop", {}), undefined);
    assert.equal(known("elsewhere", { app: "web" }), undefined);
  });

  it("reads who listens, from the tables of the kernel, and leaves out what is for the pod itself", () => {
    const head =
      "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode";
    const TCP = [
      head,
      "   0: 00000000:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000 10001        0 1 1 0 100 0 0 10 0",
      "   1: 0100007F:0277 00000000:0000 0A 00000000:00000000 00:00000000 00000000 10001        0 2 1 0 100 0 0 10 0",
      "   2: 0400F40A:1F90 0100F40A:96AE 06 00000000:00000000 03:00000E08 00000000     0        0 0 3 0",
      head,
      "   0: 00000000000000000000000000000000:0CEA 00000000000000000000000000000000:0000 0A 0 0 0 10001 0 3 1 0",
      "   1: 00000000000000000000000001000000:1F91 00000000000000000000000000000000:0000 0A 0 0 0 10001 0 4 1 0",
    ].join("\n");
    const UDP = `${head}\n   0: 00000000:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000 10001 0 5 2 0 0\n`;
    assert.deepEqual(listening({ TCP, UDP }), [
      { port: 3306, protocol: "TCP" },
      { port: 8080, protocol: "TCP" },
      { port: 53, protocol: "UDP" },
    ]);
  });
});
