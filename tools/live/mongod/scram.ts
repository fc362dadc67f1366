// The server's side of SCRAM-SHA-256 (RFC 5802 and 7677): what is kept of a password, and one login.
import { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from "node:crypto";

/** What a server keeps in place of a password, in base64. */
export interface Credential {
  readonly salt: string;
  readonly storedKey: string;
  readonly serverKey: string;
}

const ITERATIONS = 15_000;

const hmac = (key: Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();
const hash = (bytes: Buffer): Buffer => createHash("sha256").update(bytes).digest();

export function credentialOf(password: string): Credential {
  const salt = randomBytes(28);
  const salted = pbkdf2Sync(password.normalize("NFKC"), salt, ITERATIONS, 32, "sha256");
  return {
    salt: salt.toString("base64"),
    storedKey: hash(hmac(salted, "Client Key")).toString("base64"),
    serverKey: hmac(salted, "Server Key").toString("base64"),
  };
}

/** One login: the name that the client gave, the challenge for it, and the answer to its proof. */
export class Login {
  readonly user: string;
  private readonly clientFirst: string;
  private readonly nonce: string;
  private challenged: { credential: Credential; serverFirst: string } | undefined;

  constructor(payload: string) {
    this.clientFirst = payload.replace(/^[^,]*,[^,]*,/, "");
    const { n, r } = attributes(this.clientFirst);
    this.user = (n ?? "").replaceAll("=2C", ",").replaceAll("=3D", "=");
    this.nonce = `${r ?? ""}${randomBytes(24).toString("base64")}`;
  }

  challenge(credential: Credential): string {
    const serverFirst = `r=${this.nonce},s=${credential.salt},i=${ITERATIONS}`;
    this.challenged = { credential, serverFirst };
    return serverFirst;
  }

  /** Proves that the server knows the password too; undefined if the client does not. */
  answer(payload: string): string | undefined {
    if (this.challenged === undefined) return undefined;
    const { credential, serverFirst } = this.challenged;
    const { r, p } = attributes(payload);
    const signed = `${this.clientFirst},${serverFirst},${payload.replace(/,p=.*$/, "")}`;
    const storedKey = Buffer.from(credential.storedKey, "base64");
    const signature = hmac(storedKey, signed);
    const proof = Buffer.from(p ?? "", "base64");
    if (r !== this.nonce || proof.length !== signature.length) return undefined;
    const clientKey = proof.map((byte, index) => byte ^ (signature[index] ?? 0));
    if (!timingSafeEqual(hash(Buffer.from(clientKey)), storedKey)) return undefined;
    return `v=${hmac(Buffer.from(credential.serverKey, "base64"), signed).toString("base64")}`;
  }
}

/** `n=ann,r=abc` by letter. */
function attributes(message: string): Record<string, string | undefined> {
  return Object.fromEntries(message.split(",").map((part) => [part.slice(0, 1), part.slice(2)]));
}
