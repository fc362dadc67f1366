// The token with which a scraper reads MinIO's metrics: a JWT that an identity signs with its own secret, as
// `mc admin prometheus generate` makes one. It opens the metrics and nothing else, and says nothing of the secret.
import { createHmac } from "node:crypto";

/** The only issuer that MinIO accepts for its metrics. */
const ISSUER = "prometheus";

/**
 * 2100-01-01. A date, so that the same identity has the same token in every deployment; a token ends sooner, with
 * the identity that signed it.
 */
const EXPIRES = 4_102_444_800;

export function metricsToken(user: string, secret: string): string {
  const signed = [
    { alg: "HS512", typ: "JWT" },
    { sub: user, iss: ISSUER, exp: EXPIRES },
  ]
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
    .join(".");
  return `${signed}.${createHmac("sha512", secret).update(signed).digest("base64url")}`;
}
