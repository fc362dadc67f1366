// What a person is told whose video pipeline could not run as it is configured.
import assert from "node:assert/strict";
import { each, pipelineServices, workers } from "../../../components/video-pipeline";
import { parse, problems, report } from "./setup";

const images = each(pipelineServices, (name) => `vidp-${name}:1`);

describe("An error about the video pipeline", () => {
  it("names the images that are missing", () => {
    const missing = ["subtitle", "animal-detect"];
    const some = Object.fromEntries(Object.entries(images).filter(([service]) => !missing.includes(service)));
    const name = "registry.example.com/team/vidp";
    assert.deepEqual(problems({ vidp: { images: some } }), [
      `vidp.images lacks subtitle, animal-detect: the video pipeline has an image for each of its services, or none at all
  fix:     pulumi config set --path 'vidp.images.subtitle' ${name}-subtitle:1.0.0 && pulumi config set --path 'vidp.images.animal-detect' ${name}-animal-detect:1.0.0`,
    ]);
    assert.equal(parse({ vidp: {} }).vidp.images, undefined);
    assert.deepEqual(parse({ vidp: { images } }).vidp.images, images);
  });

  it("knows a service by its name only", () => {
    assert.match(report({ vidp: { images: { ...images, subtitles: "a:1" } } }), /did you mean subtitle\?/);
  });

  it("says before anything is made that Traefik would cut uploads off, and what to do", () => {
    const vidp = { images, apiHost: "api.vidp.local" };
    const ingress = { class: "traefik" };
    assert.deepEqual(problems({ ingress, vidp }), [
      `ingress.readTimeout is below vidp.uploads.timeout, which is 9000: Traefik would cut off uploads, and no Ingress can change that
  given:   60
  allowed: the seconds that you start Traefik with: --entryPoints.websecure.transport.respondingTimeouts.readTimeout=9000s
  fix:     pulumi config set --path 'ingress.readTimeout' 9000`,
    ]);
    for (const values of [
      { ingress: { ...ingress, readTimeout: 9000 }, vidp },
      { ingress, vidp: { ...vidp, uploads: { timeout: 60 } } },
      { ingress, vidp: { images } },
      { ingress, vidp: { apiHost: "api.vidp.local" } },
      { vidp },
    ])
      assert.doesNotThrow(() => parse(values));
  });

  it("keeps metrics and probes apart", () => {
    for (const path of ["/health", "/ready/", "/livez", "/", "metrics"])
      assert.match(
        report({ vidp: { services: { subtitle: { metrics: { path } } } } }),
        /never that of a probe, such as \/health/,
        path,
      );
    const both = { subtitle: { health: "/stats", metrics: { path: "/stats" } } };
    assert.deepEqual(problems({ vidp: { services: both } }), [
      `vidp.services.subtitle.metrics.path is also vidp.services.subtitle.health: what answers a probe are no metrics
  given:   "/stats"
  allowed: another path than /stats
  fix:     pulumi config set --path 'vidp.services.subtitle.metrics.path' /stats/metrics`,
    ]);
    assert.match(
      report({ vidp: { services: { subtitle: { health: "/metrics", metrics: {} } } } }),
      /metrics\.path is also vidp\.services\.subtitle\.health/,
    );
    assert.doesNotThrow(() => parse({ vidp: { services: { subtitle: { health: "/metrics" } } } }));
  });

  it("wants room for the largest video in every pod that keeps one", () => {
    const services = { subtitle: { storage: "4Gi" }, frontend: { storage: "64Mi" } };
    const found = problems({ vidp: { uploads: { size: "3Gi" }, services } });
    assert.deepEqual(
      found[0],
      `vidp.services.main-app.storage has no room for one video of vidp.uploads.size, which is 3Gi
  given:   "2Gi"
  allowed: 3Gi or more
  fix:     pulumi config set --path 'vidp.services.main-app.storage' 3Gi`,
    );
    assert.equal(found.length, 4, "the frontend keeps none, and subtitle has room");
    assert.doesNotThrow(() => parse({ vidp: { uploads: { size: "2Gi" } } }));
  });

  it("takes a job for as long as a request, unless it is told otherwise", () => {
    assert.equal(parse({ vidp: { uploads: { timeout: 1200 } } }).vidp.jobSeconds, 1200);
    assert.equal(parse({ vidp: { jobSeconds: 60 } }).vidp.jobSeconds, 60);
  });

  it("wants room for all old pods at their last jobs beside all new ones", () => {
    const services = { langscale: { scaling: { max: 30 } } };
    const [cpu = ""] = problems({ vidp: { images, services } });
    assert.match(cpu, /^namespaces\.vidp\.quota\.cpu is too small for 2 x vidp\.services\.frontend/);
    assert.match(cpu, /and 60 x vidp\.services\.langscale\.resources\.requests\.cpu \(250m\)/);
    assert.match(cpu, /fix: +pulumi config set --path 'namespaces\.vidp\.quota\.cpu' 36$/);
    assert.doesNotThrow(() => parse({ vidp: { services } }), "nothing runs without images");
  });

  it("counts the pods of a pipeline too, however small they are", () => {
    const services = each(workers, () => ({ scaling: { max: 20 } }));
    const quota = { cpu: "64", memory: "64Gi" };
    const found = problems({ vidp: { images, services }, namespaces: { vidp: { quota } } });
    assert.equal(found.length, 1);
    assert.match(
      found[0] ?? "",
      /^namespaces\.vidp\.quota\.pods is too small for 2 x vidp\.services\.frontend/,
    );
    assert.match(found[0] ?? "", /and 40 x vidp\.services\.subtitle \(1 pod\)/);
    assert.match(found[0] ?? "", /given: +140\n/);
    assert.match(found[0] ?? "", /fix: +pulumi config set --path 'namespaces\.vidp\.quota\.pods' 187$/);
  });

  it("sees a request above a limit that is nowhere given", () => {
    const services = { downscale: { resources: { requests: { cpu: "1" } } } };
    assert.deepEqual(problems({ vidp: { services } }), [
      `vidp.services.downscale.resources.limits.cpu is below vidp.services.downscale.resources.requests.cpu, which is 1
  given:   "500m"
  fix:     pulumi config set --path 'vidp.services.downscale.resources.limits.cpu' 1`,
    ]);
  });

  it("wants a size of uploads that every ingress controller can be told, and one host for each way in", () => {
    assert.match(
      report({ vidp: { uploads: { size: "0.5Gi" } } }),
      /a whole number of Mi or Gi, such as 500Mi/,
    );
    assert.match(report({ vidp: { host: "a.b", apiHost: "a.b" } }), /vidp\.apiHost is also vidp\.host/);
    assert.match(report({ vidp: { cors: ["*"] } }), /vidp\.cors\[0\] is not allowed/);
  });

  it("leaves MongoDB the memory that it can't do without", () => {
    const mongodb = { resources: { requests: { memory: "256Mi" }, limits: { memory: "512Mi" } } };
    assert.deepEqual(problems({ mongodb }), [
      `mongodb.resources.limits.memory is less than MongoDB takes with its smallest cache
  given:   "512Mi"
  allowed: 768Mi or more
  fix:     pulumi config set --path 'mongodb.resources.limits.memory' 768Mi`,
    ]);
  });
});
