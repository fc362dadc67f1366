/**
 * A problem of the configuration and the error that reports all of them: for each the key, the value, what
 * is allowed and the command that corrects it.
 */
import * as pulumi from "@pulumi/pulumi";
import { docsOf, holdsSecret, schemaAt } from "./field";
import { formatPath, type Path } from "./property-path";
import { EncryptedValue } from "./secret";
import type { z } from "zod";

export interface Problem {
  readonly path: Path;
  /** What is wrong, as the rest of a sentence that begins with the key. */
  readonly message: string;
  /** The value as it may be shown; absent where it may not be, or says nothing. */
  readonly given?: string;
  readonly allowed?: string;
  readonly fix: string;
}

/** Pulumi prints a RunError without a stack trace, which would only bury the message. */
export class ConfigError extends pulumi.RunError {
  override readonly name = "ConfigError";

  constructor(readonly problems: readonly Problem[]) {
    super(report(problems));
  }
}

function report(problems: readonly Problem[]): string {
  const count = problems.length === 1 ? "a problem" : `${problems.length} problems`;
  return [`The configuration has ${count}; nothing was deployed.`, ...problems.map(formatProblem)].join(
    "\n\n",
  );
}

function formatProblem({ path, message, given, allowed, fix }: Problem): string {
  const key = shorten(formatPath(path), 120);
  const lines = [
    `${key === "" ? "The configuration" : key} ${message}`,
    ...(given === undefined ? [] : [`  given:   ${given}`]),
    ...(allowed === undefined ? [] : [`  allowed: ${allowed.replaceAll("`", "")}`]),
    `  fix:     ${fix.length > 1000 ? "remove the key from the stack's file" : fix}`,
  ];
  return lines.join("\n");
}

/** The value at a path as an error may show it, or nothing: never one that is, or lies beside, a secret. */
export function showable(schema: z.ZodType, secretKeys: ReadonlySet<string>, path: Path, value: unknown) {
  if (value === undefined || value === null || value instanceof EncryptedValue) return undefined;
  const field = schemaAt(schema, path);
  if (field === undefined || holdsSecret(field) || secretKeys.has(String(path[0]))) return undefined;
  if (typeof value === "string" && docsOf(field).exampleFile !== undefined) return textLength(value);
  return show(value);
}

function show(value: unknown): string | undefined {
  if (typeof value === "boolean" || typeof value === "number") return String(value);
  if (typeof value !== "string") return undefined;
  // What looks like `user:password@host` may be just that, in a key that is not meant for secrets.
  const maybeCredentials = value.includes("@") && !value.includes("@sha256:");
  return maybeCredentials || value.length > 200 ? textLength(value) : JSON.stringify(value);
}

const textLength = (value: string) => `a text of ${value.length} characters`;

const shorten = (text: string, max: number) => (text.length > max ? `${text.slice(0, max)}...` : text);

/** What kind of value this is, in the words of the configuration file. */
export function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "a map";
  if (typeof value === "string") return "text";
  return typeof value === "number" ? "a number" : typeof value === "boolean" ? "a boolean" : "something else";
}
