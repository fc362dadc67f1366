// What a consumer of the tracking server may do, and what it needs to connect.
import * as pulumi from "@pulumi/pulumi";
import { SecretData } from "../access";

/** Rights on experiments and registered models. What is named and not there is made; nobody else may make any. */
export interface TrackingAccess {
  /** Names of experiments. The files of a model belong to the experiment that it was logged to. */
  readonly experiments: readonly string[];
  /** Names of registered models. */
  readonly models: readonly string[];
  /** `edit` logs runs, adds versions of models and names them by aliases; it deletes nothing. */
  readonly access: "read" | "edit";
}

/** Where a tracking server is: what an MLflow client needs besides its credential. */
export interface TrackingLocation {
  /** Address of the server. */
  readonly url: pulumi.Input<string>;
}

/** Everything an MLflow client needs. Files go through the tracking server: no other credential is needed for them. */
export interface TrackingConnection extends TrackingLocation {
  /** Name of the user. */
  readonly user: pulumi.Input<string>;
  /** Secret. */
  readonly password: pulumi.Input<string>;
}

/** The variables that MLflow's clients read. */
export function trackingData({ url, user, password }: TrackingConnection): SecretData {
  return {
    MLFLOW_TRACKING_URI: url,
    MLFLOW_TRACKING_USERNAME: user,
    MLFLOW_TRACKING_PASSWORD: password,
  };
}

/** Their names, for pods that read them from a claimed Secret. */
export const TRACKING_VARIABLES = [
  "MLFLOW_TRACKING_URI",
  "MLFLOW_TRACKING_USERNAME",
  "MLFLOW_TRACKING_PASSWORD",
];

/** What provision.py reads: the rights that an identity has, and no others. */
interface Rights {
  readonly experiments: readonly string[];
  readonly models: readonly string[];
  /** In MLflow's words. */
  readonly permission: "READ" | "EDIT";
  /** Whether it reads the server's metrics. */
  readonly metrics: boolean;
}

/** Of `consumer`; refuses what the server would refuse, before anything is made. */
export function rights(consumer: string, { experiments, models, access }: TrackingAccess): Rights {
  const refuse = (sentence: string): never => {
    throw new pulumi.RunError(`The access of "${consumer}" to the tracking server ${sentence}`);
  };
  if (experiments.length + models.length === 0) {
    refuse("is to nothing. Name at least one experiment or model.");
  }
  for (const name of [...experiments, ...models]) {
    if (name.trim() === "") refuse("names something that is empty. Give each experiment and model a name.");
  }
  for (const name of models) {
    if (/[/:]/.test(name)) {
      refuse(`names the model "${name}". Use a name without / and :, which separate it from its version.`);
    }
  }
  return { experiments, models, permission: access === "edit" ? "EDIT" : "READ", metrics: false };
}

/** Of whoever collects the metrics. */
export const METRICS_RIGHTS: Rights = { experiments: [], models: [], permission: "READ", metrics: true };
