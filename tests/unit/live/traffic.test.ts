// When traffic counts as answered again after something happened: not by what was answered before, and not while somebody still
// waits. The attempts are ended by hand.
import * as assert from "node:assert/strict";
import { eventually } from "../../support/processes";
import { Traffic } from "../../live/support/traffic";

const CLIENTS = 2;

describe("traffic", () => {
  let under: ((failure?: string) => void)[];
  let traffic: Traffic;
  let beginning: number;

  beforeEach(() => {
    under = [];
    beginning = performance.now();
    const attempt = () => new Promise<string | undefined>((resolve) => under.push(resolve));
    traffic = Traffic.of(attempt, { clients: CLIENTS, perSecond: 1000 });
  });
  afterEach(async () => {
    const stopped = traffic.stop();
    for (const end of under) end();
    await stopped;
  });

  /** Ends the next attempt that waits, and returns once its client has begun another one. */
  async function answer(failure?: string): Promise<void> {
    await eventually("somebody waits", () => under.length > 0);
    const others = under.length - 1;
    under.shift()?.(failure);
    await eventually("it asks again", () => under.length > others);
  }

  /** Lets each client have so many right answers. */
  async function answerAll(times: number): Promise<void> {
    await eventually("every client waits", () => under.length === CLIENTS);
    for (let count = 0; count < times * CLIENTS; count++) await answer();
  }

  it("has succeeded since a moment when each client has had so many right answers to what it asked since", async () => {
    await answerAll(2);
    assert.equal(traffic.hasSucceededSince(beginning, 3), false);
    await answerAll(1);
    assert.equal(traffic.hasSucceededSince(beginning, 3), true);
  });

  it("has not when the answers are from before", async () => {
    await answerAll(3);
    const moment = performance.now();
    assert.equal(traffic.hasSucceededSince(moment, 3), false);
    // These were asked before it, too.
    await answerAll(1);
    await answerAll(2);
    assert.equal(traffic.hasSucceededSince(moment, 3), false);
    await answerAll(1);
    assert.equal(traffic.hasSucceededSince(moment, 3), true);
  });

  it("has not while one client still waits for what it asked before", async () => {
    await eventually("every client waits", () => under.length === CLIENTS);
    const hanging = under.shift();
    const moment = performance.now();
    for (let count = 0; count < 6; count++) await answer();
    assert.equal(traffic.rightInARow, 6);
    assert.equal(traffic.hasSucceededSince(moment, 3), false);
    hanging?.("no answer");
    await answerAll(4);
    assert.equal(traffic.hasSucceededSince(moment, 3), true);
    assert.deepEqual(traffic.since(moment).failures, { "no answer": 1 });
  });

  it("has not when the last answer was wrong", async () => {
    await answerAll(3);
    await answer("status 503");
    assert.equal(traffic.hasSucceededSince(beginning, 3), false);
    await answerAll(3);
    assert.equal(traffic.hasSucceededSince(beginning, 3), true);
  });
});
