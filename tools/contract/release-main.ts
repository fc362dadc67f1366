/** The command behind `make contract`. */
import { CONTRACT_VERSION } from "../../stacks/contract/shape";
import { release } from "./release";
import { currentSchema } from "./schema";

try {
  const reworded = process.env.REWORDED === "1";
  console.log(release({ version: CONTRACT_VERSION, schema: currentSchema(), reworded }));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
