// What providers compute: for each resource type the outputs that a real one would add to the inputs.
// Enough of the kubernetes, random and tls providers that a program cannot tell the difference.
import { checkName, completeMetadata } from "./names";
import {
  APPS_DOMAIN,
  pem,
  privateKey,
  randomBytes,
  randomText,
  seededBytes,
  seededHex,
  uuid,
} from "./placeholders";
import { isPlainObject, text, UNKNOWN, type Plain, type PlainObject } from "./values";

/** The request, as far as a provider sees it. */
export interface ProviderRequest {
  urn: string;
  type: string;
  name: string;
  /** Unwrapped: no secret signatures. */
  inputs: PlainObject;
  /** Set when an existing object is read instead of created. */
  readId: string | undefined;
  /** What an object says that is read, where it is not what every cluster's says. */
  existing?: PlainObject;
}

/** Outputs beyond the inputs. `known` ones are settled before anything is created, so a preview has them too. */
export interface Computed {
  id: string;
  known: PlainObject;
  created: PlainObject;
}

type Simulation = (request: ProviderRequest, seed: string) => { id?: string; created: PlainObject };

/** A new keeper makes a new value, as in the random provider. */
function seedOf(request: ProviderRequest): string {
  return `${request.urn}#${JSON.stringify(request.inputs.keepers ?? null)}`;
}

const random: Record<string, Simulation> = {
  "random:index/randomPassword:RandomPassword": ({ inputs }, seed) => ({
    id: "none",
    created: { result: randomText(inputs, seed), bcryptHash: `$2a$10$${seededHex(`${seed}#bcrypt`, 53)}` },
  }),
  "random:index/randomString:RandomString": ({ inputs }, seed) => {
    const result = randomText(inputs, seed);
    return { id: result, created: { result } };
  },
  "random:index/randomBytes:RandomBytes": ({ inputs }, seed) => {
    const bytes = randomBytes(Number(inputs.length), seed);
    return { id: "none", created: { base64: bytes.toString("base64"), hex: bytes.toString("hex") } };
  },
  "random:index/randomId:RandomId": ({ inputs }, seed) => {
    const bytes = seededBytes(seed, Number(inputs.byteLength));
    const prefix = typeof inputs.prefix === "string" ? inputs.prefix : "";
    const hex = bytes.toString("hex");
    return {
      id: bytes.toString("base64url"),
      created: {
        hex: prefix + hex,
        dec: prefix + BigInt(`0x${hex}`).toString(),
        b64Std: prefix + bytes.toString("base64"),
        b64Url: prefix + bytes.toString("base64url"),
      },
    };
  },
  "random:index/randomUuid:RandomUuid": (_, seed) => ({ id: uuid(seed), created: { result: uuid(seed) } }),
  "random:index/randomPet:RandomPet": ({ inputs }, seed) => {
    const parts = [inputs.prefix, "placeholder", seededHex(seed, 6)].filter(
      (part) => typeof part === "string",
    );
    return { id: parts.join(typeof inputs.separator === "string" ? inputs.separator : "-"), created: {} };
  },
  "random:index/randomInteger:RandomInteger": ({ inputs }, seed) => {
    const [min, max] = [Number(inputs.min), Number(inputs.max)];
    const result = min + (seededBytes(seed, 4).readUInt32BE() % (max - min + 1));
    return { id: String(result), created: { result } };
  },
};

const validity: PlainObject = {
  readyForRenewal: false,
  validityStartTime: "2000-01-01T00:00:00Z",
  validityEndTime: "2100-01-01T00:00:00Z",
};

const tls: Record<string, Simulation> = {
  "tls:index/privateKey:PrivateKey": (_, seed) => ({
    created: {
      privateKeyPem: privateKey(seed),
      privateKeyPemPkcs8: privateKey(`${seed}#pkcs8`),
      privateKeyOpenssh: privateKey(`${seed}#openssh`),
      publicKeyPem: pem("PUBLIC KEY", seed),
      publicKeyOpenssh: `ssh-placeholder ${seededHex(seed, 32)}`,
      publicKeyFingerprintMd5: seededHex(`${seed}#md5`, 32),
      publicKeyFingerprintSha256: `SHA256:${seededHex(seed, 43)}`,
    },
  }),
  "tls:index/selfSignedCert:SelfSignedCert": (_, seed) => ({
    created: { certPem: pem("CERTIFICATE", seed), keyAlgorithm: "ECDSA", ...validity },
  }),
  "tls:index/locallySignedCert:LocallySignedCert": (_, seed) => ({
    created: { certPem: pem("CERTIFICATE", seed), caKeyAlgorithm: "ECDSA", ...validity },
  }),
  "tls:index/certRequest:CertRequest": (_, seed) => ({
    created: { certRequestPem: pem("CERTIFICATE REQUEST", seed), keyAlgorithm: "ECDSA" },
  }),
};

const simulations: Record<string, Simulation> = { ...random, ...tls };

/** What objects say that a program reads and a cluster has of its own. */
const existing: Record<string, PlainObject> = {
  "kubernetes:config.openshift.io/v1:Ingress": { spec: { domain: APPS_DOMAIN } },
};

/** Simulates one provider call. */
export function compute(request: ProviderRequest): Computed {
  if (request.type.startsWith("kubernetes:")) return computeKubernetes(request);
  const seed = seedOf(request);
  const simulate = simulations[request.type];
  if (simulate === undefined && /^(random|tls):/.test(request.type))
    throw new Error(`${request.urn}: no simulation of ${request.type}; add one to tools/graph/providers.ts`);
  const { id, created } = simulate?.(request, seed) ?? { created: {} };
  return { id: request.readId ?? id ?? seededHex(request.urn, 16), known: {}, created };
}

function computeKubernetes(request: ProviderRequest): Computed {
  const { urn, inputs, readId } = request;
  const uid = uuid(urn);
  if (readId !== undefined) {
    const [name = "", namespace] = readId.split("/").reverse();
    const metadata: PlainObject = namespace === undefined ? { name } : { name, namespace };
    const known = { ...(request.existing ?? existing[request.type]), metadata: { ...metadata, uid } };
    return { id: readId, known, created: {} };
  }
  const kind = kubernetesKind(inputs);
  if (kind === undefined) return { id: seededHex(urn, 16), known: {}, created: {} };
  if (isPatch(request.type, inputs) && nameOf(inputs) === undefined)
    throw new Error(`${urn}: a patch names the object that it changes: set metadata.name`);

  const metadata = completeMetadata(inputs, request.name, urn);
  const name = text(metadata.name);
  if (name !== UNKNOWN) checkName(kind, name, urn);
  const namespace = text(metadata.namespace);
  return {
    id: namespace === "" ? name : `${namespace}/${name}`,
    known: { metadata },
    created: { metadata: { ...metadata, uid } },
  };
}

function nameOf(inputs: PlainObject): Plain | undefined {
  return isPlainObject(inputs.metadata) ? inputs.metadata.name : undefined;
}

/** The kind, when these are the inputs of a Kubernetes object (a provider or a Helm release has none). */
export function kubernetesKind(inputs: PlainObject): string | undefined {
  return typeof inputs.apiVersion === "string" && typeof inputs.kind === "string" ? inputs.kind : undefined;
}

/** A type such as `kubernetes:core/v1:ConfigMapPatch`, of kind ConfigMap, changes an object that something else owns. */
export function isPatch(type: string, inputs: PlainObject): boolean {
  const kind = kubernetesKind(inputs);
  return kind !== undefined && type.endsWith(`:${kind}Patch`);
}
