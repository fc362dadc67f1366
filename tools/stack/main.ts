// `main.ts COMMAND`: what the targets of the Makefile do with a stack. The variables STACK, CONTEXT, CONTROL_PLANE, JSON,
// RESET, REFRESH, FORCE and AS_IS come in the environment.
import { ConfigError } from "../../stacks/config";
import { anyCommand, down, outputs, preview, recoverStack, up } from "./commands";
import { UserError } from "./process";
import { readSettings, type Settings } from "./settings";

const commands: Readonly<Record<string, (settings: Settings, args: readonly string[]) => Promise<number>>> = {
  up,
  preview,
  outputs,
  down,
  recover: recoverStack,
  pulumi: anyCommand,
};

async function main([name = "", ...args]: readonly string[]): Promise<number> {
  const command = commands[name];
  if (command === undefined)
    throw new UserError(
      `There is no command ${name}. The commands are: ${Object.keys(commands).join(", ")}.`,
    );
  return command(readSettings(), args);
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
