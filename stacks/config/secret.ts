/**
 * A secret text from the configuration. It shows itself nowhere: printing, JSON and inspection all give
 * "[secret]". The text comes out as a Pulumi output marked secret, so it is encrypted in the state.
 */
import * as pulumi from "@pulumi/pulumi";
import { inspect } from "node:util";

const hidden = "[secret]";

export class Secret {
  // A private name rather than `private`: inspection and JSON see a `private` field, but not this one.
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The text, as an output that Pulumi treats as a secret wherever it goes. */
  reveal(): pulumi.Output<string> {
    return pulumi.secret(this.#text);
  }

  toString(): string {
    return hidden;
  }

  toJSON(): string {
    return hidden;
  }

  [inspect.custom](): string {
    return hidden;
  }
}

/**
 * Stands for a secret that is encrypted in a stack file and cannot be read there. Where the schema expects
 * a secret it becomes one with a harmless text; anywhere else it is an error.
 */
export class EncryptedValue {
  toJSON(): string {
    return hidden;
  }
}
