/**
 * Writes docs/contract.md: how the contract is read and kept, and a table of all its fields.
 */
import { isPlainObject, type Plain, type PlainObject } from "../graph/values";
import { introduction } from "./introduction";

export function page(schema: PlainObject): string {
  return [
    introduction,
    "## Fields",
    "",
    "`<name>` stands for a name of the stack's own, such as that of a workload or consumer. What may be absent is marked with ?.",
    "",
    "| Field | Type | Meaning |",
    "| --- | --- | --- |",
    ...rows("", schema, true),
    "",
    "## Endpoints",
    "",
    "Whether a service is in the cluster or outside of it, its `endpoint` is one of these:",
    "",
    "| Field | Type | Meaning |",
    "| --- | --- | --- |",
    ...endpoints(schema).flatMap(alternative),
    "",
  ].join("\n");
}

/** The shapes of an endpoint, which are the same for every service. */
function endpoints({ properties }: PlainObject): PlainObject[] {
  const { objectStore } = object(properties);
  return variantsOf(object(object(object(objectStore).properties).endpoint));
}

/** The rows of what is below a field, in the order of the shape. */
function rows(field: string, schema: PlainObject, isRequired: boolean): string[] {
  const own = field === "" ? [] : [row(field, schema, isRequired)];
  const required = Array.isArray(schema.required) ? schema.required : [];
  const inner = Object.entries(object(schema.properties)).flatMap(([name, value]) =>
    rows(field === "" ? name : `${field}.${name}`, object(value), required.includes(name)),
  );
  const entries = object(schema.additionalProperties);
  // What a map of plain values holds, its own description says.
  const named = "properties" in entries ? rows(`${field}.<name>`, entries, true) : [];
  return [...own, ...inner, ...named];
}

/** The fields of one of several things, of which the first says which one it is. */
function alternative(variant: PlainObject): string[] {
  return Object.entries(object(variant.properties)).map(([name, value]) => row(name, object(value), true));
}

function row(field: string, schema: PlainObject, isRequired: boolean): string {
  const cells = [`\`${field}\`${isRequired ? "" : " ?"}`, typeOf(schema), plain(schema.description)];
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

function typeOf(schema: PlainObject): string {
  const { type, enum: values, const: fixed } = schema;
  if (fixed !== undefined) return `\`${JSON.stringify(fixed)}\``;
  if (Array.isArray(values)) return values.map((value) => `\`${plain(value)}\``).join(" or ");
  const variants = variantsOf(schema);
  if (variants.length > 0) return `object, \`kind\` ${variants.map(kindOf).join(" or ")}`;
  if (type === "array") return `list of ${plain(object(schema.items).type)}s`;
  if (schema.additionalProperties !== undefined) {
    const { type: each } = object(schema.additionalProperties);
    return `map of ${plain(each)}s`;
  }
  return plain(type);
}

const kindOf = (variant: PlainObject): string =>
  `\`${plain(object(object(variant.properties).kind).const)}\``;
const variantsOf = ({ oneOf }: PlainObject): PlainObject[] =>
  Array.isArray(oneOf) ? oneOf.filter(isPlainObject) : [];
const object = (value: Plain | undefined): PlainObject => (isPlainObject(value) ? value : {});
const plain = (value: Plain | undefined): string => (typeof value === "string" ? value : "");
