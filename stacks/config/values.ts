/**
 * The kinds of value that configuration keys take: each with its check, the phrase that says what is
 * allowed and an example. Numbers and booleans are also taken from text, since `pulumi config set` without
 * --path stores text, and text from numbers, since with --path it stores "1" as a number.
 */
import { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { z } from "zod";
import { describe } from "./field";
import { bytes, bytesPattern, cpuPattern } from "./quantity";
import { EncryptedValue, Secret } from "./secret";

const label = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/;
const textOf = (value: unknown): unknown => (Number.isSafeInteger(value) ? String(value) : value);

/** A text with a test. Its length is part of the test, so that no pattern ever runs over a huge text. */
export const satisfying = (test: (value: string) => boolean, max = 2048) =>
  z.preprocess(
    textOf,
    z.string().refine((value) => value.length <= max && test(value)),
  );
export const matching = (pattern: RegExp, max: number) => satisfying((value) => pattern.test(value), max);

const booleans: Readonly<Record<string, boolean>> = { true: true, false: false };

export const boolean = describe(
  z.preprocess((value) => (typeof value === "string" ? (booleans[value] ?? value) : value), z.boolean()),
  { allowed: "true or false", example: "true" },
);

export function integer(min: number, max: number, example: number) {
  const number = z.preprocess(
    (value) => (typeof value === "string" && /^\d{1,9}$/.test(value) ? Number(value) : value),
    z.number().int().min(min).max(max),
  );
  return describe(number, { allowed: `a whole number from ${min} to ${max}`, example: String(example) });
}

export const port = integer(1, 65535, 6443);

export function oneOf<const T extends readonly string[]>(values: T) {
  return describe(z.enum(values), {
    allowed: values
      .map((value) => `\`${value}\``)
      .join(", ")
      .replace(/, ([^,]*)$/, " or $1"),
    example: values[0],
  });
}

export const cpu = describe(matching(cpuPattern, 20), {
  allowed: "cores such as 2 or 0.5, or thousandths of a core such as 250m",
  example: "500m",
});

export const memory = describe(matching(bytesPattern, 20), {
  allowed: "a size with its unit, such as 512Mi or 2Gi",
  example: "2Gi",
});

/** The size of a volume: block storage commonly refuses, or silently rounds up, less than 1Gi. */
export const volumeSize = describe(
  satisfying((value) => bytes(value) >= 2 ** 30, 20),
  { allowed: "a size with its unit, such as 20Gi, and no less than 1Gi", example: "50Gi" },
);

export const dnsLabel = (max: number, example: string) =>
  describe(matching(label, max), {
    allowed: `at most ${max} of a-z, 0-9 and -, neither starting nor ending with -`,
    example,
  });

/** Short, so that prefixed names stay within the 63 characters of a DNS label. */
export const namespacePrefix = describe(matching(/^(?:[a-z0-9][a-z0-9-]*)?$/, 20), {
  allowed: "at most 20 of a-z, 0-9 and -, not starting with -",
  example: "team1-",
});

const isHostname = (value: string) =>
  value.length <= 253 && value.split(".").every((part) => part.length <= 63 && label.test(part));

const isNoAddress = (value: string) => isHostname(value) && isIP(value) === 0;

/** What an Ingress or Route takes: the API server refuses an address there. */
export const hostname = describe(satisfying(isNoAddress), {
  allowed: "a host name in lower case, without scheme, port or path, and no IP address",
  example: "service.example.com",
});

/** Short enough that a label and a dot fit in front of it. */
export const appsDomain = describe(satisfying(isNoAddress, 253 - 64), {
  allowed: "a domain in lower case, of at most 189 characters",
  example: "apps.cluster.example.com",
});

/** The name of a Kubernetes object. */
export const objectName = describe(satisfying(isHostname), {
  allowed: "the name of a Kubernetes object: a-z, 0-9, - and ., at most 253",
  example: "example",
});

/** Where a page comes from, as browsers name it. */
export const origin = describe(
  satisfying((value) => isServiceUrl(value) && !value.endsWith("/")),
  {
    allowed: "an origin: http or https, a host and an optional port, without a closing slash",
    example: "https://app.example.com",
  },
);

function fraction(test: (value: number) => boolean) {
  return z.preprocess(
    (value) => (typeof value === "string" && /^\d{1,4}(\.\d{1,6})?$/.test(value) ? Number(value) : value),
    z.number().refine(test),
  );
}

/** A share of all requests that is worth a promise. */
export const share = describe(
  fraction((value) => value >= 0.5 && value <= 0.99999),
  { allowed: "a number from 0.5 to 0.99999", example: "0.995" },
);

export const duration = describe(
  fraction((value) => value > 0 && value <= 3600),
  { allowed: "seconds, above 0 and at most 3600", example: "0.5" },
);

export const serverAddress = describe(
  satisfying((value) => isHostname(value) || isIP(value) !== 0),
  { allowed: "a host name or an IP address, without scheme or port", example: "mysql.example.com" },
);

function isCidr(value: string): boolean {
  const [address = "", length = "", ...rest] = value.split("/");
  const family = isIP(address);
  return (
    rest.length === 0 &&
    family !== 0 &&
    // A zone names a network card, which means nothing in a policy.
    !address.includes("%") &&
    /^\d{1,3}$/.test(length) &&
    Number(length) <= (family === 4 ? 32 : 128)
  );
}

export const cidr = describe(satisfying(isCidr, 64), {
  allowed: "an address range such as 10.0.0.0/8 or fd00::/8",
  example: "10.0.0.0/8",
});

export const cidrs = describe(z.array(cidr).min(1), { allowed: "a list of at least one address range" });

function isServiceUrl(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const { protocol, username, password, pathname, search, hash } = new URL(value);
  const bare = username === "" && password === "" && search === "" && hash === "" && !/[?#]/.test(value);
  return /^https?:$/.test(protocol) && bare && pathname === "/" && /^https?:\/\/[^/\s\\]+\/?$/i.test(value);
}

export const serviceUrl = describe(
  satisfying(isServiceUrl).transform((value) => value.replace(/\/$/, "")),
  {
    allowed: "an http or https URL of a host and an optional port, without path or credentials",
    example: "https://s3.example.com",
  },
);

const repository = "[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*";
const registryHost = "[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::\\d{1,5})?";
const imagePattern = new RegExp(
  `^(?:${registryHost}/)?${repository}(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@sha256:[a-f0-9]{64})?$`,
);
const isPinned = (value: string) => /:[^/]+$/.test(value);

export const image = describe(
  satisfying((value) => imagePattern.test(value) && isPinned(value), 255),
  {
    allowed: "an image reference with a tag or a digest",
    example: "registry.example.com/team/image:1.2.3",
  },
);

export const imageMirror = describe(matching(new RegExp(`^${registryHost}(?:/${repository})?$`), 200), {
  allowed: "a registry host with an optional port and path, without scheme or closing slash",
  example: "registry.example.com/mirror",
});

export const bucketName = describe(
  satisfying(
    (value) => value.length >= 3 && isNoAddress(value) && !/^xn--|-s3alias$|\.-|-\./.test(value),
    63,
  ),
  {
    allowed: "3 to 63 of a-z, 0-9, - and ., starting and ending with a letter or digit",
    example: "datasets",
  },
);

export const objectPrefix = describe(
  matching(/^(?!\.\.?(?:\/|$))[A-Za-z0-9._-]+(?:\/(?!\.\.?(?:\/|$))[A-Za-z0-9._-]+)*\/?$/, 512),
  {
    allowed: "a folder such as models/iris: letters, digits, ., _ and - between slashes",
    example: "models/iris",
  },
);

const systemSchemas = ["mysql", "sys", "information_schema", "performance_schema"];

export const schemaName = describe(
  satisfying((value) => /^[a-z][a-z0-9_]*$/.test(value) && !systemSchemas.includes(value), 64),
  {
    allowed: "a-z, 0-9 and _, starting with a letter, at most 64, and no schema of MySQL itself",
    example: "iris",
  },
);

/** The name of an experiment or a registered model. */
export const trackedName = describe(matching(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 100), {
  allowed: "at most 100 letters, digits, ., _ and -, starting with a letter or digit",
  example: "churn",
});

export const labelKey = describe(
  satisfying((value) => {
    const [name = "", prefix, ...rest] = value.split("/").reverse();
    const named = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/.test(name);
    return named && rest.length === 0 && (prefix === undefined || isHostname(prefix));
  }),
  { allowed: "a Kubernetes label key", example: "app" },
);

const labelText = (value: unknown) => (typeof value === "boolean" ? String(value) : textOf(value));

export const labelValue = describe(
  z.preprocess(labelText, z.string().regex(/^(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$/)),
  { allowed: "a Kubernetes label value: at most 63 letters, digits, ., _ and -", example: "iris" },
);

const certificateEnd = "-----END CERTIFICATE-----";

function areCertificates(pem: string): boolean {
  const blocks = pem.split(certificateEnd);
  const rest = blocks.pop() ?? "";
  return blocks.length > 0 && !rest.includes("-----BEGIN") && blocks.every((block) => isCertificate(block));
}

function isCertificate(block: string): boolean {
  const start = block.indexOf("-----BEGIN");
  if (start < 0) return false;
  try {
    new X509Certificate(block.slice(start) + certificateEnd);
    return true;
  } catch {
    return false;
  }
}

/** A ConfigMap holds at most 1 MiB, and that is where the bundle goes. */
export const certificates = describe(
  satisfying(areCertificates, 2 ** 20 - 2 ** 14).transform((pem) => `${pem.trim()}\n`),
  { allowed: "one or more certificates in PEM format", exampleFile: "corporate-ca.pem" },
);

/** A secret text; `placeholder` stands in where the stack file holds it encrypted. */
export function secret(allowed: string, test: (value: string) => boolean, placeholder = "placeholder") {
  const schema = z
    .preprocess(
      (value) => (value instanceof EncryptedValue ? placeholder : textOf(value)),
      z
        .string()
        .max(2 ** 16)
        .refine(test),
    )
    .transform((value) => new Secret(value));
  return describe(schema, { secret: true, allowed });
}

export const secretText = (min: number, max = 1024) =>
  secret(
    `text of ${min} to ${max} characters, without control characters`,
    (value) => value.length >= min && value.length <= max && !/\p{Cc}/u.test(value),
  );

function isDockerConfig(value: string): boolean {
  try {
    const document: unknown = JSON.parse(value);
    return typeof document === "object" && document !== null && "auths" in document && isMap(document.auths);
  } catch {
    return false;
  }
}

const isMap = (value: unknown) => typeof value === "object" && value !== null && !Array.isArray(value);

export const dockerConfig = describe(
  secret('a dockerconfigjson document: JSON with a map "auths"', isDockerConfig, '{"auths":{}}'),
  { exampleFile: "$HOME/.docker/config.json" },
);
