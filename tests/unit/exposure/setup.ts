// One service in front of which the ways in of both Targets are put.
import type {
  Backend,
  CertificateSource,
  Expose,
  Exposure,
  ExposureArgs,
} from "../../../components/exposure";
import { type ManagedNamespace, podLabels, serviceEndpoint } from "../../../components/network";
import { testNamespace } from "../../support/fixtures";
import type { CollectOptions } from "../../../tools/graph/collect";
import { run, type TestGraph } from "../../support/program";

export const HOST = "shop.example.com";

export function backend(
  namespace: ManagedNamespace,
  name = "shop",
  own: Pick<Backend, "sendsCors" | "encrypted"> = {},
): Backend {
  return {
    namespace,
    service: `${name}-service`,
    servicePort: 80,
    endpoint: serviceEndpoint(name, { namespace: namespace.name, pods: podLabels(name), port: 8000 }),
    ...own,
  };
}

/** The four ways to a certificate. */
export const certificates = {
  cluster: { source: "cluster" },
  selfSigned: { source: "selfSigned" },
  secret: { source: "secret", secretName: "wildcard-tls" },
  issuer: { source: "issuer", issuer: { name: "letsencrypt", kind: "ClusterIssuer" } },
} as const satisfies Record<CertificateSource["source"], CertificateSource>;

/** Exposes a service called `shop`; the outputs are what its component learns. */
export function exposed(
  expose: Expose,
  args: Partial<ExposureArgs> = {},
  options: Pick<Backend, "sendsCors" | "encrypted"> & CollectOptions = {},
): Promise<TestGraph> {
  return through(() => expose({ host: HOST, ...args }), options);
}

/** The same, with a way in that is not the Target's. */
export function through(
  way: () => Exposure,
  {
    sendsCors = false,
    encrypted = false,
    ...options
  }: Pick<Backend, "sendsCors" | "encrypted"> & CollectOptions = {},
): Promise<TestGraph> {
  return run(() => {
    const exposure = way();
    const target = backend(testNamespace(), "shop", { sendsCors, encrypted });
    const { url, resources } = exposure.to("shop", target, { parent: target.namespace });
    return {
      announced: exposure.url,
      host: exposure.host,
      corsByApplication: exposure.corsByApplication,
      url,
      urns: resources.map(({ urn }) => urn),
    };
  }, options);
}
