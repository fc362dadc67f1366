/**
 * The given values, made safe to look at: only maps, lists, texts, numbers and booleans, under names that
 * mean nothing to JavaScript. Rules that compare several keys read them here, whatever their shape.
 */
import { z } from "zod";
import { schemaAt } from "./field";
import type { Problem } from "./problem";
import { removeCommand, type Path } from "./property-path";
import { isMap } from "./raw";
import { EncryptedValue } from "./secret";

const maxDepth = 12;

/** A copy of the values without what no configuration can mean, and a problem for each such thing. */
export function clean(values: unknown): { values: Readonly<Record<string, unknown>>; problems: Problem[] } {
  const problems: Problem[] = [];
  const reject = (path: Path, message: string) => {
    problems.push({ path, message, fix: removeCommand(path) });
  };

  const visit = (value: unknown, path: Path): unknown => {
    if (value === undefined || value === null || value instanceof EncryptedValue) return value;
    if (typeof value === "string" || typeof value === "boolean" || Number.isFinite(value)) return value;
    if (path.length > maxDepth) {
      reject(path, "lies deeper than any key of the configuration");
      return undefined;
    }
    if (Array.isArray(value)) return value.map((item: unknown, index) => visit(item, [...path, index]));
    if (isMap(value)) return visitMap(value, path);
    reject(path, "is neither text, number, boolean, list nor map");
    return undefined;
  };

  const visitMap = (value: Readonly<Record<string, unknown>>, path: Path) => {
    const cleaned = new Map<string, unknown>();
    for (const [key, item] of Object.entries(value)) {
      // `constructor` and the like are found on every object, so a look-up by name would find them too.
      if (key in Object.prototype) reject([...path, key], "has a name that is reserved");
      else cleaned.set(key, visit(item, [...path, key]));
    }
    return Object.fromEntries(cleaned);
  };

  if (isMap(values)) return { values: visitMap(values, []), problems };
  reject([], "is not a map");
  return { values: {}, problems };
}

/** A look at given values by path, which may lead nowhere. */
export class Given {
  constructor(
    private readonly schema: z.ZodType,
    private readonly values: unknown,
  ) {}

  at(...path: Path): unknown {
    return path.reduce<unknown>((value, key) => {
      if (Array.isArray(value) && typeof key === "number") return value[key] as unknown;
      return isMap(value) && Object.hasOwn(value, key) ? value[String(key)] : undefined;
    }, this.values);
  }

  has(...path: Path): boolean {
    return this.at(...path) !== undefined;
  }

  /** The names in a map; none if there is no map. */
  names(...path: Path): string[] {
    const value = this.at(...path);
    return isMap(value) ? Object.keys(value) : [];
  }

  /** The given text or number, or else the schema's default, as text. Empty when there is neither. */
  text(...path: Path): string {
    const value = this.at(...path) ?? defaultAt(this.schema, path);
    return typeof value === "string" || typeof value === "number" ? String(value) : "";
  }

  /** Whether a switch is on, by what is given or by default. */
  isOn(...path: Path): boolean {
    return ["true", true].includes((this.at(...path) ?? defaultAt(this.schema, path)) as string | boolean);
  }
}

function defaultAt(schema: z.ZodType, path: Path): unknown {
  const field = schemaAt(schema, path);
  const inner = field instanceof z.ZodOptional ? field.def.innerType : field;
  return inner instanceof z.ZodDefault || inner instanceof z.ZodPrefault ? inner.def.defaultValue : undefined;
}
