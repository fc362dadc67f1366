// Refusal: why a program that reads the contract can't go on, for the person at the terminal.
import * as pulumi from "@pulumi/pulumi";

export class Refusal extends pulumi.RunError {
  constructor(problem: string) {
    super(problem);
    // Pulumi puts the names of the properties that were to get the output in front of an error's message, again for every
    // resource that waits for it. The message stays what it is.
    Object.defineProperty(this, "message", { get: () => problem, set: () => undefined });
    // Nobody is shown where in the client it came up; but Node.js 20 takes a minute to colour a trace with a line of
    // Pulumi's own sources in it, which Pulumi has it do.
    this.stack = problem;
  }
}
