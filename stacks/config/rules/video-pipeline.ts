/**
 * Rules about the video pipeline: that it is whole, and that a video finds room and time on its way.
 */
import { pipelineServices, workers } from "../../../components/video-pipeline/services";
import { setCommand } from "../property-path";
import { bytes } from "../quantity";
import { exampleImage } from "../vidp";
import type { Rule } from "./rule";

/** Half a pipeline would upload videos that nobody looks at. */
const pipelineIsWhole: Rule = (given) => {
  const path = ["vidp", "images"];
  const missing = pipelineServices.filter((name) => !given.has(...path, name));
  if (missing.length === 0 || missing.length === pipelineServices.length) return [];
  return [
    {
      path,
      message: `lacks ${missing.join(", ")}: the video pipeline has an image for each of its services, or none at all`,
      fix: missing.map((name) => setCommand([...path, name], { value: exampleImage(name) })).join(" && "),
    },
  ];
};

/** Found before anything is made: an Ingress can't ask Traefik for more time. */
const traefikWaitsForUploads: Rule = (given) => {
  const [path, timeout] = [
    ["ingress", "readTimeout"],
    ["vidp", "uploads", "timeout"],
  ];
  const [has, needs] = [given.text(...path), given.text(...timeout)];
  const isExposed = given.has("vidp", "host") || given.has("vidp", "apiHost");
  const isOn = given.names("vidp", "images").length > 0;
  if (!isOn || !isExposed || given.text("ingress", "class") !== "traefik") return [];
  if (!(Number(needs) > Number(has))) return [];
  return [
    {
      path,
      message: `is below ${timeout.join(".")}, which is ${needs}: Traefik would cut off uploads, and no Ingress can change that`,
      given: has,
      allowed: `the seconds that you start Traefik with: --entryPoints.websecure.transport.respondingTimeouts.readTimeout=${needs}s`,
      fix: setCommand(path, { value: needs }),
    },
  ];
};

/** A pod that keeps more than it may is evicted, with all of its videos. */
const videosFitOnDisk: Rule = (given) => {
  const size = ["vidp", "uploads", "size"];
  const largest = given.text(...size);
  return ["main-app", ...workers].flatMap((name) => {
    const path = ["vidp", "services", name, "storage"];
    const storage = given.text(...path);
    if (!(bytes(storage) < bytes(largest))) return [];
    return [
      {
        path,
        message: `has no room for one video of ${size.join(".")}, which is ${largest}`,
        given: JSON.stringify(storage),
        allowed: `${largest} or more`,
        fix: setCommand(path, { value: largest }),
      },
    ];
  });
};

const metricsAreNoProbes: Rule = (given) =>
  pipelineServices.flatMap((name) => {
    const service = ["vidp", "services", name];
    const [health, path] = [
      [...service, "health"],
      [...service, "metrics", "path"],
    ];
    const asked = given.text(...health);
    if (!given.has(...service, "metrics") || given.text(...path) !== asked) return [];
    return [
      {
        path,
        message: `is also ${health.join(".")}: what answers a probe are no metrics`,
        given: JSON.stringify(asked),
        allowed: `another path than ${asked}`,
        fix: setCommand(path, { value: `${asked}/metrics` }),
      },
    ];
  });

export const pipelineRules: readonly Rule[] = [
  pipelineIsWhole,
  traefikWaitsForUploads,
  videosFitOnDisk,
  metricsAreNoProbes,
];
