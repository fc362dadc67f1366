// The resource monitor that a program talks to in place of the engine. It answers as engine and providers
// would and writes down each request as it arrives, before any of its options or secret marks get lost.
//
// Why not the SDK's own mock monitor: it hands to a mock neither options (protect, aliases, dependencies) nor
// which nested value was secret, accepts a URN twice, leaves `additionalSecretOutputs` to the mock, and builds
// URNs from the parent's type alone where the engine uses the whole chain.
import type { Alias as WireAlias } from "@pulumi/pulumi/proto/alias_pb";
import { InvokeResponse } from "@pulumi/pulumi/proto/provider_pb";
import {
  ReadResourceResponse,
  RegisterPackageResponse,
  RegisterResourceResponse,
  SupportsFeatureResponse,
  type ReadResourceRequest,
  type RegisterPackageRequest,
  type RegisterResourceOutputsRequest,
  type RegisterResourceRequest,
  type ResourceInvokeRequest,
  type SupportsFeatureRequest,
} from "@pulumi/pulumi/proto/resource_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import type { Alias, GeneratedSecret, Resource } from "./graph";
import { compute, kubernetesKind, type Computed } from "./providers";
import { text, unwrap, wireSecret, WIRE_UNKNOWN, type Plain, type PlainObject } from "./values";

const STACK_TYPE = "pulumi:pulumi:Stack";
const STACK_REFERENCE_TYPE = "pulumi:pulumi:StackReference";

/** What a StackReference to another stack finds there. */
export interface ReferencedStack {
  outputs: PlainObject;
  /** Names of the outputs that are secret. */
  secretOutputs?: string[];
}

export interface MonitorOptions {
  project: string;
  stack: string;
  preview: boolean;
  /** By the name that the StackReference uses, such as `organization/project/stack`. */
  stackReferences: Record<string, ReferencedStack>;
  /** What objects say that the cluster has of its own and the program reads, by type. */
  existing: Record<string, PlainObject>;
  /** Answers to provider functions, by token. */
  functions: Record<string, (inputs: PlainObject) => PlainObject>;
}

type Reply<T> = (error: Error | null, response: T) => void;

/** What registering and reading have in common. */
type CommonRequest = RegisterResourceRequest | ReadResourceRequest;

export class RecordingMonitor {
  readonly resources = new Map<string, Resource>();
  readonly generatedSecrets: GeneratedSecret[] = [];
  stackOutputs: { value: PlainObject; secretPaths: string[] } = { value: {}, secretPaths: [] };
  /** Goes up with every request: a program that stands still makes none. */
  activity = 0;

  constructor(private readonly options: MonitorOptions) {}

  registerResource(request: RegisterResourceRequest, reply: Reply<RegisterResourceResponse>): void {
    this.answer(reply, new RegisterResourceResponse(), (response) => {
      const { resource, wireOutputs } = this.record(request, {
        custom: request.getCustom(),
        read: false,
        id: request.getImportid(),
        additionalSecrets: request.getAdditionalsecretoutputsList(),
      });
      Object.assign(resource, {
        propertyDependencies: Object.fromEntries(
          [...request.getPropertydependenciesMap().entries()]
            .map(([property, urns]): [string, string[]] => [property, urns.getUrnsList().sort()])
            .filter(([, urns]) => urns.length > 0),
        ),
        aliases: request.getAliasesList().map(plainAlias),
        protect: request.getProtect() ?? false,
        retainOnDelete: request.getRetainondelete() ?? false,
        deleteBeforeReplace: request.getDeletebeforereplacedefined()
          ? request.getDeletebeforereplace()
          : undefined,
        ignoreChanges: request.getIgnorechangesList(),
        replaceOnChanges: request.getReplaceonchangesList(),
        importId: request.getImportid() || undefined,
        customTimeouts: timeoutsOf(request),
      } satisfies Partial<Resource>);
      response.setUrn(resource.urn);
      // In a preview nothing exists yet, so nothing has an id.
      response.setId(this.options.preview ? "" : resource.id);
      response.setObject(Struct.fromJavaScript(wireOutputs));
    });
  }

  readResource(request: ReadResourceRequest, reply: Reply<ReadResourceResponse>): void {
    this.answer(reply, new ReadResourceResponse(), (response) => {
      const { resource, wireOutputs } = this.record(request, {
        custom: true,
        read: true,
        id: request.getId(),
        additionalSecrets: request.getAdditionalsecretoutputsList(),
      });
      response.setUrn(resource.urn);
      response.setProperties(Struct.fromJavaScript(wireOutputs));
    });
  }

  registerResourceOutputs(request: RegisterResourceOutputsRequest, reply: Reply<object>): void {
    this.answer(reply, {}, () => {
      const resource = this.resources.get(request.getUrn());
      if (resource === undefined)
        throw new Error(`outputs of a resource that is not registered: ${request.getUrn()}`);
      const { value, secretPaths } = unwrap(plainStruct(request.getOutputs()));
      resource.outputs = value;
      resource.secretOutputs = secretPaths;
      if (resource.type === STACK_TYPE) this.stackOutputs = { value, secretPaths };
    });
  }

  invoke(request: ResourceInvokeRequest, reply: Reply<InvokeResponse>): void {
    this.answer(reply, new InvokeResponse(), (response) => {
      const token = request.getTok();
      const args = unwrap(plainStruct(request.getArgs())).value;
      const call = this.options.functions[token] ?? this.engineFunctions[token];
      if (call === undefined)
        throw new Error(
          `the program calls the provider function ${token}, which needs a real provider; ` +
            `pass an answer in the option "functions"`,
        );
      response.setReturn(Struct.fromJavaScript(call(args)));
    });
  }

  /** What the engine itself answers, in its words. */
  private readonly engineFunctions: MonitorOptions["functions"] = {
    "pulumi:pulumi:readStackOutputs": ({ name }) => {
      const stack = text(name);
      if (!Object.hasOwn(this.options.stackReferences, stack)) throw new Error(`unknown stack "${stack}"`);
      return this.stackReference(stack);
    },
  };

  /** All that a current engine supports, without what needs a server to call back into the program. */
  supportsFeature(request: SupportsFeatureRequest, reply: Reply<SupportsFeatureResponse>): void {
    const unsupported = ["outputValues", "transforms", "invokeTransforms", "resourceHooks", "errorHooks"];
    const response = new SupportsFeatureResponse();
    response.setHassupport(!unsupported.includes(request.getId()));
    reply(null, response);
  }

  registerPackage(request: RegisterPackageRequest, reply: Reply<RegisterPackageResponse>): void {
    this.answer(reply, new RegisterPackageResponse(), (response) =>
      response.setRef(`package-${request.getName()}`),
    );
  }

  private answer<T>(reply: Reply<T>, response: T, fill: (response: T) => void): void {
    this.activity++;
    try {
      fill(response);
    } catch (error) {
      // For provider functions the SDK passes on only this field of gRPC's errors.
      const details = error instanceof Error ? error.message : String(error);
      reply(Object.assign(new Error(details), { details }), response);
      return;
    }
    reply(null, response);
  }

  private record(
    request: CommonRequest,
    how: { custom: boolean; read: boolean; id: string; additionalSecrets: string[] },
  ): { resource: Resource; wireOutputs: PlainObject } {
    const [type, name, parent] = [request.getType(), request.getName(), request.getParent()];
    const urn = this.urn(type, name, parent);
    if (this.resources.has(urn))
      throw new Error(
        `duplicate URN ${urn}: two resources of one type under one parent share the name "${name}"`,
      );

    const wireInputs = plainStruct("getObject" in request ? request.getObject() : request.getProperties());
    const { value: inputs, secretPaths } = unwrap(wireInputs);
    const readId = how.read ? how.id : undefined;
    const computed: Computed =
      type === STACK_REFERENCE_TYPE
        ? { id: how.id, known: this.stackReference(how.id), created: {} }
        : how.custom
          ? compute({ urn, type, name, inputs, readId, existing: this.options.existing[type] })
          : { id: "", known: {}, created: {} };

    const wireOutputs = this.wireOutputs(wireInputs, secretPaths, computed);
    for (const property of secretOutputsOf(inputs, how.additionalSecrets)) {
      const value = wireOutputs[property];
      if (value === undefined) continue;
      wireOutputs[property] = wireSecret(value);
      if (property in computed.created && typeof value === "string" && value !== WIRE_UNKNOWN)
        this.generatedSecrets.push({ urn, property, value });
    }

    const outputs = unwrap(wireOutputs);
    const resource: Resource = {
      urn,
      type,
      name,
      id: computed.id,
      parent: parent || undefined,
      custom: how.custom,
      read: how.read,
      inputs,
      secretInputs: secretPaths,
      outputs: outputs.value,
      secretOutputs: outputs.secretPaths,
      // A provider reference is the provider's URN, `::` and its id.
      provider: request.getProvider().replace(/::[^:]*$/, "") || undefined,
      dependencies: request.getDependenciesList().sort(),
      propertyDependencies: {},
      aliases: [],
      protect: false,
      retainOnDelete: false,
      deleteBeforeReplace: undefined,
      ignoreChanges: [],
      replaceOnChanges: [],
      importId: undefined,
      customTimeouts: {},
    };
    this.resources.set(urn, resource);
    return { resource, wireOutputs };
  }

  /** As the engine does: the type holds the types of all ancestors, except for the stack. */
  private urn(type: string, name: string, parent: string): string {
    const parentType = parent.split("::")[2] ?? "";
    const chain = parentType === "" || parentType === STACK_TYPE ? type : `${parentType}$${type}`;
    return `urn:pulumi:${this.options.stack}::${this.options.project}::${chain}::${name}`;
  }

  private wireOutputs(wireInputs: PlainObject, secretPaths: string[], computed: Computed): PlainObject {
    const created = this.options.preview
      ? hideUnlessKnown(computed.created, computed.known)
      : computed.created;
    const added: PlainObject = { ...computed.known, ...created };
    // An input that the provider completes (metadata) and that held a secret stays secret as a whole.
    for (const [property, value] of Object.entries(added))
      if (secretPaths.some((path) => path === property || path.startsWith(`${property}.`)))
        added[property] = wireSecret(value);
    return { ...wireInputs, ...added };
  }

  private stackReference(name: string): PlainObject {
    const referenced = this.options.stackReferences[name];
    if (referenced === undefined)
      throw new Error(
        `the program refers to the stack "${name}"; pass its outputs in the option "stackReferences"`,
      );
    const secretNames = referenced.secretOutputs ?? [];
    const outputs = Object.entries(referenced.outputs).map(([key, value]): [string, Plain] => [
      key,
      secretNames.includes(key) ? wireSecret(value) : value,
    ]);
    return { name, outputs: Object.fromEntries(outputs), secretOutputNames: secretNames };
  }
}

/**
 * In a preview only what is settled before creation has a value. Of an object that is partly settled (metadata)
 * that part is there and nothing else, as the kubernetes provider answers a dry run.
 */
function hideUnlessKnown(created: PlainObject, known: PlainObject): PlainObject {
  return Object.fromEntries(Object.keys(created).map((key) => [key, known[key] ?? WIRE_UNKNOWN]));
}

/** The kubernetes provider treats the contents of every Secret as secret, whatever the program says. */
function secretOutputsOf(inputs: PlainObject, additional: string[]): string[] {
  return kubernetesKind(inputs) === "Secret" ? [...additional, "data", "stringData"] : additional;
}

function plainStruct(struct: Struct | undefined): PlainObject {
  return struct === undefined ? {} : struct.toJavaScript();
}

function timeoutsOf(request: RegisterResourceRequest): Resource["customTimeouts"] {
  const wire = request.getCustomtimeouts();
  const given: [string, string | undefined][] = [
    ["create", wire?.getCreate()],
    ["update", wire?.getUpdate()],
    ["delete", wire?.getDelete()],
  ];
  return Object.fromEntries(given.filter(([, duration]) => duration !== undefined && duration !== ""));
}

function plainAlias(wire: WireAlias): Alias {
  const spec = wire.getSpec();
  if (spec === undefined) return wire.getUrn();
  const entries = { name: spec.getName(), type: spec.getType(), parent: spec.getParenturn() };
  const given = Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== ""));
  return spec.getNoparent() ? { ...given, noParent: true } : given;
}
