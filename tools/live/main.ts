// `main.ts up | down | status`: what `make live`, `make live-down` and `make live-status` run. LIVE_HOME says where, JSON=1 prints
// the times of the steps as JSON.
import { UserError } from "../stack/process";
import { down, status, up } from "./commands";
import { Home } from "./home";

async function main(command = "", ...more: readonly string[]): Promise<number> {
  const home = Home.of();
  if (more.length === 0) {
    if (command === "up") return up(home, { asJson: process.env.JSON === "1" });
    if (command === "down") return down(home);
    if (command === "status") return status(home);
  }
  throw new UserError("usage: tools/live/main.ts up | down | status");
}

void main(...process.argv.slice(2))
  .catch((error: unknown) => {
    console.error(error instanceof UserError ? error.message : error);
    return 1;
  })
  .then((code) => {
    process.exitCode = code;
  });
