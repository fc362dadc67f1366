// Certificate: what the edge of the cluster shows to clients of a host.
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import { ClusterPeer, Edge, ManagedNamespace, serviceEndpoint } from "../network";

/** Where the certificate of an exposed host comes from. */
export type CertificateSource = Readonly<
  /** The ingress controller's own certificate; nothing is made. */
  | { source: "cluster" }
  /** A certificate made by the program, for laptops: browsers warn. */
  | { source: "selfSigned" }
  /** A Secret of type kubernetes.io/tls that is there in each namespace with an exposure. */
  | { source: "secret"; secretName: string }
  /** cert-manager makes one for each host. */
  | { source: "issuer"; issuer: { name: string; kind: "ClusterIssuer" | "Issuer" } }
>;

/** A certificate in a Secret that an Ingress or Route can name. */
export interface EdgeCertificate {
  readonly secretName: pulumi.Input<string>;
  readonly ready: readonly pulumi.Resource[];
}

/** Two years, and a new one when half a year is left: laptops' browsers refuse more than 825 days. */
const VALIDITY_HOURS = 2 * 365 * 24;
const RENEWAL_HOURS = 182 * 24;

/** The pods with which cert-manager answers an ACME server that asks over HTTP, if the issuer is of that kind. */
const HTTP01_SOLVER = { pods: { "acme.cert-manager.io/http01-solver": "true" }, port: 8089 };

/** The certificate for `host`; nothing when the ingress controller shows its own. */
export function edgeCertificate(
  name: string,
  args: {
    host: pulumi.Input<string>;
    namespace: ManagedNamespace;
    certificate: CertificateSource;
    /** The pods through which the host is reached. */
    controller: ClusterPeer;
  },
  opts: pulumi.CustomResourceOptions,
): EdgeCertificate | undefined {
  switch (args.certificate.source) {
    case "cluster":
      return undefined;
    case "secret":
      return { secretName: args.certificate.secretName, ready: [] };
    case "issuer":
      return issued(name, { ...args, issuer: args.certificate.issuer }, opts);
    case "selfSigned":
      return selfSigned(name, args, opts);
  }
}

function selfSigned(
  name: string,
  args: { host: pulumi.Input<string>; namespace: ManagedNamespace },
  opts: pulumi.CustomResourceOptions,
): EdgeCertificate {
  const key = new tls.PrivateKey(`${name}-key`, { algorithm: "ECDSA", ecdsaCurve: "P256" }, opts);
  const certificate = new tls.SelfSignedCert(
    `${name}-certificate`,
    {
      privateKeyPem: key.privateKeyPem,
      subject: {
        commonName: pulumi.output(args.host).apply((host) => host.slice(0, 64)),
        organization: "mlops-platform",
      },
      dnsNames: [args.host],
      allowedUses: ["digital_signature", "server_auth"],
      validityPeriodHours: VALIDITY_HOURS,
      earlyRenewalHours: RENEWAL_HOURS,
    },
    opts,
  );
  const secret = new k8s.core.v1.Secret(
    `${name}-tls`,
    {
      metadata: { namespace: args.namespace.name },
      type: "kubernetes.io/tls",
      stringData: { "tls.crt": certificate.certPem, "tls.key": pulumi.secret(key.privateKeyPem) },
    },
    opts,
  );
  return { secretName: secret.metadata.name, ready: [secret] };
}

function issued(
  name: string,
  args: {
    host: pulumi.Input<string>;
    namespace: ManagedNamespace;
    controller: ClusterPeer;
    issuer: { name: string; kind: string };
  },
  opts: pulumi.CustomResourceOptions,
): EdgeCertificate {
  const challenge = new Edge(
    `ingress-to-${name}-challenge`,
    {
      from: "ingress-controller",
      source: args.controller,
      to: serviceEndpoint(`${name}-challenge`, { namespace: args.namespace.name, ...HTTP01_SOLVER }),
    },
    opts,
  );
  const secretName = `${name}-tls`;
  const certificate = new k8s.apiextensions.CustomResource(
    `${name}-certificate`,
    {
      apiVersion: "cert-manager.io/v1",
      kind: "Certificate",
      metadata: {
        name,
        namespace: args.namespace.name,
        annotations: { "pulumi.com/waitFor": "condition=Ready" },
      },
      spec: { secretName, dnsNames: [args.host], issuerRef: { group: "cert-manager.io", ...args.issuer } },
    },
    { ...opts, dependsOn: [...challenge.policies] },
  );
  return { secretName, ready: [certificate] };
}
