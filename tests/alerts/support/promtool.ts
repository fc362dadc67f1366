// The real promtool: Prometheus itself reads the rules and evaluates them on series of a test.
import * as path from "node:path";
import type { Plain } from "../../../tools/graph/values";
import { scratch, succeed, write } from "../../support/processes";
import { at } from "../../support/services";
import { toolsOrSkip } from "../../support/tools";
import { STEP, type World } from "./world";

/** What a query answers: values by labels, as PromQL writes them. */
export type Answer = Readonly<Record<string, number>>;

export interface Question {
  /** When it is asked: `1h30m` after the start. */
  readonly time: string;
  readonly query: string;
  readonly answer: Answer;
}

export class Promtool {
  static async find(suite: Mocha.Context): Promise<Promtool> {
    const [program] = await toolsOrSkip(suite, "promtool");
    return new Promtool(program!);
  }

  private constructor(private readonly program: string) {}

  /** Fails with promtool's own words unless every expression and every text of the rules can be read. */
  async check(groups: Plain | undefined): Promise<void> {
    await succeed(this.program, ["check", "rules", "--lint=all", "--lint-fatal", this.rules(groups)]);
  }

  /** Evaluates rules in a world, every so often, and asks; fails where an answer is another one. */
  async ask(
    groups: Plain | undefined,
    world: World,
    questions: readonly Question[],
    every: string = STEP,
  ): Promise<void> {
    const file = this.rules(groups);
    const order = Array.isArray(groups) ? groups.map((group) => at(group, "name")) : [];
    const test = {
      rule_files: [path.basename(file)],
      evaluation_interval: every,
      group_eval_order: order,
      tests: [
        {
          interval: STEP,
          input_series: Object.entries(world).map(([series, values]) => ({ series, values })),
          promql_expr_test: questions.map(({ time, query, answer }) => ({
            expr: query,
            eval_time: time,
            exp_samples: Object.entries(answer).map(([labels, value]) => ({ labels, value })),
          })),
        },
      ],
    };
    const folder = path.dirname(file);
    write(folder, { "test.yaml": JSON.stringify(test) });
    await succeed(this.program, ["test", "rules", path.join(folder, "test.yaml")]);
  }

  /** A file with these rules; YAML reads JSON. */
  private rules(groups: Plain | undefined): string {
    const folder = scratch("alerts");
    write(folder, { "rules.yaml": JSON.stringify({ groups }) });
    return path.join(folder, "rules.yaml");
  }
}

/** Which alerts fire at a time: exactly these. */
export function firing(time: string, ...alerts: readonly string[]): Question {
  return {
    time,
    query: 'max by (alertname) (ALERTS{alertstate="firing"})',
    answer: Object.fromEntries(alerts.map((alert) => [`{alertname="${alert}"}`, 1])),
  };
}
