// What recovery decides about each object that an interrupted run left behind.
import * as assert from "node:assert/strict";
import type { Resource } from "../../../tools/graph/graph";
import type { PlainObject } from "../../../tools/graph/values";
import { Program, prune } from "../../../tools/stack/adopt";
import { planRecovery, type Recovery } from "../../../tools/stack/recovery";
import { keyOf, objectOf, type LiveObject, type StateResource } from "../../../tools/stack/state";

const STACK = "urn:pulumi:dev::mlops-platform::pulumi:pulumi:Stack::dev";
const PROVIDER: StateResource = {
  urn: "urn:pulumi:dev::mlops-platform::pulumi:providers:kubernetes::default_4_34_2",
  type: "pulumi:providers:kubernetes",
  custom: true,
  id: "1234",
};
const urnOf = (kind: string, name: string) =>
  `urn:pulumi:dev::mlops-platform::kubernetes:core/v1:${kind}::${name}`;

/** An object of the cluster; a generated name says so. */
function live(kind: string, name: string, more: PlainObject = {}, generated = false): LiveObject {
  const annotations: PlainObject = generated ? { annotations: { "pulumi.com/autonamed": "true" } } : {};
  return { apiVersion: "v1", kind, metadata: { namespace: "minio", name, ...annotations }, ...more };
}

/** A record of the state, or of an operation that had begun when it has no id. */
function record(kind: string, name: string, id?: string, more: Partial<StateResource> = {}): StateResource {
  const inputs = {
    apiVersion: "v1",
    kind,
    metadata: { namespace: "minio", name: id?.split("/")[1] ?? name },
  };
  const type = `kubernetes:core/v1:${kind}`;
  return {
    urn: urnOf(kind, name),
    type,
    custom: true,
    parent: STACK,
    inputs,
    ...(id ? { id } : {}),
    ...more,
  };
}

/** What the program registers. */
function registered(kind: string, name: string, objectName?: string, more: Partial<Resource> = {}): Resource {
  const metadata: PlainObject = {
    namespace: "minio",
    ...(objectName === undefined ? {} : { name: objectName }),
  };
  return {
    urn: urnOf(kind, name),
    type: `kubernetes:core/v1:${kind}`,
    name,
    id: "",
    parent: STACK,
    custom: true,
    read: false,
    inputs: { apiVersion: "v1", kind, metadata },
    secretInputs: [],
    outputs: { metadata: { ...metadata, name: objectName ?? `${name}-00000000` } },
    secretOutputs: [],
    provider: undefined,
    dependencies: [],
    propertyDependencies: {},
    aliases: [],
    protect: false,
    retainOnDelete: false,
    deleteBeforeReplace: undefined,
    ignoreChanges: [],
    replaceOnChanges: [],
    importId: undefined,
    customTimeouts: {},
    ...more,
  };
}

interface Situation {
  state?: StateResource[];
  pending?: [type: string, resource: StateResource][];
  inventory?: LiveObject[];
  absent?: StateResource[];
  program?: Resource[];
}

function plan({ state = [], pending = [], inventory = [], absent = [], program = [] }: Situation): Recovery {
  return planRecovery(
    {
      resources: [PROVIDER, ...state],
      pending_operations: pending.map(([type, resource]) => ({ type, resource })),
    },
    { inventory, absent: new Set(absent.map((resource) => keyOf(objectOf(resource)!))) },
    new Program({ resources: program }),
  );
}

const recorded = ({ deployment }: Recovery): StateResource[] =>
  (deployment.resources ?? []).filter(({ urn }) => urn !== PROVIDER.urn);
const actions = ({ findings }: Recovery): string[] =>
  findings.map(({ object, action }) => `${action}: ${object}`);

describe("recovery of a creation that was interrupted", () => {
  const pending = record("Service", "minio-api");

  it("takes the object back when it was made, to be applied again", () => {
    const recovery = plan({ pending: [["creating", pending]], inventory: [live("Service", "minio-api")] });
    const [service] = recorded(recovery);
    assert.equal(service?.id, "minio/minio-api");
    assert.deepEqual(service.outputs?.__inputs, pending.inputs);
    assert.equal(service.initErrors?.length, 1);
    assert.equal(recovery.deployment.pending_operations, undefined);
    assert.deepEqual(actions(recovery), ["taken back: Service minio/minio-api"]);
  });

  it("forgets it when the object was not made", () => {
    const recovery = plan({ pending: [["creating", pending]] });
    assert.deepEqual(recorded(recovery), []);
    assert.deepEqual(actions(recovery), ["nothing to do: Service minio/minio-api"]);
  });

  it("takes back a generated name, since the engine wrote it down", () => {
    const secret = record("Secret", "minio-admin", undefined, {
      inputs: {
        apiVersion: "v1",
        kind: "Secret",
        metadata: { namespace: "minio", name: "minio-admin-0a1b2c3d" },
      },
    });
    const recovery = plan({
      pending: [["creating", secret]],
      inventory: [live("Secret", "minio-admin-0a1b2c3d", {}, true)],
    });
    assert.deepEqual(
      recorded(recovery).map(({ id }) => id),
      ["minio/minio-admin-0a1b2c3d"],
    );
    assert.deepEqual(recovery.remove, []);
  });

  it("removes the new one of a replacement with a generated name: the next run makes it", () => {
    const old = record("ConfigMap", "policy", "minio/policy-11111111");
    const begun = record("ConfigMap", "policy");
    begun.inputs = { ...begun.inputs, metadata: { namespace: "minio", name: "policy-22222222" } };
    const newOne = live("ConfigMap", "policy-22222222", {}, true);
    const recovery = plan({
      state: [old],
      pending: [["creating", begun]],
      inventory: [live("ConfigMap", "policy-11111111", {}, true), newOne],
    });
    assert.deepEqual(recovery.remove, [newOne]);
    assert.deepEqual(recorded(recovery), [old]);
  });

  it("goes on with a replacement whose old object was deleted first", () => {
    const old = record("ConfigMap", "identities", "minio/identities", { pendingReplacement: true });
    const recovery = plan({
      state: [old],
      pending: [["creating", record("ConfigMap", "identities")]],
      inventory: [live("ConfigMap", "identities")],
    });
    assert.deepEqual(
      recorded(recovery).map(({ id, pendingReplacement }) => [id, pendingReplacement]),
      [["minio/identities", undefined]],
    );
  });
});

describe("recovery of an update that was interrupted", () => {
  it("has the object applied again, whatever the state says", () => {
    const service = record("Service", "minio-api", "minio/minio-api");
    const recovery = plan({
      state: [service],
      pending: [["updating", service]],
      inventory: [live("Service", "minio-api")],
    });
    assert.equal(recorded(recovery)[0]?.initErrors?.length, 1);
  });
});

describe("recovery of a deletion that was interrupted", () => {
  const service = record("Service", "minio-api", "minio/minio-api", { protect: true });

  it("takes the object out of the state when it is gone, and out of what depended on it", () => {
    const other = record("Secret", "user", "minio/user", {
      dependencies: [service.urn, PROVIDER.urn],
      propertyDependencies: { data: [service.urn] },
    });
    const recovery = plan({
      state: [service, other],
      pending: [["deleting", service]],
      inventory: [live("Secret", "user")],
      absent: [service],
    });
    const [rest] = recorded(recovery);
    assert.deepEqual(
      [rest?.urn, rest?.dependencies, rest?.propertyDependencies],
      [other.urn, [PROVIDER.urn], { data: [] }],
    );
    assert.deepEqual(actions(recovery), ["gone: Service minio/minio-api"]);
  });

  it("leaves the record of an object that is still there", () => {
    const recovery = plan({
      state: [service],
      pending: [["deleting", service]],
      inventory: [live("Service", "minio-api")],
    });
    assert.deepEqual(recorded(recovery), [service]);
  });
});

describe("recovery of an object with the stack's labels that no record names", () => {
  it("takes it back when the program makes one of that name, with the values that it has", () => {
    const service = live("Service", "minio-api", {
      spec: { clusterIP: "10.0.0.7", ports: [{ port: 9000, name: "s3" }] },
    });
    const program = registered("Service", "minio-api", "minio-api", {
      protect: true,
      dependencies: ["urn:gone"],
    });
    program.inputs.spec = { ports: [{ port: 1 }] };
    const recovery = plan({ inventory: [service], program: [program] });
    const [record] = recorded(recovery);
    assert.equal(record?.provider, `${PROVIDER.urn}::1234`);
    assert.equal(record.protect, true);
    assert.deepEqual(record.dependencies, []);
    assert.deepEqual(record.inputs?.spec, { ports: [{ port: 9000 }] });
  });

  it("takes back a volume, and never removes one", () => {
    const claim = live("PersistentVolumeClaim", "unknown-data");
    assert.deepEqual(actions(plan({ inventory: [claim] })), [
      "left alone: PersistentVolumeClaim minio/unknown-data",
    ]);
    const program = [registered("PersistentVolumeClaim", "unknown-data", "unknown-data")];
    assert.deepEqual(actions(plan({ inventory: [claim], program })), [
      "taken back: PersistentVolumeClaim minio/unknown-data",
    ]);
  });

  it("takes back a credential with a generated name, as a secret of the state", () => {
    const secret = live("Secret", "minio-admin-0a1b2c3d", { data: { password: "c2VjcmV0" } }, true);
    const program = registered("Secret", "minio-admin");
    program.inputs.stringData = { password: "placeholder" };
    const recovery = plan({ inventory: [secret], program: [program] });
    const [record] = recorded(recovery);
    assert.equal(record?.id, "minio/minio-admin-0a1b2c3d");
    assert.deepEqual(record.inputs?.data, {
      "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
      plaintext: '{"password":"c2VjcmV0"}',
    });
    assert.equal(record.inputs.stringData, undefined);
    assert.deepEqual(recovery.remove, []);
  });

  it("makes records for the components around it that the state lacks", () => {
    const component = registered("MinioStore", "minio", undefined, {
      urn: "urn:component",
      type: "mlops:object-store:MinioStore",
      custom: false,
    });
    const service = registered("Service", "minio-api", "minio-api", { parent: component.urn });
    const recovery = plan({ inventory: [live("Service", "minio-api")], program: [component, service] });
    assert.deepEqual(
      recorded(recovery).map(({ urn, custom }) => [urn, custom]),
      [
        ["urn:component", false],
        [service.urn, true],
      ],
    );
  });

  it("removes a Job and a ConfigMap with a generated name", () => {
    const orphans = [
      live("Job", "sweep-0a1b2c3d", {}, true),
      live("ConfigMap", "scripts-0a1b2c3d", {}, true),
    ];
    assert.deepEqual(plan({ inventory: orphans }).remove, orphans);
  });

  it("removes a second copy of a credential only when it is the same", () => {
    const state = [record("Secret", "minio-admin", "minio/minio-admin-11111111")];
    const program = [registered("Secret", "minio-admin")];
    const kept = live("Secret", "minio-admin-11111111", { data: { password: "YQ==" } }, true);
    const same = live("Secret", "minio-admin-22222222", { data: { password: "YQ==" } }, true);
    const other = live("Secret", "minio-admin-33333333", { data: { password: "Yg==" } }, true);
    const recovery = plan({ state, inventory: [kept, same, other], program });
    assert.deepEqual(recovery.remove, [same]);
    assert.deepEqual(actions(recovery), [
      "removed: Secret minio/minio-admin-22222222",
      "left alone: Secret minio/minio-admin-33333333",
    ]);
  });

  it("waits for a provider before it takes anything back", () => {
    const recovery = planRecovery(
      { resources: [] },
      { inventory: [live("Service", "minio-api")], absent: new Set() },
      new Program({ resources: [registered("Service", "minio-api", "minio-api")] }),
    );
    assert.deepEqual(actions(recovery), ["left alone: Service minio/minio-api"]);
  });

  it("is content with a namespace that the stack only patches", () => {
    const patch = record("Namespace", "apps", "apps", { type: "kubernetes:core/v1:NamespacePatch" });
    const namespace: LiveObject = { apiVersion: "v1", kind: "Namespace", metadata: { name: "apps" } };
    assert.deepEqual(actions(plan({ state: [patch], inventory: [namespace] })), []);
  });
});

describe("recovery of a stack that is in order", () => {
  it("changes nothing", () => {
    const state = [record("Service", "minio-api", "minio/minio-api")];
    const recovery = plan({ state, inventory: [live("Service", "minio-api")] });
    assert.deepEqual([recorded(recovery), recovery.findings, recovery.remove], [state, [], []]);
  });
});

describe("pruning an object to what the program says", () => {
  it("keeps the fields of the program with the values of the object", () => {
    assert.deepEqual(prune({ a: 1, b: { c: 2 }, d: 3 }, { a: 9, b: { c: 8, e: 7 }, f: 6 }), {
      a: 9,
      b: { c: 8 },
    });
  });

  it("takes a list as it is when it has another length", () => {
    assert.deepEqual(prune([{ a: 1 }], [{ a: 1, b: 2 }, { a: 3 }]), [{ a: 1, b: 2 }, { a: 3 }]);
  });
});
