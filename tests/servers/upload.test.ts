// Videos of 500 MiB through real ingress controllers, configured by nothing but what an exposure makes: Traefik reads it
// from a real API server, and nginx gets what ingress-nginx would make of it.
import * as assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { uploadExposure } from "../../components/video-pipeline";
import { traefikDefinitions } from "../../tools/live/addons";
import { eventually } from "../support/processes";
import { toolsOrSkip } from "../support/tools";
import { ControlPlane, controlPlanePrograms } from "./support/control-plane";
import { bytesIn, Controller, exposed, serviceOf } from "./support/ingress";
import { type Answer, ask, askHttp2, Body, formAround, growth, MEBI, Receiver } from "../support/uploads";

/** As the video pipeline asks, and with a Middleware or two where there are some. */
const UPLOADS = { host: "videos.example.com", ...uploadExposure({ size: "500Mi", timeout: 9000 }) };
const PAGES = "https://app.example.com";
const STRICT = { cors: [PAGES], rateLimit: 100 };

/** A host that asks for nothing. */
const PLAIN = { host: "plain.example.com" };

const VIDEO = 500 * MEBI;

/** What stands for the controllers' 60 s here, and what takes longer. */
const IMPATIENCE_SECONDS = 1;
const LATE_SECONDS = 2.5;
const LATE = `/?after=${LATE_SECONDS}`;
const slow = (): Body => new Body(2 * MEBI, (sent) => (sent > 0 ? delay(1000 * LATE_SECONDS) : undefined));

/** How much more memory than before an ingress controller may take for one upload: far less than the body. */
const MEMORY = 32 * MEBI;

/** What may be under way between client and service: buffers of sockets and of the controller. */
const UNDER_WAY = 64 * MEBI;

describe("uploads, for real", function () {
  this.timeout(120_000);
  let receiver: Receiver;
  /** Bytes of a form with the largest video. */
  let size: number;

  before(async () => {
    receiver = await Receiver.start();
    size = VIDEO + (await formAround("v".repeat(250)));
  });

  after(async () => {
    await (receiver as Receiver | undefined)?.stop();
  });

  /** Sends the body of an upload, and sees to it that it arrives as it was sent, and while it is sent. */
  async function upload(
    controller: Controller,
    send: (body: Body) => Promise<Answer>,
    underWay: () => void = () => undefined,
  ): Promise<void> {
    const before = receiver.received;
    const body = new Body(size, async (sent) => {
      await eventually(`the service has what was sent, after ${sent} bytes`, () => {
        return receiver.received - before >= sent - UNDER_WAY;
      });
      underWay();
    });
    const memory = await growth(controller.pid, async () => {
      const { status, text } = await send(body);
      assert.equal(status, 200);
      assert.equal(receiver.received - before, size);
      assert.equal(text, body.checksum);
    });
    assert.ok(memory < MEMORY, `the ingress controller took ${Math.round(memory / MEBI)} MiB`);
  }

  async function refused(controller: Controller): Promise<void> {
    const before = receiver.requests;
    const { status } = await ask(controller, "other.example.com", { body: new Body(1000) });
    assert.deepEqual([status, receiver.requests], [404, before]);
  }

  describe("through Traefik", () => {
    let plane: ControlPlane;
    let patient: Controller, impatient: Controller;

    before(async function () {
      const [traefik, kubectl] = await toolsOrSkip(this, "traefik", "kubectl", ...controlPlanePrograms);
      plane = await ControlPlane.start(kubectl!);
      const context = { class: "traefik", readTimeout: 9000 } as const;
      await plane.apply(await traefikDefinitions());
      await plane.apply([
        ...serviceOf(receiver),
        ...(await exposed(context, { ...UPLOADS, ...STRICT })),
        ...(await exposed(context, PLAIN)),
      ]);
      const hosts = [UPLOADS.host, PLAIN.host];
      [patient, impatient] = await Promise.all([
        Controller.traefik(traefik!, plane, { hosts, readTimeout: 9000 }),
        Controller.traefik(traefik!, plane, { hosts, readTimeout: IMPATIENCE_SECONDS }),
      ]);
    });

    after(async () => {
      for (const each of [patient, impatient] as (Controller | undefined)[]) await each?.stop();
      (plane as ControlPlane | undefined)?.stop();
    });

    it("arrive whole over HTTP/1.1, in little memory", async () => {
      await upload(patient, (body) => ask(patient, UPLOADS.host, { body }));
    });

    it("arrive whole over HTTP/2, in little memory", async () => {
      await upload(patient, (body) => askHttp2(patient, UPLOADS.host, body));
    });

    it("are cut off when they take longer than its entry point allows, for which no Ingress can make up", async () => {
      const before = receiver.whole;
      // Traefik answers with 499, 502 or 504, or the connection ends: that depends on which side it notices first.
      const cut = await ask(impatient, UPLOADS.host, { body: slow() }).catch(() => undefined);
      assert.notEqual(cut?.status, 200);
      assert.equal(receiver.whole, before);

      assert.equal((await ask(patient, UPLOADS.host, { body: slow() })).status, 200);
      assert.equal(receiver.whole, before + 1);
    });

    it("get an answer that takes longer than that", async () => {
      const body = new Body(1000);
      const { status, text } = await ask(impatient, UPLOADS.host, { body, path: LATE });
      assert.deepEqual([status, text], [200, body.checksum]);
    });

    it("may come from the pages of the origins that were given, and no others", async () => {
      const allowed = async (origin: string) => {
        const headers = { origin, "access-control-request-method": "POST" };
        const answer = await ask(patient, UPLOADS.host, { method: "OPTIONS", headers });
        return answer.headers["access-control-allow-origin"];
      };
      assert.deepEqual([await allowed(PAGES), await allowed("https://evil.example.com")], [PAGES, undefined]);
    });

    it("reach nobody under a host that nobody exposed", () => refused(patient));
  });

  describe("through nginx", () => {
    let controller: Awaited<ReturnType<typeof Controller.nginx>>;

    before(async function () {
      const [nginx] = await toolsOrSkip(this, "nginx");
      controller = await Controller.nginx(nginx!, receiver, IMPATIENCE_SECONDS, [
        ...(await exposed({ class: "nginx" }, UPLOADS)),
        ...(await exposed({ class: "nginx" }, PLAIN)),
      ]);
    });

    after(async () => {
      await (controller as Controller | undefined)?.stop();
    });

    it("arrive whole, in little memory and none of the disk", async () => {
      await upload(
        controller,
        (body) => ask(controller, UPLOADS.host, { body }),
        () => assert.equal(bytesIn(controller.bodies), 0),
      );
    });

    it("arrive whole over HTTP/2, in little memory and none of the disk", async () => {
      await upload(
        controller,
        (body) => askHttp2(controller.http2, UPLOADS.host, body),
        () => assert.equal(bytesIn(controller.bodies), 0),
      );
    });

    it("are refused when they are larger than was asked for, before they are sent", async () => {
      const statuses = [
        [UPLOADS.host, VIDEO + MEBI + 1],
        [PLAIN.host, MEBI],
        [PLAIN.host, MEBI + 1],
      ] as const;
      assert.deepEqual(
        await Promise.all(
          statuses.map(
            async ([host, size]) => (await ask(controller, host, { body: new Body(size) })).status,
          ),
        ),
        [413, 200, 413],
      );
    });

    it("get an answer that takes longer than those get that ask for nothing", async () => {
      const statuses = [UPLOADS.host, PLAIN.host].map(
        async (host) => (await ask(controller, host, { body: new Body(1000), path: LATE })).status,
      );
      assert.deepEqual(await Promise.all(statuses), [200, 504]);
    });

    it("reach nobody under a host that nobody exposed", () => refused(controller));
  });
});
