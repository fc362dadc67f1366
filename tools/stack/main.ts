// `main.ts COMMAND`: what the targets of the Makefile do with a stack. The variables STACK, CONTEXT, CONTROL_PLANE, CONFIG,
// JSON, RESET, REFRESH, FORCE and AS_IS come in the environment.
import { ConfigError } from "../../stacks/config";
import { anyCommand, down, outputs, preview, recoverStack, up } from "./commands";
import { UserError } from "./process";
import { readSettings, readVariables, type Settings } from "./settings";

type Command = (args: readonly string[]) => Promise<number>;

const checked =
  (run: (settings: Settings) => Promise<number>): Command =>
  () =>
    run(readSettings());

const commands: Readonly<Record<string, Command>> = {
  up: checked(up),
  preview: checked(preview),
  outputs: checked(outputs),
  down: checked(down),
  recover: checked(recoverStack),
  pulumi: (args) => anyCommand(readVariables(), args),
};

async function main([name = "", ...args]: readonly string[]): Promise<number> {
  const command = commands[name];
  if (command === undefined)
    throw new UserError(
      `There is no command ${name}. The commands are: ${Object.keys(commands).join(", ")}.`,
    );
  return command(args);
}

/** What a person can mend is one message; anything else is a defect and shows where. */
function fail(error: unknown): number {
  console.error(error instanceof UserError || error instanceof ConfigError ? error.message : error);
  return 1;
}

void main(process.argv.slice(2))
  .catch(fail)
  .then((code) => {
    process.exitCode = code;
  });
