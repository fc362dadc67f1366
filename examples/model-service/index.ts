// Flowers: a model that the platform trained, served by a program of its own, in a namespace of its own.
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import {
  CODE_PATH,
  defaultImages,
  FASTAPI,
  InferenceService,
  inPlaceProvider,
  ManagedNamespace,
  prometheusMonitor,
  publishedGrants,
  targetNamed,
} from "mlops-platform";
import { platform } from "mlops-platform/contract";

const config = new pulumi.Config();
const target = targetNamed(config.require("target"));

/** What the platform's config gives the consumer `flowers`: see platform.yaml. */
const grants = publishedGrants(platform(config.require("platform")), "flowers");

/** The platform made it, and this program puts it under its rules: nothing goes in or out but what is wired here. */
const namespace = new ManagedNamespace("flowers", {
  name: "flowers",
  existing: true,
  quota: { cpu: "2", memory: "4Gi", pods: 10 },
  dns: target.dns,
});

const inPlace = inPlaceProvider();
const monitor = prometheusMonitor({ scrapers: target.scrapers, inPlace });

const flowers = new InferenceService("flowers-api", {
  namespace,
  security: target.security,
  // A server of your own needs no more than `image`; this one is the program of examples/iris, on MLflow's image.
  image: defaultImages.tracking,
  command: ["python", `${CODE_PATH}/serve.py`],
  code: { folder: path.join(__dirname, "../iris"), files: ["serve.py", "model.py", "observe.py"] },
  settings: { HOME: "/tmp", PYTHONDONTWRITEBYTECODE: "1", MLFLOW_DISABLE_TELEMETRY: "true" },
  service: { name: "flowers-api", port: 8000 },
  model: { tracking: grants.tracking, uri: "models:/iris@champion" },
  apiKey: { generations: ["1"], inPlace },
  probes: { live: "/health", ready: "/ready" },
  resources: { requests: { cpu: "100m", memory: "384Mi" }, limits: { memory: "768Mi" } },
  replicas: { min: 2, max: 4, cpu: 70 },
  exposure: target.expose({ host: config.require("host"), rateLimit: 50 }),
  ...(config.getBoolean("monitoring") && {
    monitoring: { monitor, indicators: FASTAPI, objectives: { availability: 0.999 } },
  }),
});

export const url = flowers.externalUrl;
export const apiKeySecretName = flowers.apiKeySecretName;
