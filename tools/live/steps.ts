// Steps: what `up` does one after another, and how long each takes. The figures in the documentation come from here.
import { existsSync, readFileSync } from "node:fs";
import { replaceFile } from "../stack/files";
import { say } from "../stack/settings";

export interface Timings {
  readonly steps: readonly { readonly name: string; readonly seconds: number }[];
  readonly seconds: number;
}

export class Steps {
  private readonly done: { name: string; seconds: number }[] = [];

  constructor(private readonly announce: (text: string) => void = say) {}

  async take<T>(name: string, work: () => Promise<T>): Promise<T> {
    this.announce(`\n=== ${name}`);
    const began = Date.now();
    const result = await work();
    this.done.push({ name, seconds: (Date.now() - began) / 1000 });
    return result;
  }

  get timings(): Timings {
    return { steps: this.done, seconds: this.done.reduce((sum, { seconds }) => sum + seconds, 0) };
  }

  writeTo(file: string): void {
    replaceFile(file, `${JSON.stringify(this.timings, null, 2)}\n`);
  }
}

export function readTimings(file: string): Timings | undefined {
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Timings) : undefined;
}
