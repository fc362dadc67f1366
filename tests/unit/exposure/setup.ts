// One service in front of which the ways in of both Targets are put.
import type { Backend, CertificateSource, Expose, ExposureArgs } from "../../../components/exposure";
import { podLabels, serviceEndpoint } from "../../../components/network";
import { testNamespace } from "../../support/fixtures";
import { run, type TestGraph } from "../../support/program";

export const HOST = "shop.example.com";

function backend(): Backend {
  const namespace = testNamespace();
  return {
    namespace,
    service: "shop-service",
    servicePort: 80,
    endpoint: serviceEndpoint("shop", { namespace: namespace.name, pods: podLabels("shop"), port: 8000 }),
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
export function exposed(expose: Expose, args: Partial<ExposureArgs> = {}): Promise<TestGraph> {
  return run(() => {
    const exposure = expose({ host: HOST, ...args });
    const target = backend();
    const { url, resources } = exposure.to("shop", target, { parent: target.namespace });
    return { announced: exposure.url, url, urns: resources.map(({ urn }) => urn) };
  });
}
