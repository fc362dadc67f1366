// Writers: they keep things in the stores without a pause, and know which of them were acknowledged. All of these have to be
// there in the end, as they were written.
import { createHash, randomBytes } from "node:crypto";
import { isPlainObject, objectsIn, text, type Plain } from "../../../tools/graph/values";
import type { Platform } from "../../live/support/platform";
import { Line, type Reply } from "../../live/support/traffic";
import { at } from "../../support/services";
import { NOTES, NOTES_HOST, TRACKED } from "./notes";

export interface Writer {
  readonly name: string;
  /** Where it writes to, for people. */
  readonly stores: string;
  readonly perSecond: number;
  /** Writes once. It returns what was wrong; what it wrote before that may be there or not. */
  write(): Promise<string | undefined>;
  /** Acknowledged so far. */
  readonly acknowledged: number;
  /** Reads everything back, and names what was acknowledged and is not there, or not as it was written. */
  lost(): Promise<string[]>;
  /** Reads its credential again, as an application does that is told of a new one. */
  renew(): Promise<void>;
  close(): void;
}

const checksum = (content: string | Buffer): string => createHash("sha256").update(content).digest("hex");

const accepted = (reply: Reply): Reply => {
  const { status, text: body } = reply;
  if (status === 200 || status === 201) return reply;
  // Without what differs each time, so that failures can be counted.
  throw new Error(`status ${status}: ${body.slice(0, 200).replace(/[0-9a-f-]{32,}/g, "...")}`);
};

const parsed = (reply: Reply): Plain => JSON.parse(accepted(reply).text) as Plain;

/** Notes of the application with two Secrets: an object in the bucket and a row in the schema, for each. */
export class NoteWriter implements Writer {
  readonly name = "notes";
  readonly stores = "a row in MySQL and an object in MinIO";
  readonly perSecond = 2;
  private readonly kept = new Map<string, string>();

  private constructor(private readonly line: Line) {}

  static open(platform: Platform): NoteWriter {
    return new NoteWriter(
      new Line({ protocol: "https:", port: platform.machine.ports().https }, NOTES_HOST, 4),
    );
  }

  get acknowledged(): number {
    return this.kept.size;
  }

  async write(): Promise<string | undefined> {
    const content = randomBytes(2 * 1024).toString("base64");
    const headers = { "content-type": "text/plain" };
    const reply = await this.line.ask("/notes", { method: "POST", headers, content: Buffer.from(content) });
    if (reply.status !== 201) return `status ${reply.status}: ${reply.text.slice(0, 100)}`;
    this.kept.set(text(at(parsed(reply), "id")), checksum(content));
    return undefined;
  }

  async lost(): Promise<string[]> {
    const notes = objectsIn(at(parsed(await this.line.ask("/notes", { patience: 180 })), "notes"));
    const there = new Map(notes.map((note) => [text(note.id), checksum(text(note.text))]));
    return [...this.kept].filter(([id, sum]) => there.get(id) !== sum).map(([id]) => `note ${id}`);
  }

  /** Its pods do. */
  renew(): Promise<void> {
    return Promise.resolve();
  }

  close(): void {
    this.line.close();
  }
}

interface Run {
  readonly metric: number;
  readonly file: string;
  readonly sum: string;
  version?: string;
}

/** Runs at MLflow: a row with a metric, a file in the bucket, and a version of a registered model. */
export class RunWriter implements Writer {
  readonly name = "runs";
  readonly stores = "runs, files and versions of a model, through MLflow";
  readonly perSecond = 1;
  private readonly kept = new Map<string, Run>();
  private authorization = "";
  private experiment = "";

  private constructor(
    private readonly platform: Platform,
    private readonly line: Line,
  ) {}

  static async open(platform: Platform): Promise<RunWriter> {
    const host = "mlflow.local";
    const writer = new RunWriter(platform, new Line(await platform.entrance(host), host, 2));
    await writer.renew();
    const found = await writer.api("GET", `experiments/get-by-name?experiment_name=${TRACKED}`);
    writer.experiment = text(at(found, "experiment", "experiment_id"));
    return writer;
  }

  async renew(): Promise<void> {
    const { MLFLOW_TRACKING_USERNAME: user = "", MLFLOW_TRACKING_PASSWORD: password = "" } =
      await this.platform.secret(NOTES, `${NOTES}-tracking-connection`);
    this.authorization = `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
  }

  get acknowledged(): number {
    return this.kept.size;
  }

  async write(): Promise<string | undefined> {
    const now = Date.now();
    const created = await this.api("POST", "runs/create", {
      experiment_id: this.experiment,
      start_time: now,
    });
    const id = text(at(created, "run", "info", "run_id"));
    const source = text(at(created, "run", "info", "artifact_uri"));
    const metric = Math.random();
    await this.api("POST", "runs/log-metric", { run_id: id, key: "score", value: metric, timestamp: now });
    const content = Buffer.from(randomBytes(12 * 1024).toString("base64"));
    const file = source.replace(/^mlflow-artifacts:/, "/api/2.0/mlflow-artifacts/artifacts") + "/model.bin";
    accepted(await this.line.ask(file, { method: "PUT", headers: this.headers, content }));
    const run: Run = { metric, file, sum: checksum(content) };
    // What follows may fail: this much was acknowledged.
    this.kept.set(id, run);
    const version = await this.api("POST", "model-versions/create", {
      name: TRACKED,
      source,
      run_id: id,
    });
    run.version = text(at(version, "model_version", "version"));
    return undefined;
  }

  async lost(): Promise<string[]> {
    const versions = await this.versions();
    const lost: string[] = [];
    for (const [id, run] of this.kept) {
      const found = await this.api("GET", `runs/get?run_id=${id}`).catch(() => undefined);
      const metrics = objectsIn(at(found, "run", "data", "metrics"));
      if (!metrics.some(({ key, value }) => key === "score" && value === run.metric)) lost.push(`run ${id}`);
      const file = await this.line.ask(run.file, { headers: this.headers });
      if (file.status !== 200 || checksum(file.text) !== run.sum) lost.push(`file of run ${id}`);
      if (run.version !== undefined && versions.get(run.version) !== id)
        lost.push(`version ${run.version} of the model`);
    }
    return lost;
  }

  close(): void {
    this.line.close();
  }

  /** By their run. */
  private async versions(): Promise<Map<string, string>> {
    const all = new Map<string, string>();
    const filter = encodeURIComponent(`name='${TRACKED}'`);
    let next = "";
    do {
      const page = next === "" ? "" : `&page_token=${encodeURIComponent(next)}`;
      const found = await this.api("GET", `model-versions/search?filter=${filter}&max_results=1000${page}`);
      for (const { version, run_id: run } of objectsIn(at(found, "model_versions")))
        all.set(text(version), text(run));
      next = text(at(found, "next_page_token"));
    } while (next !== "");
    return all;
  }

  private get headers(): Record<string, string> {
    return { authorization: this.authorization };
  }

  private async api(method: "GET" | "POST", path: string, body?: object): Promise<Plain> {
    const where = `/api/2.0/mlflow/${path}`;
    const reply =
      method === "POST"
        ? await this.line.post(where, body ?? {}, this.headers)
        : await this.line.ask(where, { headers: this.headers });
    return parsed(reply);
  }
}

/** Videos of the pipeline: each a row in the document database, with what a worker found in the video. */
export class VideoWriter implements Writer {
  readonly name = "videos";
  readonly stores = "a document in MongoDB, through main-app and a worker";
  readonly perSecond = 4;
  private readonly kept = new Map<string, string>();

  private constructor(private readonly line: Line) {}

  static async open(platform: Platform): Promise<VideoWriter> {
    const host = "api.vidp.local";
    return new VideoWriter(new Line(await platform.entrance(host), host, 4));
  }

  get acknowledged(): number {
    return this.kept.size;
  }

  async write(): Promise<string | undefined> {
    const video = randomBytes(32 * 1024);
    const form = new FormData();
    form.set("file", new Blob([video], { type: "video/mp4" }), "video.mp4");
    const sent = new Response(form);
    const reply = await this.line.ask("/api/videos?workers=downscale", {
      method: "POST",
      headers: { "content-type": sent.headers.get("content-type") ?? "" },
      content: Buffer.from(await sent.arrayBuffer()),
    });
    const record = parsed(reply);
    const [own, workers] = [at(record, "sha256"), at(record, "findings", "downscale", "sha256")];
    if (own !== checksum(video) || workers !== own) return "another checksum than that of the video";
    this.kept.set(text(at(record, "id")), own);
    return undefined;
  }

  async lost(): Promise<string[]> {
    const lost: string[] = [];
    for (const [id, sum] of this.kept) {
      const { status, text: body } = await this.line.ask(`/api/videos/${id}`);
      const record: Plain = status === 200 ? (JSON.parse(body) as Plain) : null;
      const isThere =
        isPlainObject(record) && record.sha256 === sum && at(record, "findings", "downscale") !== undefined;
      if (!isThere) lost.push(`video ${id}`);
    }
    return lost;
  }

  /** main-app has it. */
  renew(): Promise<void> {
    return Promise.resolve();
  }

  close(): void {
    this.line.close();
  }
}
