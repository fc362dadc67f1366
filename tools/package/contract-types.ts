// The contract's types as a package has them: plain TypeScript with the meaning of every field, made from the JSON
// Schema. What the compiler makes of the shape are types of zod's, which are unreadable, and which compile in the
// programs of those alone whose compiler has the same settings.
import { type Plain, type PlainObject, isPlainObject, text } from "../graph/values";
import { currentSchema } from "../contract/schema";

/** The types that stacks/contract/shape.ts exports, as parts of the contract. */
const PARTS: Readonly<Record<string, string>> = {
  ObjectStoreContract: 'Contract["objectStore"]',
  EndpointContract: 'ObjectStoreContract["endpoint"]',
  DatabaseContract: 'Contract["database"]',
  DocumentDatabaseContract: 'NonNullable<Contract["documentDatabase"]>',
  ModelRegistryContract: 'NonNullable<Contract["modelRegistry"]>',
  TrackingContract: 'NonNullable<Contract["tracking"]>',
  WorkloadContract: 'Contract["workloads"][string]',
  ConsumerContract: 'Contract["consumers"][string]',
  ObjectStoreConnection: 'NonNullable<ConsumerContract["connections"]["objectStore"]>',
  DatabaseConnection: 'NonNullable<ConsumerContract["connections"]["database"]>',
  TrackingConnection: 'NonNullable<ConsumerContract["connections"]["tracking"]>',
};

/** The content of `shape.d.ts`. */
export function contractTypes(version: number): string {
  const schema = currentSchema();
  const parts = Object.entries(PARTS).map(([name, type]) => `export type ${name} = ${type};\n`);
  return [
    "/** Version of the contract that this package reads. */",
    `export declare const CONTRACT_VERSION = ${version};`,
    `${comment(schema, "")}export interface Contract ${typeOf(schema, "")}`,
    parts.join(""),
  ].join("\n");
}

function typeOf(schema: Plain | undefined, indent: string): string {
  if (!isPlainObject(schema)) throw new Error(`no type: ${JSON.stringify(schema)}`);
  const variants = schema.anyOf ?? schema.oneOf;
  if (Array.isArray(variants)) return variants.map((variant) => typeOf(variant, indent)).join(" | ");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (Array.isArray(schema.enum)) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  switch (schema.type) {
    case "string":
    case "boolean":
    case "number":
      return schema.type;
    case "integer":
      return "number";
    case "array":
      return `(${typeOf(schema.items, indent)})[]`;
    case "object":
      return isPlainObject(schema.properties)
        ? objectOf(schema.properties, schema.required, indent)
        : `Record<string, ${typeOf(schema.additionalProperties, indent)}>`;
    default:
      throw new Error(`no type for ${JSON.stringify(schema)}: teach tools/package/contract-types.ts`);
  }
}

function objectOf(properties: PlainObject, required: Plain | undefined, indent: string): string {
  const inner = `${indent}  `;
  const isRequired = (name: string): boolean => Array.isArray(required) && required.includes(name);
  const fields = Object.entries(properties).map(
    ([name, field]) =>
      `${comment(field, inner)}${inner}${name}${isRequired(name) ? "" : "?"}: ${typeOf(field, inner)};\n`,
  );
  return `{\n${fields.join("")}${indent}}`;
}

function comment(schema: Plain | undefined, indent: string): string {
  const description = isPlainObject(schema) ? text(schema.description) : "";
  return description === "" ? "" : `${indent}/** ${description.replaceAll("*/", "* /")} */\n`;
}
