// Certificates: the four ways in which a host gets one, the same behind an Ingress and behind a Route.
import * as assert from "node:assert/strict";
import {
  type CertificateSource,
  type Expose,
  type ExposureArgs,
  ingressExposure,
  routeExposure,
} from "../../../components/exposure";
import { type PlainObject, text } from "../../../tools/graph/values";
import { clusterPods, NAMESPACE } from "../../support/fixtures";
import { type Pod, readNetwork } from "../../../tools/network/network";
import type { TestGraph } from "../../support/program";
import { mayConnect } from "../../../tools/network/reachability";
import { certificates, exposed, HOST } from "./setup";

const SECRET = "kubernetes:core/v1:Secret";
const KEY = "tls:index/privateKey:PrivateKey";
const SELF_SIGNED = "tls:index/selfSignedCert:SelfSignedCert";
const CERTIFICATE = "kubernetes:cert-manager.io/v1:Certificate";

/** Someone else's pod, as the network sees it. */
const pod = (namespace: string, labels: Record<string, string>): Pod => ({
  kind: "pod",
  name: namespace,
  namespace,
  labels,
  ports: [],
});

interface Edge {
  type: string;
  expose: (certificate: CertificateSource) => Expose;
  /** The name of the Secret that the edge of the cluster shows. */
  shown: (graph: TestGraph) => unknown;
}

type TlsSpec = PlainObject & { tls: unknown };

const edges: Readonly<Record<string, Edge>> = {
  Ingress: {
    type: "kubernetes:networking.k8s.io/v1:Ingress",
    expose: (certificate) => ingressExposure({ class: "nginx", controller: clusterPods, certificate }),
    shown: (graph) => {
      const { tls } = graph.object("Ingress", "shop-ingress").spec as TlsSpec;
      return (tls as { secretName?: string }[])[0]!.secretName;
    },
  },
  Route: {
    type: "kubernetes:route.openshift.io/v1:Route",
    expose: (certificate) => routeExposure({ router: clusterPods, certificate }),
    shown: (graph) => {
      const { tls } = graph.object("Route", "shop").spec as TlsSpec;
      return (tls as { externalCertificate?: { name: string } }).externalCertificate?.name;
    },
  },
};

for (const [kind, { type, expose, shown }] of Object.entries(edges))
  describe(`the certificate behind ${kind === "Ingress" ? "an" : "a"} ${kind}`, () => {
    const having = (source: CertificateSource["source"], args: Partial<ExposureArgs> = {}) =>
      exposed(expose(certificates[source]), args);

    const nothingIsMade = (graph: TestGraph): void => {
      for (const made of [SECRET, KEY, SELF_SIGNED, CERTIFICATE]) graph.none(made);
    };

    it("is the controller's own, of which nothing is made or named", async () => {
      const graph = await having("cluster");
      assert.equal(shown(graph), undefined);
      nothingIsMade(graph);
    });

    it("is in the Secret that the user names", async () => {
      const graph = await having("secret");
      assert.equal(shown(graph), "wildcard-tls");
      nothingIsMade(graph);
    });

    it("is made by cert-manager for the host, and waited for", async () => {
      const graph = await having("issuer");
      const { metadata, spec } = graph.object("Certificate", "shop");
      assert.deepEqual(metadata, {
        name: "shop",
        namespace: "team",
        annotations: { "pulumi.com/waitFor": "condition=Ready" },
      });
      assert.deepEqual(spec, {
        secretName: "shop-tls",
        dnsNames: [HOST],
        issuerRef: { group: "cert-manager.io", name: "letsencrypt", kind: "ClusterIssuer" },
      });
      assert.equal(shown(graph), "shop-tls");
      assert.ok(graph.one(type).dependencies.includes(graph.one(CERTIFICATE).urn));
    });

    it("can be asked for by HTTP-01: the controller may reach the pods that cert-manager answers with", async () => {
      const solver = pod(NAMESPACE, { "acme.cert-manager.io/http01-solver": "true" });
      const controller = pod("cluster-system", {});
      const reaches = (graph: TestGraph, from: Pod) =>
        mayConnect(
          readNetwork(
            graph.objects.map(({ manifest }) => manifest),
            [solver, from],
          ),
          from,
          solver,
          8089,
        );
      assert.equal(reaches(await having("secret"), controller), false);
      assert.equal(reaches(await having("issuer"), pod("elsewhere", {})), false);
      assert.equal(reaches(await having("issuer"), controller), true);
    });

    it("can be signed by the program, for two years, a new one half a year before the end", async () => {
      const graph = await having("selfSigned");
      const key = graph.one(KEY);
      assert.deepEqual(key.inputs, { algorithm: "ECDSA", ecdsaCurve: "P256" });
      assert.deepEqual(graph.one(SELF_SIGNED).inputs, {
        privateKeyPem: key.outputs.privateKeyPem,
        subject: { commonName: HOST, organization: "mlops-platform" },
        dnsNames: [HOST],
        allowedUses: ["digital_signature", "server_auth"],
        validityPeriodHours: 17520,
        earlyRenewalHours: 4368,
      });
    });

    it("goes into an auto-named Secret when signed by the program, so that a new one is picked up", async () => {
      const graph = await having("selfSigned");
      const secret = graph.one(SECRET);
      assert.equal(secret.inputs.type, "kubernetes.io/tls");
      assert.deepEqual(secret.inputs.metadata, { namespace: "team" });
      assert.deepEqual(secret.inputs.stringData, {
        "tls.crt": graph.one(SELF_SIGNED).outputs.certPem,
        "tls.key": graph.one(KEY).outputs.privateKeyPem,
      });
      const { name } = secret.outputs.metadata as { name: string };
      assert.match(name, /^shop-tls-[0-9a-f]{8}$/);
      assert.equal(shown(graph), name);
      assert.ok(graph.one(type).dependencies.includes(secret.urn));
    });

    it("has a key that is secret wherever it goes", async () => {
      const graph = await having("selfSigned");
      const key = text(graph.one(KEY).outputs.privateKeyPem);
      assert.notEqual(key, "");
      assert.ok(graph.one(SECRET).secretInputs.includes("stringData"));
      assert.ok(graph.one(SELF_SIGNED).secretInputs.includes("privateKeyPem"));
      assert.ok(!JSON.stringify(graph.objects).includes(key));
    });

    it("has a common name of 64 characters at most; clients look at the whole name beside it", async () => {
      const host = `${"a".repeat(60)}.apps.example.com`;
      const { subject, dnsNames } = (await having("selfSigned", { host })).one(SELF_SIGNED).inputs;
      assert.equal((subject as PlainObject).commonName, host.slice(0, 64));
      assert.deepEqual(dnsNames, [host]);
    });
  });
