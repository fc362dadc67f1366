// Identity: a generated name and password that one generation of one consumer uses at one server.
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";

export interface Identity {
  /** `mlops-<stack id>-<consumer>-<random>`: at most 32 characters, the limit of MySQL. Not a secret. */
  readonly user: pulumi.Output<string>;
  /** Its password. */
  readonly password: pulumi.Output<string>;
}

/** Starts the name of every identity of one stack; nobody else's identities start with it. */
export type IdentityPrefix = pulumi.Output<string>;

/** `mlops-` + 6 + `-`, then the consumer, `-` and 6 random characters, make 32. */
const STACK_ID_LENGTH = 6;
const CONSUMER_LENGTH = 12;
const SUFFIX_LENGTH = 6;

/** Two stacks on one server never touch each other's identities: each has a random id, kept in its state. */
export function identityPrefix(name: string, opts?: pulumi.CustomResourceOptions): IdentityPrefix {
  const id = new random.RandomString(name, { length: STACK_ID_LENGTH, special: false, upper: false }, opts);
  return pulumi.interpolate`mlops-${id.result}-`;
}

export function identity(
  name: string,
  args: { prefix: IdentityPrefix; consumer: string },
  opts: pulumi.CustomResourceOptions,
): Identity {
  const suffix = new random.RandomString(
    `${name}-user`,
    { length: SUFFIX_LENGTH, special: false, upper: false },
    opts,
  );
  const consumer = args.consumer.slice(0, CONSUMER_LENGTH).replace(/-+$/, "");
  return {
    user: pulumi.interpolate`${args.prefix}${consumer}-${suffix.result}`,
    password: password(`${name}-password`, opts),
  };
}

/** Safe in shells, URLs and DSNs, since it has no special characters; 32 characters are 190 bits. */
export function password(name: string, opts: pulumi.CustomResourceOptions): pulumi.Output<string> {
  return new random.RandomPassword(name, { length: 32, special: false }, opts).result;
}
