// The program: config in, platform up, outputs out.
import { parseConfig, readPulumiConfig } from "./stacks/config";
import { deploy } from "./stacks/platform";

export = deploy(parseConfig(readPulumiConfig()));
