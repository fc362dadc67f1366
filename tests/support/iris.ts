// The programs of examples/iris on this machine, as pods run them: they see the variables that they are given, and may
// write to one folder.
import type { ChildProcess } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { eventually, freePort, type Result, run, scratch, start, stop } from "./processes";

const programs = path.resolve(__dirname, "../../examples/iris");

export const API_KEYS = ["the-newest-key", "the-key-before"];

/** One flower of each species, by what serve.py is to answer. */
export const FLOWERS = {
  setosa: { sepal_length: 5.1, sepal_width: 3.5, petal_length: 1.4, petal_width: 0.2 },
  versicolor: { sepal_length: 6.0, sepal_width: 2.7, petal_length: 4.2, petal_width: 1.3 },
  virginica: { sepal_length: 6.5, sepal_width: 3.0, petal_length: 5.8, petal_width: 2.2 },
} as const;

export interface Prediction {
  readonly species: string;
  readonly version: string;
}

type Environment = Readonly<Record<string, string>>;

/** Runs train.py to its end. */
export function train(python: string, environment: Environment): Promise<Result> {
  return run(python, ["-B", path.join(programs, "train.py")], { env: surroundings(environment) });
}

/** serve.py, under way. */
export class IrisService {
  /** Returns at once: `ready` waits. */
  static async start(python: string, environment: Environment): Promise<IrisService> {
    const [port, log] = [await freePort(), path.join(scratch("iris-log"), "log")];
    const output = fs.openSync(log, "a");
    const server = start(python, ["-B", path.join(programs, "serve.py")], {
      env: surroundings({ API_KEYS: API_KEYS.join(), PORT: String(port), ...environment }),
      stdio: ["ignore", output, output],
    });
    fs.closeSync(output);
    return new IrisService(server, `http://127.0.0.1:${port}`, log);
  }

  private constructor(
    private readonly server: ChildProcess,
    readonly url: string,
    private readonly log: string,
  ) {}

  ready(): Promise<void> {
    return eventually("the model is loaded", () => this.answers("/ready"), 180);
  }

  answers(pathname: string): Promise<boolean> {
    return fetch(`${this.url}${pathname}`).then(
      ({ ok }) => ok,
      () => false,
    );
  }

  predict(flower: unknown, key?: string): Promise<Response> {
    return fetch(`${this.url}/predict`, {
      method: "POST",
      headers: { "Content-Type": "application/json", ...(key === undefined ? {} : { "X-API-Key": key }) },
      body: JSON.stringify(flower),
    });
  }

  async prediction(flower: unknown, key = API_KEYS[0]): Promise<Prediction> {
    const response = await this.predict(flower, key);
    if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
    return (await response.json()) as Prediction;
  }

  /** Of one series of its metrics, which is written as Prometheus shows it. */
  async metric(series: string): Promise<number> {
    const text = await (await fetch(`${this.url}/metrics`)).text();
    const line = text.split("\n").find((each) => each.startsWith(`${series} `));
    return Number(line?.split(" ").at(-1) ?? 0);
  }

  logged(): string {
    return fs.readFileSync(this.log, "utf8");
  }

  stop(): Promise<void> {
    return stop(this.server);
  }
}

function surroundings(environment: Environment): NodeJS.ProcessEnv {
  const home = scratch("iris");
  return {
    PATH: "/usr/bin:/bin",
    HOME: home,
    TMPDIR: home,
    MLFLOW_DISABLE_TELEMETRY: "true",
    ...environment,
  };
}
