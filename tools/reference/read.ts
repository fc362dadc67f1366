// Read: the public surface, from the index of each folder of components, by the TypeScript compiler. What is exported
// there is public, unless its comment says `@internal`.
import * as path from "node:path";
import * as ts from "typescript";
import type { ClassEntry, CodeEntry, Entry, InterfaceEntry, Member, Module } from "./model";

/** Sources, with what tells about their types. */
export interface Sources {
  readonly program: ts.Program;
  readonly checker: ts.TypeChecker;
}

export function readSources(files: readonly string[], options: ts.CompilerOptions): Sources {
  const program = ts.createProgram([...files], options);
  return { program, checker: program.getTypeChecker() };
}

/** Where a page's content comes from, and the file whose first comment says what it is. */
export interface Place {
  readonly folder: string;
  readonly source: string;
  readonly header: string;
}

/** What the module `file` exports, by the page that `placeOf` gives to the file of each declaration. */
export function readSurface(
  sources: Sources,
  file: string,
  placeOf: (declaredIn: string) => Place,
): Module[] {
  const source = sources.program.getSourceFile(file);
  const symbol = source && sources.checker.getSymbolAtLocation(source);
  if (symbol === undefined) throw new Error(`${file} exports nothing`);
  const pages = new Map<string, { place: Place; entries: Entry[] }>();
  for (const exported of sources.checker.getExportsOfModule(symbol).map((each) => resolve(sources, each))) {
    const declaredIn = exported.declarations?.[0]?.getSourceFile().fileName;
    if (declaredIn === undefined || isInternal(exported)) continue;
    const place = placeOf(declaredIn);
    const { entries } = pages.get(place.folder) ?? { entries: [] };
    pages.set(place.folder, { place, entries: [...entries, ...entryOf(sources, exported)] });
  }
  return [...pages.values()]
    .map(({ place, entries }) => page(sources, place, entries))
    .sort((one, other) => compare(one.folder, other.folder));
}

function page({ program }: Sources, { folder, source, header }: Place, entries: readonly Entry[]): Module {
  const file = program.getSourceFile(header);
  const [title = folder, ...rest] = (file ? headerOf(file) : "").split(": ");
  const sorted = [...entries].sort((one, other) => rank(one) - rank(other) || compare(one.name, other.name));
  return { folder, source, title, doc: sentence(rest.join(": ")), entries: sorted };
}

/** Classes first, then what they take, then the rest. */
function rank({ kind, name }: Entry): number {
  if (kind === "class") return 0;
  return kind === "interface" ? (name.endsWith("Args") ? 1 : 2) : 3;
}

const compare = (one: string, other: string) => (one < other ? -1 : one > other ? 1 : 0);

/** The first comment of a file, which says what it is. */
function headerOf(source: ts.SourceFile): string {
  const [, lines = ""] = /^((?:\/\/.*\n)+)/.exec(source.text) ?? [];
  const [, block = ""] = /^\/\*\*([\s\S]*?)\*\//.exec(source.text) ?? [];
  return words(`${lines.replace(/^\/\/ ?/gm, "")} ${block.replace(/^\s*\* ?/gm, "")}`);
}

function resolve({ checker }: Sources, symbol: ts.Symbol): ts.Symbol {
  return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
}

function isInternal(symbol: ts.Symbol): boolean {
  return symbol.getJsDocTags().some(({ name }) => name === "internal");
}

function entryOf(sources: Sources, symbol: ts.Symbol): Entry[] {
  const [declaration] = symbol.declarations ?? [];
  if (declaration === undefined) return [];
  if (ts.isClassDeclaration(declaration)) return [classEntry(sources, symbol, declaration)];
  if (ts.isInterfaceDeclaration(declaration)) return [interfaceEntry(sources, symbol)];
  if (ts.isTypeAliasDeclaration(declaration) || ts.isFunctionDeclaration(declaration))
    return [codeEntry(sources, symbol, declaration)];
  if (ts.isVariableDeclaration(declaration)) return [codeEntry(sources, symbol, declaration)];
  return [];
}

function classEntry(sources: Sources, symbol: ts.Symbol, declaration: ts.ClassDeclaration): ClassEntry {
  const { checker } = sources;
  const maker = declaration.members.find(ts.isConstructorDeclaration);
  const parameters = maker?.parameters ?? [];
  const taken = parameters.find(({ name }) => name.getText() === "args");
  const args = taken && checker.getTypeAtLocation(taken);
  const own = new Set(declaration.members.map((member) => member.name?.getText()));
  return {
    kind: "class",
    name: symbol.name,
    doc: docOf(sources, symbol) || headerAbout(declaration.getSourceFile(), symbol.name),
    constructorParameters: parameters.map((parameter) => parameterText(sources, parameter)),
    args: args && { name: words(taken.type?.getText() ?? ""), members: membersOf(sources, args) },
    members: membersOf(sources, checker.getDeclaredTypeOfSymbol(symbol)).filter(({ name }) => own.has(name)),
    example: symbol
      .getJsDocTags(checker)
      .find(({ name }) => name === "example")
      ?.text?.map(({ text }) => text)
      .join(""),
  };
}

/** Without the modifiers that make a property of it. One with a default may be left out. */
function parameterText({ checker }: Sources, parameter: ts.ParameterDeclaration): string {
  const { name, type, questionToken, initializer } = parameter;
  // One that is taken apart has no name.
  const called = ts.isIdentifier(name) ? name.getText() : "options";
  const written = type?.getText() ?? checker.typeToString(checker.getTypeAtLocation(parameter));
  return `${called}${questionToken || initializer ? "?" : ""}: ${short(written)}`;
}

/** `// MinioStore: the server in the cluster. ...` of the file that the class is in, where it is about the class. */
function headerAbout(source: ts.SourceFile, name: string): string {
  const header = headerOf(source);
  return header.startsWith(`${name}: `) ? sentence(header.slice(name.length + 2)) : "";
}

function interfaceEntry(sources: Sources, symbol: ts.Symbol): InterfaceEntry {
  const type = sources.checker.getDeclaredTypeOfSymbol(symbol);
  const [declaration] = symbol.declarations ?? [];
  return {
    kind: "interface",
    name: symbol.name,
    doc: docOf(sources, symbol) || (declaration ? headerAbout(declaration.getSourceFile(), symbol.name) : ""),
    members: membersOf(sources, type),
  };
}

function codeEntry(
  sources: Sources,
  symbol: ts.Symbol,
  declaration: ts.TypeAliasDeclaration | ts.FunctionDeclaration | ts.VariableDeclaration,
): CodeEntry {
  return {
    kind: "code",
    name: symbol.name,
    doc: docOf(sources, symbol),
    code: codeOf(sources, symbol, declaration),
  };
}

function codeOf(
  sources: Sources,
  symbol: ts.Symbol,
  declaration: ts.TypeAliasDeclaration | ts.FunctionDeclaration | ts.VariableDeclaration,
): string {
  if (ts.isTypeAliasDeclaration(declaration))
    return withoutComments(declaration.getText()).replace(/^export /, "");
  if (ts.isFunctionDeclaration(declaration)) {
    const parameters = declaration.parameters
      .map((parameter) => parameterText(sources, parameter))
      .join(", ");
    const generics = declaration.typeParameters?.map((parameter) => parameter.getText()).join(", ");
    return `function ${symbol.name}${generics ? `<${generics}>` : ""}(${parameters}): ${short(declaration.type?.getText() ?? "void")}`;
  }
  const value = declaration.initializer && withoutAssertion(declaration.initializer);
  if (declaration.type === undefined && value !== undefined && ts.isObjectLiteralExpression(value))
    return `const ${symbol.name} = ${withoutComments(value.getText())}`;
  const type =
    declaration.type?.getText() ?? sources.checker.typeToString(sources.checker.getTypeOfSymbol(symbol));
  return `const ${symbol.name}: ${short(type)}`;
}

/** `{ ... }` of `{ ... } as const`. */
function withoutAssertion(value: ts.Expression): ts.Expression {
  return ts.isAsExpression(value) || ts.isSatisfiesExpression(value)
    ? withoutAssertion(value.expression)
    : value;
}

function withoutComments(code: string): string {
  return code
    .replace(/\n?[ \t]*\/\*\*[\s\S]*?\*\//g, "")
    .replace(/^[ \t]*\/\/.*\n/gm, "")
    .replace(/\n[ \t]*\n/g, "\n")
    .trim();
}

/** Public members, inherited ones included, in the order of their declaration. */
function membersOf(sources: Sources, type: ts.Type): Member[] {
  return sources.checker
    .getPropertiesOfType(type)
    .filter((symbol) => !symbol.name.startsWith("__") && !isHidden(symbol) && !isInternal(symbol))
    .map((symbol) => member(sources, symbol));
}

function isHidden({ declarations = [] }: ts.Symbol): boolean {
  const hiding = ts.ModifierFlags.Private | ts.ModifierFlags.Protected | ts.ModifierFlags.Static;
  return declarations.some((declaration) => (ts.getCombinedModifierFlags(declaration) & hiding) !== 0);
}

function member(sources: Sources, symbol: ts.Symbol): Member {
  const [declaration] = symbol.declarations ?? [];
  const byDefault = symbol.getJsDocTags().find(({ name }) => name === "default");
  return {
    name: symbol.name,
    kind:
      declaration && (ts.isMethodSignature(declaration) || ts.isMethodDeclaration(declaration))
        ? "method"
        : "property",
    type: short(typeText(sources, symbol, declaration)),
    optional: (symbol.flags & ts.SymbolFlags.Optional) !== 0,
    doc: docOf(sources, symbol),
    byDefault: byDefault && words((byDefault.text ?? []).map(({ text }) => text).join("")),
  };
}

function typeText(sources: Sources, symbol: ts.Symbol, declaration: ts.Declaration | undefined): string {
  if (
    declaration !== undefined &&
    (ts.isMethodSignature(declaration) || ts.isMethodDeclaration(declaration))
  ) {
    const parameters = declaration.parameters
      .map((parameter) => parameterText(sources, parameter))
      .join(", ");
    return `(${parameters}): ${declaration.type?.getText() ?? "void"}`;
  }
  const isTyped =
    declaration !== undefined &&
    (ts.isPropertySignature(declaration) ||
      ts.isPropertyDeclaration(declaration) ||
      ts.isParameter(declaration) ||
      ts.isGetAccessor(declaration));
  const written = isTyped ? declaration.type : undefined;
  return written === undefined
    ? sources.checker.typeToString(
        sources.checker.getTypeOfSymbol(symbol),
        declaration,
        ts.TypeFormatFlags.NoTruncation,
      )
    : withoutComments(written.getText());
}

/** As a person reads it: one line, and without the names of modules. */
function short(type: string): string {
  return words(type).replace(/\b(?:pulumi|k8s)\.(?:types\.(?:input|output)\.)?(?:[a-z]\w*\.)*/g, "");
}

function docOf({ checker }: Sources, symbol: ts.Symbol): string {
  const text = ts.displayPartsToString(symbol.getDocumentationComment(checker));
  // Code between fences keeps its lines.
  return text
    .split(/^(```[\s\S]*?^```)$/m)
    .map((part, at) => (at % 2 === 1 ? `\n\n${part}\n\n` : words(part)))
    .join("")
    .trim();
}

const words = (text: string) => text.replace(/\s+/g, " ").trim();

const sentence = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** The options of the project's tsconfig.json. */
export function compilerOptions(root: string): ts.CompilerOptions {
  const read = ts.readConfigFile(path.join(root, "tsconfig.json"), (file) => ts.sys.readFile(file));
  return ts.parseJsonConfigFileContent(read.config as unknown, ts.sys, root).options;
}
