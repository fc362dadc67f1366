// Model: what the reference says of the public surface, before it is laid out as pages.

/** A field of an interface, a property or a method of a class. */
export interface Member {
  readonly name: string;
  /** As its declaration spells it. A method's is its signature, without the name. */
  readonly type: string;
  readonly kind: "property" | "method";
  readonly optional: boolean;
  readonly doc: string;
  /** What `@default` says. */
  readonly byDefault: string | undefined;
}

interface Named {
  readonly name: string;
  readonly doc: string;
}

/** A class with a constructor, or with functions that make it. */
export interface ClassEntry extends Named {
  readonly kind: "class";
  /** Names and types of the constructor's parameters, as they are declared. */
  readonly constructorParameters: readonly string[];
  /** The interface that the constructor's arguments have; none where it takes no such thing. */
  readonly args: { readonly name: string; readonly members: readonly Member[] } | undefined;
  readonly members: readonly Member[];
  readonly example: string | undefined;
}

/** A shape: arguments, or what an implementation has to offer. */
export interface InterfaceEntry extends Named {
  readonly kind: "interface";
  readonly members: readonly Member[];
}

/** A function, a constant, or a type that is not a shape: shown as code. */
export interface CodeEntry extends Named {
  readonly kind: "code";
  readonly code: string;
}

export type Entry = ClassEntry | InterfaceEntry | CodeEntry;

/** A page of the reference: what one folder of components offers, mostly. */
export interface Module {
  /** `inference-service` */
  readonly folder: string;
  /** Where that is in the repository. */
  readonly source: string;
  /** `Inference service` */
  readonly title: string;
  readonly doc: string;
  readonly entries: readonly Entry[];
}
