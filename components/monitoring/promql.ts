// PromQL, put together from small functions. The value of a label is always quoted: whatever a name contains, it
// stays a value and never becomes part of the query.

/** What a label has to be: a value, a regular expression of the whole value, or the opposite of either. */
export type Matcher =
  string | { readonly matches: string } | { readonly not: string } | { readonly notMatches: string };

/** Series of one metric: those whose labels match. */
export interface Selector {
  /** Name of the metric: `http_requests_total`. */
  readonly metric: string;
  /** Its own labels: `{ status: { matches: "5.." } }`. @default any */
  readonly where?: Readonly<Record<string, Matcher>>;
}

/** A selector as PromQL, with more labels than its own. */
export function select({ metric, where }: Selector, more: Readonly<Record<string, Matcher>> = {}): string {
  const matchers = Object.entries({ ...more, ...where }).map(([label, matcher]) => match(label, matcher));
  return `${metric}{${matchers.join(",")}}`;
}

function match(label: string, matcher: Matcher): string {
  if (typeof matcher === "string") return `${label}=${quote(matcher)}`;
  if ("matches" in matcher) return `${label}=~${quote(matcher.matches)}`;
  if ("not" in matcher) return `${label}!=${quote(matcher.not)}`;
  return `${label}!~${quote(matcher.notMatches)}`;
}

function quote(value: string): string {
  return `"${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;
}

/** A regular expression that matches this text and no other. */
export function literally(text: string): string {
  return text.replace(/[\\^$.|?*+()[\]{}]/g, "\\$&");
}

/** The bucket of a histogram that ends at a number of seconds. Servers write the same one as `1`, `1.0` or `1.000`. */
export function bucketUpTo(seconds: number): Matcher {
  const written = literally(String(seconds));
  return { matches: Number.isInteger(seconds) ? `${written}(\\.0+)?` : `${written}0*` };
}

/** The bucket that everything falls into. */
export const EVERYTHING: Matcher = "+Inf";

/** How many a second, over the last five minutes: long enough for several samples at every usual interval. */
export const rate5m = (series: string): string => `rate(${series}[5m])`;

export const sum = (expression: string): string => `sum(${expression})`;
export const max = (expression: string): string => `max(${expression})`;
export const sumBy = (labels: string, expression: string): string => `sum by (${labels}) (${expression})`;
export const maxBy = (labels: string, expression: string): string => `max by (${labels}) (${expression})`;

/** A threshold as people write it: 0.0144, not 0.014400000000000015. */
export const threshold = (value: number): string => String(Number(value.toPrecision(6)));
