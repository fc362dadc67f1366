// NodePort exposure: a port of every node leads to the Service. For laptops, where a node is as near as an
// ingress controller: no host name, no TLS.
import * as pulumi from "@pulumi/pulumi";
import { ANYWHERE, Edge } from "../network";
import { Backend, checkCors, checkPlain, Exposed, Exposure, ExposureArgs } from "./exposure";

export interface NodePortArgs extends Pick<ExposureArgs, "cors"> {
  /** Port of the nodes; API servers take 30000 to 32767 unless told otherwise. */
  port: number;
  /**
   * Address under which clients reach a node; minikube's is what `minikube ip` prints.
   * @default not known to the program: the URL says so
   */
  node?: string;
  /** Show the service the addresses of its clients; nodes without one of its pods then don't answer. @default false */
  preserveClient?: boolean;
}

/** What stands in a URL for an address that only the cluster's owner knows. */
const SOME_NODE = "address-of-a-node";

/** Exposes through a port of every node: for a laptop, where no host leads to the cluster. */
export function nodePortExposure(args: NodePortArgs): Exposure {
  const { port, node: host = SOME_NODE, cors = [], preserveClient = false } = args;
  if (!Number.isInteger(port) || port < 1 || port > 65535) {
    throw new pulumi.RunError(
      `A node has no port ${port}. Give one that the API server hands out: 30000 to 32767, unless its ` +
        `--service-node-port-range says otherwise.`,
    );
  }
  const exposure: Exposure = {
    host: pulumi.output(host),
    url: pulumi.output(`http://${host}:${port}`),
    corsByApplication: cors,
    nodePort: { port, preserveClient },
    to: (name, backend, opts) => {
      checkCors(name, exposure, backend);
      checkPlain(name, backend);
      return expose(exposure, backend, opts);
    },
  };
  return exposure;
}

/**
 * The Service listens; what is left is to let its clients in. They come from anywhere: nodes pass connections on under
 * their own addresses, or their clients'.
 */
function expose({ url }: Exposure, { endpoint }: Backend, opts: pulumi.CustomResourceOptions): Exposed {
  const edge = new Edge(
    `nodes-to-${endpoint.name}`,
    { from: "anywhere", source: ANYWHERE, to: endpoint },
    opts,
  );
  return { url, resources: edge.policies };
}
