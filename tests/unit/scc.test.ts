// The admission of restricted-v2 itself, on pods made by hand: what it gives, and what it refuses for which reason.
import * as assert from "node:assert/strict";
import type { KubernetesObject } from "../../tools/graph/objects";
import type { PlainObject } from "../../tools/graph/values";
import { podTemplates, restrictedViolations } from "../support/pods";
import { admit, allocationOf } from "../support/scc";

const allocation = allocationOf({
  "openshift.io/sa.scc.uid-range": "1000680000/10000",
  "openshift.io/sa.scc.supplemental-groups": "1000690000/10000",
  "openshift.io/sa.scc.mcs": "s0:c26,c15",
});

/** A pod that asks for nothing. */
const bare = (pod: PlainObject = {}, container: PlainObject = {}): PlainObject => ({
  containers: [{ name: "web", image: "web:1", ...container }],
  ...pod,
});

/** A pod that asks for all that it can ask for itself. */
const careful = (): PlainObject =>
  bare(
    { securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } } },
    { securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } } },
  );

describe("restricted-v2", () => {
  it("admits a pod that asks for nothing, as one that satisfies Pod Security restricted", () => {
    const { reasons, pod } = admit(bare(), allocation);
    assert.deepEqual(reasons, []);
    assert.deepEqual(pod, {
      securityContext: {
        fsGroup: 1000690000,
        seLinuxOptions: { level: "s0:c26,c15" },
        seccompProfile: { type: "RuntimeDefault" },
      },
      containers: [
        {
          name: "web",
          image: "web:1",
          securityContext: {
            runAsUser: 1000680000,
            runAsNonRoot: true,
            allowPrivilegeEscalation: false,
            capabilities: { drop: ["ALL"] },
          },
        },
      ],
    });
    assert.deepEqual(restrictedViolations(pod), []);
  });

  it("gives a pod that asks for the rest itself its ids, and nothing else", () => {
    assert.deepEqual(admit(careful(), allocation).added, [
      "securityContext.fsGroup",
      "securityContext.seLinuxOptions",
      "containers[web].securityContext.runAsUser",
    ]);
  });

  it("leaves the pod that it is asked about as it is", () => {
    const pod = bare();
    admit(pod, allocation);
    assert.deepEqual(pod, bare());
  });

  it("takes ids from the namespace's ranges, and the group from the users' where it has none of its own", () => {
    const uids = { "openshift.io/sa.scc.uid-range": "1000-1999" };
    assert.deepEqual(allocationOf({ ...uids, "openshift.io/sa.scc.mcs": "s0:c1,c0" }), {
      uids: { min: 1000, max: 1999 },
      fsGroup: 1000,
      level: "s0:c1,c0",
    });
    assert.throws(() => allocationOf({}), /no block of ids/);
  });

  const security = (securityContext: PlainObject): PlainObject => ({ securityContext });
  const good: [what: string, pod: PlainObject][] = [
    ["a user of the namespace's range", bare({}, security({ runAsUser: 1000689999 }))],
    ["the namespace's own group", bare(security({ fsGroup: 1000690000 }))],
    ["its own level, in whatever order", bare(security({ seLinuxOptions: { level: "s0:c15,c26" } }))],
    ["ports below 1024", bare({}, security({ capabilities: { add: ["NET_BIND_SERVICE"] } }))],
    ["a safe sysctl", bare(security({ sysctls: [{ name: "net.ipv4.tcp_syncookies", value: "1" }] }))],
    [
      "volumes that live and die with the pod or belong to the namespace",
      bare({ volumes: [{ name: "a", emptyDir: {} }, { name: "b", secret: {} }, { name: "c" }] }),
    ],
    ["any other groups", bare(security({ supplementalGroups: [1] }))],
  ];
  for (const [what, pod] of good)
    it(`admits ${what}`, () => {
      assert.deepEqual(admit(pod, allocation).reasons, []);
    });

  const bad: [what: string, pod: PlainObject, ...reasons: string[]][] = [
    [
      "root",
      bare({}, security({ runAsUser: 0 })),
      "containers[web].securityContext.runAsUser: 0 must be in the ranges: [1000680000, 1000689999]",
    ],
    [
      "a user of the image's, said once for the pod",
      bare(security({ runAsUser: 1001 })),
      "containers[web].securityContext.runAsUser: 1001 must be in the ranges: [1000680000, 1000689999]",
    ],
    [
      "the first user after the range",
      bare({}, security({ runAsUser: 1000690000 })),
      "containers[web].securityContext.runAsUser: 1000690000 must be in the ranges: [1000680000, 1000689999]",
    ],
    [
      "another group for its volumes",
      bare(security({ fsGroup: 1000690001 })),
      "securityContext.fsGroup: 1000690001 is not an allowed group",
    ],
    [
      "another namespace's level",
      bare(security({ seLinuxOptions: { level: "s0:c1,c2" } })),
      'securityContext.seLinuxOptions.level: "s0:c1,c2" must be s0:c26,c15',
      'containers[web].securityContext.seLinuxOptions.level: "s0:c1,c2" must be s0:c26,c15',
    ],
    [
      "a type of process that SELinux lets do more",
      bare({}, security({ seLinuxOptions: { level: "s0:c26,c15", type: "spc_t" } })),
      'containers[web].securityContext.seLinuxOptions.type: "spc_t" must be',
    ],
    [
      "no seccomp profile",
      bare({}, security({ seccompProfile: { type: "Unconfined" } })),
      "containers[web].securityContext.seccompProfile: unconfined is not an allowed seccomp profile. Valid values are [runtime/default]",
    ],
    [
      "a seccomp profile of the node's",
      bare(security({ seccompProfile: { type: "Localhost", localhostProfile: "own.json" } })),
      "securityContext.seccompProfile: localhost/own.json is not an allowed seccomp profile. Valid values are [runtime/default]",
      "containers[web].securityContext.seccompProfile: localhost/own.json is not an allowed seccomp profile. Valid values are [runtime/default]",
    ],
    [
      "a privileged container",
      bare({}, security({ privileged: true })),
      "containers[web].securityContext.privileged: Privileged containers are not allowed",
    ],
    [
      "programs that gain rights",
      bare({}, security({ allowPrivilegeEscalation: true })),
      "containers[web].securityContext.allowPrivilegeEscalation: Allowing privilege escalation for containers is not allowed",
    ],
    [
      "a capability, though it drops all others",
      bare({}, security({ capabilities: { add: ["NET_BIND_SERVICE", "CHOWN"], drop: ["ALL"] } })),
      "containers[web].securityContext.capabilities.add: CHOWN capability may not be added",
    ],
    [
      "the node's network",
      bare({ hostNetwork: true }),
      "hostNetwork: Host network is not allowed to be used",
    ],
    ["the node's processes", bare({ hostPID: true }), "hostPID: Host PID is not allowed to be used"],
    ["the node's shared memory", bare({ hostIPC: true }), "hostIPC: Host IPC is not allowed to be used"],
    [
      "a port of the node",
      bare({}, { ports: [{ containerPort: 80, hostPort: 8080 }] }),
      "containers[web].ports.hostPort: 8080 Host ports are not allowed to be used",
    ],
    [
      "a folder of the node",
      bare({ volumes: [{ name: "logs", hostPath: { path: "/var/log" } }] }),
      "volumes[logs]: hostPath volumes are not allowed to be used",
    ],
    [
      "a network disk of its own choice",
      bare({ volumes: [{ name: "share", nfs: { server: "nas", path: "/" } }] }),
      "volumes[share]: nfs volumes are not allowed to be used",
    ],
    [
      "settings of the node's kernel",
      bare(security({ sysctls: [{ name: "kernel.msgmax", value: "65536" }] })),
      'securityContext.sysctls: unsafe sysctl "kernel.msgmax" is not allowed',
    ],
    [
      "all of that for an init container alone",
      { ...careful(), initContainers: [{ name: "chown", securityContext: { runAsUser: 0 } }] },
      "initContainers[chown].securityContext.runAsUser: 0 must be in the ranges: [1000680000, 1000689999]",
    ],
    [
      "all of that for a container that is put into a running pod",
      { ...careful(), ephemeralContainers: [{ name: "debug", securityContext: { privileged: true } }] },
      "ephemeralContainers[debug].securityContext.privileged: Privileged containers are not allowed",
    ],
  ];
  for (const [what, pod, ...reasons] of bad)
    it(`refuses ${what}, for that reason alone`, () => {
      assert.deepEqual(admit(pod, allocation).reasons, reasons);
    });
});

describe("the pod of an InferenceService", () => {
  const object = (kind: string, name: string, spec: PlainObject, namespace = "team"): KubernetesObject => ({
    urn: `urn:${kind}:${namespace}:${name}`,
    component: "test",
    patch: false,
    namespace,
    manifest: { apiVersion: "serving.kserve.io/v1", kind, metadata: { name, namespace }, spec },
  });
  const runtime = object("ServingRuntime", "triton", {
    containers: [
      { name: "kserve-container", image: "triton:1", resources: { limits: { memory: "1Gi" } } },
      { name: "exporter", image: "exporter:1" },
    ],
    volumes: [{ name: "tmp", emptyDir: {} }],
  });
  const service = object("InferenceService", "iris", {
    predictor: {
      securityContext: { runAsNonRoot: true },
      model: { runtime: "triton", storageUri: "s3://models", resources: { limits: { memory: "2Gi" } } },
    },
  });

  it("is its runtime's, with its own word on top, and judged as every other", () => {
    assert.deepEqual(podTemplates([service, runtime]), [
      {
        owner: "team/InferenceService/iris",
        isProxied: false,
        spec: {
          securityContext: { runAsNonRoot: true },
          containers: [
            { name: "kserve-container", image: "triton:1", resources: { limits: { memory: "2Gi" } } },
            { name: "exporter", image: "exporter:1" },
          ],
          volumes: [{ name: "tmp", emptyDir: {} }],
        },
      },
    ]);
  });

  it("is not known without its runtime, which another namespace's is not", () => {
    const elsewhere = object("ServingRuntime", "triton", { containers: [] }, "elsewhere");
    for (const objects of [[service], [service, elsewhere]])
      assert.throws(() => podTemplates(objects), /InferenceService iris has no model, or no ServingRuntime/);
  });
});
