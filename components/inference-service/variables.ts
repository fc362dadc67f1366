// Variables: an inference service gets them from several sources, and each from one.
import * as pulumi from "@pulumi/pulumi";

/** One value for each variable: who sets it twice would not know which one holds. */
export function distinct(component: string, ...sets: readonly Readonly<Record<string, unknown>>[]): void {
  const names = sets.flatMap((set) => Object.keys(set));
  const twice = names.filter((name, index) => names.indexOf(name) < index);
  if (twice.length > 0) {
    throw new pulumi.RunError(
      `${component} sets ${[...new Set(twice)].join(", ")} twice. A variable comes from its settings, its secrets, ` +
        `its model, its API key, its exposure or what it calls: remove it from all but one.`,
    );
  }
}
