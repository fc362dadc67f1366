// Absence: what a program is told that asks a stack for something it does not have: what there is, and which setting of
// the platform adds it.
import { Refusal } from "./refusal";
import type { ConsumerContract, Contract } from "./shape";

type Connections = ConsumerContract["connections"];

/** Services that may be turned off: what people call them, and what turns them on. */
const SERVICES = {
  documentDatabase: { called: "document database", setting: "vidp.images" },
  modelRegistry: { called: "model registry", setting: "modelRegistry.enabled" },
  tracking: { called: "tracking server", setting: "tracking.enabled" },
} as const;

/** What turns a workload on, by its name. */
export const TURNED_ON_BY: ReadonlyMap<string, string> = new Map([
  ["iris-api", "iris.enabled"],
  ["ai-workload", "aiWorkload.image"],
  ["backend-deployment", "crimePrediction.enabled"],
  ["frontend-deployment", "crimePrediction.enabled"],
  ["triton", "triton.enabled"],
  ["frontend", "vidp.images"],
  ["main-app", "vidp.images"],
  ["downscale", "vidp.images"],
  ["langscale", "vidp.images"],
  ["subtitle", "vidp.images"],
  ["animal-detect", "vidp.images"],
]);

/** What a consumer asks for a connection with, and what people call the service. */
const CONNECTIONS = {
  objectStore: { called: "object store", setting: "bucket" },
  database: { called: "database", setting: "schema" },
  tracking: { called: "tracking server", setting: "tracking" },
} as const;

export function service<Name extends keyof typeof SERVICES>(
  stack: string,
  contract: Contract,
  name: Name,
): NonNullable<Contract[Name]> {
  const { called, setting } = SERVICES[name];
  return contract[name] ?? absent(stack, `has no ${called}: it is turned off.`, change(setting));
}

export function workload(
  stack: string,
  { workloads }: Contract,
  name: string,
): Contract["workloads"][string] {
  const setting = TURNED_ON_BY.get(name);
  return entry(stack, "workload", workloads, name, setting === undefined ? undefined : change(setting));
}

export function consumer(stack: string, { consumers }: Contract, name: string): ConsumerContract {
  return entry(stack, "consumer", consumers, name, change(`consumers.${name}`));
}

export function connection<Name extends keyof Connections>(
  stack: string,
  consumerName: string,
  { connections }: ConsumerContract,
  name: Name,
): NonNullable<Connections[Name]> {
  const { called, setting } = CONNECTIONS[name];
  return (
    connections[name] ??
    absent(
      stack,
      `gives its consumer "${consumerName}" no connection to the ${called}. It has: ${list(connections)}.`,
      change(`consumers.${consumerName}.${setting}`),
    )
  );
}

/** One of several, by its name. */
export function entry<T>(
  stack: string,
  kind: string,
  all: Readonly<Record<string, T>>,
  name: string,
  fix = "name one of these",
): T {
  const found = Object.hasOwn(all, name) ? all[name] : undefined;
  return found ?? absent(stack, `has no ${kind} "${name}". There are: ${list(all)}.`, fix);
}

function absent(stack: string, problem: string, fix: string): never {
  throw new Refusal(`The platform's stack "${stack}" ${problem}\n  fix: ${fix}`);
}

function change(setting: string): string {
  return `set mlops-platform:${setting} in the platform's config, and deploy the platform`;
}

const list = (all: object): string => Object.keys(all).sort().join(", ") || "none";
