// Exposure: ways into the cluster, with the same args on every Target.
export type { CertificateSource } from "./certificate";
export type { Backend, Expose, Exposed, Exposure, ExposureArgs, NodePort } from "./exposure";
export { ingressExposure, type IngressContext } from "./ingress";
export { nodePortExposure, type NodePortArgs } from "./node-port";
export { routeExposure, type RouteContext } from "./route";
