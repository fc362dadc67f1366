// AppsDomain: the domain that an OpenShift cluster gives to Routes, under which every name leads to its router.
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

interface IngressSpec {
  /** Chosen when the cluster was installed. */
  domain?: string;
  /** An administrator's choice, which then counts for Routes instead. */
  appsDomain?: string;
}

/** The cluster's own settings of its way in. They are one object, of this name, and only read. */
class ClusterIngress extends k8s.apiextensions.CustomResource {
  declare readonly spec: pulumi.Output<IngressSpec | undefined>;

  constructor(name: string) {
    super(
      name,
      { apiVersion: "config.openshift.io/v1", kind: "Ingress", spec: undefined },
      { id: "cluster" },
    );
  }
}

/** Asks the cluster, in a preview too. Whoever deploys may have to be given the right to read that. */
export function clusterAppsDomain(): pulumi.Output<string> {
  return new ClusterIngress("cluster-ingress").spec.apply(domainOf);
}

function domainOf({ domain = "", appsDomain = "" }: IngressSpec = {}): string {
  if (appsDomain !== "" || domain !== "") return appsDomain || domain;
  throw new pulumi.RunError(
    "The cluster names no domain for Routes: its Ingress `cluster` (config.openshift.io/v1) has none. Name it in the " +
      "config: `pulumi config set appsDomain apps.cluster.example.com`.",
  );
}
