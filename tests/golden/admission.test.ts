// What OpenShift's admission makes of the pods of whole stacks: all of prod's are admitted by restricted-v2, which gives
// them their ids and nothing else; none of dev's are, and for nothing but the ids that minikube's Target gives them.
import { at } from "../../tools/graph/values";
import * as assert from "node:assert/strict";
import type { PlainObject } from "../../tools/graph/values";
import { containersOf, podTemplates, type PodTemplate, restrictedViolations } from "../support/pods";
import { admit, type Allocation } from "../support/scc";
import { stack, type StackName } from "../support/stacks";

const templates = async (name: StackName): Promise<PodTemplate[]> =>
  podTemplates((await stack(name)).objects);

const namespaceOf = ({ owner }: PodTemplate): string => owner.split("/")[0] ?? "";

/** Every namespace has a range, a group and a level of its own. */
function allocations(pods: readonly PodTemplate[]): (pod: PodTemplate) => Allocation {
  const namespaces = [...new Set(pods.map(namespaceOf))];
  return (pod) => {
    const number = namespaces.indexOf(namespaceOf(pod));
    const min = 1000650000 + 10000 * number;
    return { uids: { min, max: min + 9999 }, fsGroup: min, level: `s0:c${26 + number},c${number}` };
  };
}

/** What the admission may add: who the pod is. */
const isIdentity = (path: string): boolean => /\.(runAsUser|fsGroup|seLinuxOptions)$/.test(path);

/** Everything for which a pod would be refused, or would not be what the program says that it is. */
function problems({ owner, spec }: PodTemplate, allocation: Allocation): string[] {
  const { reasons, added, pod } = admit(spec, allocation);
  return [
    ...reasons,
    ...added.filter((path) => !isIdentity(path)).map((path) => `${path}: left to the admission`),
    ...restrictedViolations(pod),
  ].map((problem) => `${owner}: ${problem}`);
}

describe("the pods of the prod stack on OpenShift", () => {
  let pods: PodTemplate[];
  let allocationFor: (pod: PodTemplate) => Allocation;

  before(async () => {
    pods = await templates("prod");
    allocationFor = allocations(pods);
  });

  it("are all there: servers, Jobs and init containers", () => {
    const kinds = new Set(pods.map(({ owner }) => owner.split("/")[1]));
    for (const kind of ["Deployment", "StatefulSet", "Job"]) assert.ok(kinds.has(kind), kind);
    assert.ok(pods.some(({ spec }) => spec.initContainers !== undefined));
  });

  it("are all admitted by restricted-v2, which gives them ids and nothing else", () => {
    assert.deepEqual(
      pods.flatMap((pod) => problems(pod, allocationFor(pod))),
      [],
    );
  });

  it("run as the first user and group of their namespace, under its SELinux level", () => {
    for (const pod of pods) {
      const { uids, fsGroup, level } = allocationFor(pod);
      const admitted = admit(pod.spec, allocationFor(pod)).pod;
      assert.deepEqual(
        [at(admitted, "securityContext", "fsGroup"), at(admitted, "securityContext", "seLinuxOptions")],
        [fsGroup, { level }],
        pod.owner,
      );
      for (const container of containersOf(admitted))
        assert.equal(at(container, "securityContext", "runAsUser"), uids.min, pod.owner);
    }
  });

  /** A pod of the stack, after somebody changed it. */
  function changed(change: (pod: PlainObject, container: PlainObject) => void): string[] {
    const [pod] = pods.filter(({ owner }) => owner === "minio/StatefulSet/minio");
    assert.ok(pod);
    const spec = structuredClone(pod.spec);
    change(spec.securityContext as PlainObject, containersOf(spec)[0]!.securityContext as PlainObject);
    return problems({ ...pod, spec }, allocationFor(pod));
  }

  const left = "containers[minio].securityContext";
  const changes: [what: string, Parameters<typeof changed>[0], problem: string][] = [
    ["runAsNonRoot", (pod) => delete pod.runAsNonRoot, `${left}.runAsNonRoot: left to the admission`],
    [
      "the seccomp profile",
      (pod) => delete pod.seccompProfile,
      "securityContext.seccompProfile: left to the admission",
    ],
    [
      "allowPrivilegeEscalation",
      (_, container) => delete container.allowPrivilegeEscalation,
      `${left}.allowPrivilegeEscalation: left to the admission`,
    ],
    [
      "what it drops",
      (_, container) => delete container.capabilities,
      `${left}.capabilities.drop: left to the admission`,
    ],
  ];
  for (const [what, change, problem] of changes)
    it(`would not pass here without ${what}`, () => {
      assert.deepEqual(changed(change), [`minio/StatefulSet/minio: ${problem}`]);
    });

  it("would be refused with a user of their own", () => {
    assert.match(changed((pod) => (pod.runAsUser = 10001)).join(), /runAsUser: 10001 must be in the ranges/);
  });
});

describe("the pods of the dev stack on OpenShift", () => {
  it("are all refused, for nothing but the ids that minikube's Target gives them", async () => {
    const pods = await templates("dev");
    const allocationFor = allocations(pods);
    for (const pod of pods) {
      const { reasons } = admit(pod.spec, allocationFor(pod));
      const others = reasons.filter(
        (reason) =>
          !/\.(runAsUser: 10001 must be in the ranges|fsGroup: 10001 is not an allowed)/.test(reason),
      );
      assert.ok(reasons.length > containersOf(pod.spec).length, pod.owner);
      assert.deepEqual(others, [], pod.owner);
    }
  });
});
