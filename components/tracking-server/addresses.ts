// Addresses: the names under which the tracking server answers, and the pages that may call it. It refuses every
// other Host with 403, so that a page on the internet can't reach it through a visitor's browser.
import * as pulumi from "@pulumi/pulumi";
import { Exposure } from "../exposure";
import { PodEndpoint } from "../network";

/** Comma-separated lists, in the form that MLflow reads. */
export interface Addresses {
  readonly hosts: pulumi.Output<string>;
  readonly origins: pulumi.Output<string>;
}

/** The variable that has the pod's own address: whoever collects metrics connects to that. It differs from pod to pod. */
export const POD_IP = "POD_IP";

/** A port-forward may have any port of the developer's machine. */
const LOOPBACK = ["localhost", "127.0.0.1"].flatMap((host) => [host, `${host}:*`]);

/**
 * An entry without `*` has to match exactly, port included, so each name is there in both forms: browsers and Python
 * leave out a port that is the scheme's own, and name every other.
 */
export function addresses(endpoint: PodEndpoint, exposure: Exposure | undefined): Addresses {
  const { port } = endpoint;
  const service = endpoint.host.apply(namesOf);
  const outside = pulumi
    .all(exposure ? [exposure.host, exposure.url.apply((url) => new URL(url).host)] : [])
    .apply((names) => [...new Set(names)]);
  const pod = [`$(${POD_IP})`, `$(${POD_IP}):${port}`, `[$(${POD_IP})]:${port}`];
  const origins = pulumi.all(exposure ? [exposure.url, ...exposure.corsByApplication] : []);
  return {
    hosts: pulumi
      .all([outside, service])
      .apply(([given, names]) =>
        [...given, ...names.flatMap((name) => [name, `${name}:${port}`]), ...LOOPBACK, ...pod].join(","),
      ),
    origins: pulumi
      .all([origins, service])
      .apply(([given, names]) => [...given, ...names.map((name) => `http://${name}:${port}`)].join(",")),
  };
}

/** `a.b.svc.cluster.local` is also called `a`, `a.b` and `a.b.svc`, depending on where one asks. */
function namesOf(host: string): string[] {
  const [service = host, namespace = "", ...rest] = host.split(".");
  const short = `${service}.${namespace}`;
  return [service, short, `${short}.${rest[0] ?? ""}`, host];
}
