// Real ingress controllers on this machine, which lead to a service as the exposures in front of it say.
import type { ChildProcess } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { type ExposureArgs, ingressExposure, type IngressContext } from "../../../components/exposure";
import { podLabels, serviceEndpoint } from "../../../components/network";
import type { Manifest } from "../../../tools/graph/objects";
import { isPlainObject, text } from "../../../tools/graph/values";
import { clusterPods, NAMESPACE, testNamespace } from "../../support/fixtures";
import { eventually, freePort, scratch, start, stop, write } from "../../support/processes";
import { run } from "../../support/program";
import { at } from "../../support/services";
import type { ControlPlane } from "./control-plane";
import { ask, type Entrance, type Receiver } from "../../support/uploads";

/** What an exposure of a host makes for the ingress controllers of a class. */
export async function exposed(
  context: Pick<IngressContext, "class" | "readTimeout">,
  args: ExposureArgs & { host: string },
): Promise<readonly Manifest[]> {
  const [name = ""] = args.host.split(".");
  const graph = await run(() => {
    const namespace = testNamespace();
    const way = ingressExposure({ controller: clusterPods, certificate: { source: "cluster" }, ...context });
    const endpoint = serviceEndpoint(name, {
      namespace: namespace.name,
      pods: podLabels(name),
      port: 8000,
    });
    way(args).to(name, { namespace, service: "receiver", servicePort: 80, endpoint }, { parent: namespace });
  });
  return graph.objects
    .map(({ manifest }) => manifest)
    .filter(({ kind }) => kind === "Ingress" || kind === "Middleware");
}

/** The Service of the receiver, with its address where the addresses of pods would be. */
export function serviceOf({ address, port }: Receiver): readonly object[] {
  const ports = [{ name: "http", protocol: "TCP", port: 80, targetPort: port }];
  const metadata = { name: "receiver", namespace: NAMESPACE };
  return [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } },
    { apiVersion: "v1", kind: "Service", metadata, spec: { ports } },
    {
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: { ...metadata, labels: { "kubernetes.io/service-name": metadata.name } },
      addressType: "IPv4",
      endpoints: [{ addresses: [address], conditions: { ready: true } }],
      ports: [{ name: "http", protocol: "TCP", port }],
    },
  ];
}

/** An ingress controller that runs. */
export class Controller implements Entrance {
  private constructor(
    private readonly process: ChildProcess,
    readonly protocol: Entrance["protocol"],
    readonly port: number,
  ) {}

  /** Traefik as it comes, but for what is given; it finds its Ingresses at the API server. */
  static async traefik(
    program: string,
    plane: ControlPlane,
    { hosts, readTimeout }: { hosts: readonly string[]; readTimeout: number },
  ): Promise<Controller> {
    const port = await freePort();
    const server = start(
      program,
      [
        `--entrypoints.websecure.address=127.0.0.1:${port}`,
        "--entrypoints.websecure.http.tls=true",
        `--entrypoints.websecure.transport.respondingtimeouts.readtimeout=${readTimeout}s`,
        "--providers.kubernetesingress=true",
        "--providers.kubernetescrd=true",
        "--global.checknewversion=false",
        "--global.sendanonymoususage=false",
        "--log.level=FATAL",
      ],
      {
        env: { KUBECONFIG: plane.kubeconfig, HOME: scratch("traefik") },
        stdio: ["ignore", "inherit", "inherit"],
      },
    );
    return new Controller(server, "https:", port).ready(hosts);
  }

  /** Debian's nginx with what ingress-nginx would make of Ingresses, without TLS: so HTTP/2 has a port of its own. */
  static async nginx(
    program: string,
    receiver: Receiver,
    defaultTimeout: number,
    ingresses: readonly Manifest[],
  ): Promise<Controller & { bodies: string; http2: Entrance }> {
    const [port, http2Port, folder] = [await freePort(), await freePort(), scratch("nginx")];
    const bodies = path.join(folder, "bodies");
    const listen = [`127.0.0.1:${port}`, `127.0.0.1:${http2Port} http2`];
    const servers = ingresses.map((ingress) => nginxServer(ingress, listen, receiver, defaultTimeout));
    write(folder, {
      "nginx.conf": `
        daemon off;
        master_process off;
        pid ${folder}/pid;
        error_log /dev/null crit;
        events {}
        http {
          access_log off;
          client_body_temp_path ${bodies};
          ${["proxy", "fastcgi", "uwsgi", "scgi"].map((each) => `${each}_temp_path ${folder}/${each};`).join("\n")}
          server { listen 127.0.0.1:${port} default_server; return 404; }
          ${servers.map(({ text }) => text).join("\n")}
        }`,
    });
    const server = start(program, ["-p", folder, "-e", "stderr", "-c", path.join(folder, "nginx.conf")], {
      stdio: ["ignore", "inherit", "inherit"],
    });
    const controller = await new Controller(server, "http:", port).ready(servers.map(({ host }) => host));
    return Object.assign(controller, { bodies, http2: { protocol: "http:", port: http2Port } as const });
  }

  get pid(): number {
    if (this.process.pid === undefined) throw new Error("the ingress controller did not start");
    return this.process.pid;
  }

  stop(): Promise<void> {
    return stop(this.process);
  }

  private async ready(hosts: readonly string[]): Promise<this> {
    const leads = (host: string) =>
      ask(this, host).then(
        ({ status }) => status === 200,
        () => false,
      );
    await eventually(`an ingress controller leads to ${hosts.join(", ")}`, async () =>
      (await Promise.all(hosts.map(leads))).every(Boolean),
    );
    return this;
  }
}

/** What ingress-nginx says of a host that asks for nothing; its timeouts are of 60 s. */
const nginxDefaults = (timeout: number): Record<string, string> => ({
  client_max_body_size: "1m",
  client_body_buffer_size: "8k",
  proxy_request_buffering: "on",
  proxy_read_timeout: `${timeout}s`,
  proxy_send_timeout: `${timeout}s`,
  proxy_buffering: "off",
  proxy_http_version: "1.1",
});

/** What it makes of annotations. */
const NGINX_DIRECTIVES: Readonly<Record<string, (value: string) => Readonly<Record<string, string>>>> = {
  "proxy-body-size": (value) => ({ client_max_body_size: value }),
  "proxy-request-buffering": (value) => ({ proxy_request_buffering: value }),
  "client-body-buffer-size": (value) => ({ client_body_buffer_size: value }),
  "proxy-read-timeout": (value) => ({ proxy_read_timeout: `${value}s` }),
  "proxy-send-timeout": (value) => ({ proxy_send_timeout: `${value}s` }),
  // There is no TLS here to redirect to.
  "ssl-redirect": () => ({}),
};

function nginxServer(
  ingress: Manifest,
  listen: readonly string[],
  to: Receiver,
  defaultTimeout: number,
): { host: string; text: string } {
  const host = text(at(ingress, "spec", "rules", 0, "host"));
  const { annotations } = ingress.metadata;
  const directives = nginxDefaults(defaultTimeout);
  for (const [key, value] of Object.entries(isPlainObject(annotations) ? annotations : {})) {
    const directive = NGINX_DIRECTIVES[key.replace("nginx.ingress.kubernetes.io/", "")];
    if (directive === undefined)
      throw new Error(`what ingress-nginx makes of ${key} is not written down here`);
    Object.assign(directives, directive(text(value)));
  }
  return {
    host,
    text: `
      server {
        ${listen.map((each) => `listen ${each};`).join("\n")}
        server_name ${host};
        location / {
          proxy_pass http://${to.address}:${to.port};
          proxy_set_header Host $host;
          ${Object.entries(directives)
            .map(([name, value]) => `${name} ${value};`)
            .join("\n")}
        }
      }`,
  };
}

/** The bytes of all files in a folder and below. */
export function bytesIn(folder: string): number {
  return fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + fs.statSync(path.join(parentPath, name)).size, 0);
}
