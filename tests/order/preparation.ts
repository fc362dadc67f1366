// What has to be prepared before it is used: buckets before policies that name them, schemas before servers that read
// them, models before those who serve them. All of it is done by Jobs.
import type { Resource } from "../../tools/graph/graph";
import { at, strings, text } from "../../tools/graph/values";
import { each, type Need } from "./needs";
import { environmentOf, kindOf, type Scene } from "./scene";

export function preparationNeeds(scene: Scene): Need[] {
  return [...buckets(scene), ...uploads(scene), ...migrations(scene), ...trainings(scene)];
}

/** Jobs by what they were told to make. */
function jobsWith(scene: Scene, wanted: Readonly<Record<string, string | undefined>>): Resource[] {
  return scene
    .ofKind("Job")
    .filter((job) =>
      Object.entries(wanted).every(([variable, value]) => environmentOf(job).get(variable) === value),
    );
}

/** A policy of an identity names buckets. */
function buckets(scene: Scene): Need[] {
  return scene.ofKind("Job").flatMap((job) => {
    const policies = scene.referencesOf(job).flatMap(({ inputs }) => text(at(inputs, "data", "policy.json")));
    const names = policies.flatMap((policy) =>
      [...policy.matchAll(/arn:aws:s3:::([a-z0-9.-]+)/g)].flatMap(([, bucket]) => bucket ?? []),
    );
    return [...new Set(names)].flatMap((bucket) =>
      each(job, jobsWith(scene, { BUCKET: bucket, PREFIX: undefined }), "it makes the bucket"),
    );
  });
}

/** A server finds its models where they were put. */
function uploads(scene: Scene): Need[] {
  return scene.ofKind("InferenceService").flatMap((server) => {
    const uri = new URL(text(at(server.inputs, "spec", "predictor", "model", "storageUri")));
    const [bucket, prefix] = [uri.host, uri.pathname.slice(1)];
    return [
      ...each(server, jobsWith(scene, { BUCKET: bucket, PREFIX: undefined }), "it makes the bucket"),
      ...each(server, jobsWith(scene, { BUCKET: bucket, PREFIX: prefix }), "it puts the models there"),
    ];
  });
}

/** A server's own Job that uses the server's own database prepares it. */
function migrations(scene: Scene): Need[] {
  return scene.ofKind("Deployment").flatMap((server) => {
    const secrets = scene.referencesOf(server).filter((object) => kindOf(object) === "Secret");
    const family = scene.parentOf(scene.parentOf(server) ?? server);
    const own = scene
      .ofKind("Job")
      .filter(
        (job) => scene.parentOf(job) === family && scene.referencesOf(job).some((it) => secrets.includes(it)),
      );
    return each(server, own, "it prepares the server's data");
  });
}

/** `models:/iris@champion` is what a training registered as such. */
function trainings(scene: Scene): Need[] {
  return scene.pods.flatMap(({ owner }) => {
    const settings = [owner, ...scene.referencesOf(owner)].flatMap(({ inputs }) => [...strings(inputs)]);
    const models = settings.flatMap(({ text: value }) => /^models:\/([^@]+)@(.+)$/.exec(value) ?? []);
    const [, model, alias] = models;
    if (model === undefined || alias === undefined) return [];
    return each(owner, jobsWith(scene, { MODEL_NAME: model, MODEL_ALIAS: alias }), "it trains the model");
  });
}
