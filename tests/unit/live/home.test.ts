// The home of a live machine: what is made there, and that nothing is removed but that.
import * as assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { down } from "../../../tools/live/commands";
import { Home } from "../../../tools/live/home";
import { Machine, wrongPlace } from "../../../tools/live/machine";
import { UserError } from "../../../tools/stack/process";
import { root } from "../../../tools/stack/settings";
import { run } from "../../support/processes";

let folder: string;
let home: Home;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "live-"));
  home = Home.of({ LIVE_HOME: path.join(folder, "home") });
});

afterEach(() => rmSync(folder, { recursive: true }));

/** As after the first start of a machine. */
function start(): void {
  mkdirSync(home.machine, { recursive: true });
  writeFileSync(home.machineSettings, "{}");
}

const nothing = () => Promise.resolve();

describe("the home of a live machine", () => {
  beforeEach(() => {
    home.open();
    start();
    mkdirSync(home.state);
  });

  it("is this user's own unless another one is named", () => {
    assert.equal(Home.of({ XDG_STATE_HOME: "/states" }).folder, "/states/mlops-platform/live");
    assert.equal(Home.of({ XDG_STATE_HOME: "/states", LIVE_HOME: "/elsewhere" }).folder, "/elsewhere");
  });

  it("is gone when it is removed, after the machine in it", async () => {
    let wasThere = false;
    await home.remove(() => Promise.resolve(void (wasThere = existsSync(home.machine))));
    assert.equal(wasThere, true);
    assert.equal(existsSync(home.folder), false);
  });

  it("is gone also with what was left by somebody who was killed while writing", async () => {
    for (const file of [home.config, home.timings]) {
      writeFileSync(file, "");
      writeFileSync(`${file}.4711`, "");
    }
    await home.remove(nothing);
    assert.equal(existsSync(home.folder), false);
  });

  it("keeps what somebody else put there", async () => {
    for (const name of ["notes.txt", "stack.yaml.mine"]) writeFileSync(path.join(home.folder, name), "mine");
    await home.remove(nothing);
    assert.deepEqual(readdirSync(home.folder), ["notes.txt", "stack.yaml.mine"]);
  });

  it("remembers a removal that did not end, until one does", async () => {
    await assert.rejects(
      home.remove(() => Promise.reject(new Error("killed"))),
      /killed/,
    );
    assert.ok(existsSync(home.state) && home.isHalfRemoved);
    await home.remove(nothing);
    assert.equal(home.isHalfRemoved, false);
  });

  it("stays one until nothing else is left of it", async () => {
    mkdirSync(home.timings);
    await assert.rejects(home.remove(nothing));
    assert.deepEqual([home.exists, home.isHalfRemoved], [true, true]);
    rmSync(home.timings, { recursive: true });
    await home.remove(nothing);
    assert.equal(existsSync(home.folder), false);
  });

  it("has no use for the state of a machine that is not there", () => {
    rmSync(home.machine, { recursive: true });
    assert.equal(home.isHalfRemoved, true);
  });

  it("is opened again as it is", () => {
    writeFileSync(home.config, "kept: true");
    home.open();
    assert.ok(existsSync(home.config) && home.exists);
  });

  it("of an older version is one, too, and can be removed in two goes", async () => {
    for (const name of readdirSync(home.folder))
      if (name.startsWith(".")) rmSync(path.join(home.folder, name));
    assert.equal(home.exists, true);
    await assert.rejects(
      home.remove(() => {
        rmSync(home.machine, { recursive: true });
        return Promise.reject(new Error("killed"));
      }),
      /killed/,
    );
    assert.equal(home.isHalfRemoved, true);
    await home.remove(nothing);
    assert.equal(existsSync(home.folder), false);
  });

  it("remembers what was loaded", () => {
    assert.deepEqual(home.loaded, {});
    home.loaded = { "a:1": "a.tar" };
    assert.deepEqual(home.loaded, { "a:1": "a.tar" });
  });
});

describe("a folder that is no home of a live machine", () => {
  const OTHERS = ["machine", "state", "state/bash"];

  beforeEach(() => {
    for (const name of OTHERS) mkdirSync(path.join(home.folder, name), { recursive: true });
    writeFileSync(path.join(home.folder, "stack.yaml"), "theirs");
  });

  it("is not made one, unless it is empty", () => {
    assert.throws(() => home.open(), {
      name: "UserError",
      message: `${home.folder} holds files of something else (machine and 2 more): choose an empty or new folder with LIVE_HOME=DIR.`,
    });
    assert.deepEqual(readdirSync(home.folder), ["machine", "stack.yaml", "state"]);
    rmSync(home.folder, { recursive: true });
    mkdirSync(home.folder);
    home.open();
    assert.equal(home.exists, true);
  });

  it("has nothing that is ours, whatever the names in it are", () => {
    rmSync(home.machine, { recursive: true });
    writeFileSync(path.join(home.folder, "removing"), "");
    assert.deepEqual([home.exists, home.isHalfRemoved], [false, false]);
  });

  it("has no machine, which is said to whoever needs one", async () => {
    const sentence = `There is no live machine in ${home.folder}: \`make live\` makes it.`;
    assert.throws(() => home.mustHaveMachine(), new UserError(sentence));
    const bench = await run(
      process.execPath,
      ["--require", "ts-node/register", path.join(root, "tests/bench/live.ts")],
      { env: { ...process.env, LIVE_HOME: home.folder } },
    );
    assert.deepEqual([bench.code, bench.output], [1, `${sentence}\n`]);
  });

  // Elsewhere there is nothing to remove, and that is what is said.
  if (wrongPlace() === undefined)
    it("is left as it is by make live-down", async () => {
      assert.equal(await down(home), 0);
      assert.deepEqual(readdirSync(home.folder), ["machine", "stack.yaml", "state"]);
      assert.deepEqual(readdirSync(home.state), ["bash"]);
    });
});

describe("a live machine", () => {
  it("that was never started has nothing to reset", async () => {
    home.open();
    await new Machine(home).reset();
    assert.equal(home.exists, true);
  });

  if (wrongPlace() === undefined)
    for (const [when, make] of Object.entries<() => void>({
      "before it was started": () => undefined,
      "early in its first start": () => {
        mkdirSync(home.machine);
        writeFileSync(path.join(home.machine, "lock"), "");
      },
      "after its reset, by a removal that was killed": () => {
        mkdirSync(home.state);
        writeFileSync(path.join(home.folder, "removing"), "");
      },
    }))
      it(`is removed that was given up ${when}`, async () => {
        home.open();
        make();
        assert.equal(await down(home), 0);
        assert.equal(existsSync(home.folder), false);
      });
});
