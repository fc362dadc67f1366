// The video pipeline with real pods: a large video goes through the ingress and main-app to a worker, byte for byte, and the pages reach
// main-app.
import * as assert from "node:assert/strict";
import { Readable } from "node:stream";
import { Body, MEBI } from "../support/uploads";
import { usePlatform } from "./support/platform";

const BOUNDARY = "a-boundary-that-is-in-no-video";

/** What a browser sends for a form with one file. */
class Form {
  private readonly head = Buffer.from(
    `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="video.mp4"\r\nContent-Type: video/mp4\r\n\r\n`,
  );
  private readonly tail = Buffer.from(`\r\n--${BOUNDARY}--\r\n`);
  readonly headers = { "content-type": `multipart/form-data; boundary=${BOUNDARY}` };

  constructor(private readonly video: Body) {}

  get size(): number {
    return this.head.length + this.video.size + this.tail.length;
  }

  stream(): Readable {
    return Readable.from(this.parts(), { objectMode: false });
  }

  private async *parts(): AsyncGenerator<Buffer> {
    yield this.head;
    yield* this.video.stream() as AsyncIterable<Buffer>;
    yield this.tail;
  }
}

interface Video {
  readonly id: string;
  readonly size: number;
  readonly sha256: string;
  readonly findings: Readonly<Record<string, { readonly size: number; readonly sha256: string }>>;
}

describe("the video pipeline with real pods", () => {
  const platform = usePlatform();

  it("takes a video of 500 MiB through the ingress and main-app to a worker, byte for byte", async function () {
    this.timeout(5 * 60_000);
    const video = new Body(500 * MEBI);
    const form = new Form(video);
    const { status, text } = await platform().ask("api.vidp.local", {
      method: "POST",
      path: "/api/videos?workers=downscale",
      headers: form.headers,
      body: form,
    });
    assert.ok([200, 201].includes(status), `${status}: ${text}`);
    const { findings, ...taken } = JSON.parse(text) as Video;
    assert.deepEqual([taken.size, taken.sha256], [video.size, video.checksum]);
    const { downscale } = findings;
    assert.deepEqual([downscale?.size, downscale?.sha256], [video.size, video.checksum]);
  });

  it("has every worker look at a video, and keeps what they find in the database", async () => {
    const video = new Body(MEBI);
    const form = new Form(video);
    const { text } = await platform().ask("api.vidp.local", {
      method: "POST",
      path: "/api/videos",
      headers: form.headers,
      body: form,
    });
    const { id, findings } = JSON.parse(text) as Video;
    const all = Object.entries(findings).map(([worker, { sha256 }]) => [worker, sha256]);
    assert.deepEqual(
      all.sort(),
      ["animal-detect", "downscale", "langscale", "subtitle"].map((worker) => [worker, video.checksum]),
    );
    const kept = await platform().ask("api.vidp.local", { path: `/api/videos/${id}` });
    assert.deepEqual((JSON.parse(kept.text) as Video).findings, findings);
  });

  it("shows its pages, which reach main-app inside the cluster", async () => {
    const page = await platform().ask("vidp.local");
    assert.equal(page.status, 200);
    const passedOn = await platform().ask("vidp.local", { path: "/api/videos/none-of-this-name" });
    assert.equal(passedOn.status, 404);
    const own = await platform().ask("api.vidp.local", { path: "/api/videos/none-of-this-name" });
    assert.equal(passedOn.text, own.text);
  });
});
