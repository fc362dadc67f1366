// A client of the S3 API that sends exactly one signed request a call (signature version 4), so that a test
// sees what the server says to that request and to nothing else.
import { createHash, createHmac } from "node:crypto";

export interface Credentials {
  readonly accessKey: string;
  readonly secretKey: string;
  /** Of temporary credentials. */
  readonly sessionToken?: string;
}

export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers: Headers;
}

type Query = Readonly<Record<string, string>>;

const REGION = "us-east-1";
const ALGORITHM = "AWS4-HMAC-SHA256";

export class S3 {
  constructor(
    private readonly server: string,
    private readonly credentials: Credentials,
  ) {}

  /** Names of the buckets that this identity is shown. */
  async buckets(): Promise<string[]> {
    return [...(await this.send("GET", "")).body.matchAll(/<Name>([^<]*)<\/Name>/g)].map(
      (match) => match[1]!,
    );
  }

  list(bucket: string, prefix = ""): Promise<Answer> {
    return this.send("GET", bucket, { query: { "list-type": "2", prefix } });
  }

  get(object: string, query: Query = {}): Promise<Answer> {
    return this.send("GET", object, { query });
  }

  put(object: string, body = "content"): Promise<Answer> {
    return this.send("PUT", object, { body });
  }

  delete(object: string, query: Query = {}): Promise<Answer> {
    return this.send("DELETE", object, { query });
  }

  /** Uploads in one part, as clients upload what is large. */
  async upload(object: string, body: string): Promise<Answer> {
    const created = await this.send("POST", object, { query: { uploads: "" } });
    const uploadId = /<UploadId>([^<]*)</.exec(created.body)?.[1];
    if (uploadId === undefined) return created;
    const part = await this.send("PUT", object, { query: { partNumber: "1", uploadId }, body });
    const tag = part.headers.get("etag");
    return this.send("POST", object, {
      query: { uploadId },
      body: `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${tag}</ETag></Part></CompleteMultipartUpload>`,
    });
  }

  /** One request; `target` is a bucket, or a bucket and a key. */
  send(method: string, target: string, options: { query?: Query; body?: string } = {}): Promise<Answer> {
    return this.request("s3", method, `/${target}`, options.query ?? {}, options.body ?? "");
  }

  /** Temporary credentials with this identity's rights. */
  async session(): Promise<Credentials> {
    const form = new URLSearchParams({
      Action: "AssumeRole",
      Version: "2011-06-15",
      DurationSeconds: "3600",
    });
    const { status, body } = await this.request("sts", "POST", "/", {}, form.toString());
    const value = (name: string): string => new RegExp(`<${name}>([^<]*)<`).exec(body)?.[1] ?? "";
    if (status !== 200) throw new Error(body);
    return {
      accessKey: value("AccessKeyId"),
      secretKey: value("SecretAccessKey"),
      sessionToken: value("SessionToken"),
    };
  }

  /** A URL with which anybody can read an object, for an hour. */
  presigned(object: string): string {
    const now = timestamp();
    const query = {
      "X-Amz-Algorithm": ALGORITHM,
      "X-Amz-Credential": `${this.credentials.accessKey}/${scope(now, "s3")}`,
      "X-Amz-Date": now,
      "X-Amz-Expires": "3600",
      "X-Amz-SignedHeaders": "host",
    };
    const url = new URL(`${this.server}/${object}`);
    const signature = this.signature(
      now,
      "s3",
      "GET",
      url.pathname,
      query,
      { host: url.host },
      "UNSIGNED-PAYLOAD",
    );
    return `${url.href}?${encoded({ ...query, "X-Amz-Signature": signature })}`;
  }

  private async request(
    service: string,
    method: string,
    path: string,
    query: Query,
    body: string,
  ): Promise<Answer> {
    const url = new URL(this.server + path);
    const now = timestamp();
    const payload = sha256(body);
    const headers: Record<string, string> = {
      ...(service === "sts" ? { "content-type": "application/x-www-form-urlencoded" } : {}),
      host: url.host,
      "x-amz-content-sha256": payload,
      "x-amz-date": now,
      ...(this.credentials.sessionToken === undefined
        ? {}
        : { "x-amz-security-token": this.credentials.sessionToken }),
    };
    const signature = this.signature(now, service, method, url.pathname, query, headers, payload);
    const credential = `${this.credentials.accessKey}/${scope(now, service)}`;
    const names = Object.keys(headers).sort().join(";");
    const response = await fetch(`${url.href}?${encoded(query)}`, {
      method,
      headers: {
        ...headers,
        // A server may end a kept connection in the moment that it is used again; that is not what is asked here.
        connection: "close",
        authorization: `${ALGORITHM} Credential=${credential}, SignedHeaders=${names}, Signature=${signature}`,
      },
      ...(body === "" ? {} : { body }),
    });
    return { status: response.status, body: await response.text(), headers: response.headers };
  }

  private signature(
    now: string,
    service: string,
    method: string,
    path: string,
    query: Query,
    headers: Readonly<Record<string, string>>,
    payload: string,
  ): string {
    const names = Object.keys(headers).sort();
    const request = [
      method,
      path,
      encoded(query),
      ...names.map((name) => `${name}:${headers[name]}`),
      "",
      names.join(";"),
      payload,
    ].join("\n");
    const toSign = [ALGORITHM, now, scope(now, service), sha256(request)].join("\n");
    const key = [now.slice(0, 8), REGION, service, "aws4_request"].reduce<Buffer | string>(
      (secret, part) => createHmac("sha256", secret).update(part).digest(),
      `AWS4${this.credentials.secretKey}`,
    );
    return createHmac("sha256", key).update(toSign).digest("hex");
  }
}

function timestamp(): string {
  return new Date().toISOString().replace(/[-:]|\.\d+/g, "");
}

function scope(now: string, service: string): string {
  return `${now.slice(0, 8)}/${REGION}/${service}/aws4_request`;
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** Sorted and escaped as signatures demand. */
function encoded(query: Query): string {
  const escape = (text: string): string =>
    encodeURIComponent(text).replace(
      /[!'()*]/g,
      (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
    );
  return Object.entries(query)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${escape(key)}=${escape(value)}`)
    .join("&");
}
