// What the Prometheus operator is told of where the metrics of a workload are.
import { MetricsCredential, WatchArgs } from "./monitor";

export function serviceMonitorSpec(
  name: string,
  { service, portName, path = "/metrics", credential }: WatchArgs,
  interval: number,
): Record<string, unknown> {
  return {
    selector: { matchLabels: service },
    endpoints: [
      {
        port: portName,
        path,
        interval: `${interval}s`,
        // A Service may have another name than its component, and a component several Services.
        relabelings: [{ action: "replace", targetLabel: "job", replacement: name }],
        ...authentication(credential),
      },
    ],
  };
}

function authentication(credential: MetricsCredential | undefined): Record<string, unknown> {
  if (credential === undefined) return {};
  if ("bearer" in credential) {
    const { secretName, key } = credential.bearer;
    return { authorization: { type: "Bearer", credentials: { name: secretName, key } } };
  }
  const { secretName, userKey, passwordKey } = credential.basic;
  return {
    basicAuth: {
      username: { name: secretName, key: userKey },
      password: { name: secretName, key: passwordKey },
    },
  };
}
