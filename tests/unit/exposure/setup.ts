// One service in front of which the ways in of both Targets are put.
import type {
  Backend,
  CertificateSource,
  Expose,
  Exposure,
  ExposureArgs,
} from "../../../components/exposure";
import { podLabels, serviceEndpoint } from "../../../components/network";
import { testNamespace } from "../../support/fixtures";
import { run, type TestGraph } from "../../support/program";

export const HOST = "shop.example.com";

function backend(sendsCors: boolean): Backend {
  const namespace = testNamespace();
  return {
    namespace,
    service: "shop-service",
    servicePort: 80,
    endpoint: serviceEndpoint("shop", { namespace: namespace.name, pods: podLabels("shop"), port: 8000 }),
    sendsCors,
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
  options: { sendsCors?: boolean } = {},
): Promise<TestGraph> {
  return through(() => expose({ host: HOST, ...args }), options);
}

/** The same, with a way in that is not the Target's. */
export function through(
  way: () => Exposure,
  { sendsCors = false }: { sendsCors?: boolean } = {},
): Promise<TestGraph> {
  return run(() => {
    const exposure = way();
    const target = backend(sendsCors);
    const { url, resources } = exposure.to("shop", target, { parent: target.namespace });
    return {
      announced: exposure.url,
      corsByApplication: exposure.corsByApplication,
      url,
      urns: resources.map(({ urn }) => urn),
    };
  });
}
