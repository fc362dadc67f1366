// The public surface of a package: what each of its entries exports, with the fields and methods of what has any, as
// the compiler sees it in the types that are installed.
import * as ts from "typescript";

export class Surface {
  private readonly checker: ts.TypeChecker;
  private readonly exported: ReadonlyMap<string, readonly ts.Symbol[]>;

  /** Of the declarations of a package's entries. */
  constructor(entries: readonly string[]) {
    const program = ts.createProgram(entries, {
      module: ts.ModuleKind.Node16,
      moduleResolution: ts.ModuleResolutionKind.Node16,
      target: ts.ScriptTarget.ES2022,
      strict: true,
      skipLibCheck: true,
      types: [],
    });
    this.checker = program.getTypeChecker();
    this.exported = new Map(entries.map((entry) => [entry, this.exportsOf(program.getSourceFile(entry))]));
  }

  /** One line for each name that an entry exports, sorted. */
  lines(entry: string): string[] {
    return (this.exported.get(entry) ?? []).map((symbol) => describe(symbol, this.checker)).sort();
  }

  /** Types that the exported ones name and that nobody could name in turn, since no entry exports them. */
  forgotten(): string[] {
    const all = [...this.exported.values()].flat();
    const known = new Set(all);
    const forgotten = new Set<string>();
    const visit = (node: ts.Node, owner: string): void => {
      if (isHidden(node) || isPartOfAnother(node)) return;
      const name = ts.isTypeReferenceNode(node)
        ? node.typeName
        : ts.isExpressionWithTypeArguments(node)
          ? node.expression
          : undefined;
      const symbol = name && resolved(this.checker.getSymbolAtLocation(name), this.checker);
      if (symbol && isOurs(symbol) && !known.has(symbol)) forgotten.add(`${symbol.name}, of ${owner}`);
      ts.forEachChild(node, (child) => visit(child, owner));
    };
    for (const symbol of all)
      for (const declaration of symbol.declarations ?? []) visit(declaration, symbol.name);
    return [...forgotten].sort();
  }

  private exportsOf(source: ts.SourceFile | undefined): ts.Symbol[] {
    const module = source && this.checker.getSymbolAtLocation(source);
    if (module === undefined) throw new Error(`${source?.fileName ?? "an entry"} is no module`);
    return this.checker.getExportsOfModule(module).map((symbol) => resolved(symbol, this.checker));
  }
}

function resolved<T extends ts.Symbol | undefined>(symbol: T, checker: ts.TypeChecker): T | ts.Symbol {
  return symbol && symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
}

function describe(symbol: ts.Symbol, checker: ts.TypeChecker): string {
  const [declaration] = symbol.declarations ?? [];
  if (declaration === undefined) throw new Error(`${symbol.name} is declared nowhere`);
  if (ts.isClassDeclaration(declaration) || ts.isInterfaceDeclaration(declaration)) {
    const kind = ts.isClassDeclaration(declaration) ? "class" : "interface";
    return `${kind} ${symbol.name} { ${ownMembers(symbol, checker).join(", ")} }`;
  }
  if (ts.isFunctionDeclaration(declaration)) return `function ${symbol.name}(${parameters(declaration)})`;
  if (ts.isVariableDeclaration(declaration)) return `const ${symbol.name}`;
  return `type ${symbol.name}`;
}

/** Without what comes from Pulumi's own classes, and without what only the class itself may use. */
function ownMembers(symbol: ts.Symbol, checker: ts.TypeChecker): string[] {
  return checker
    .getPropertiesOfType(checker.getDeclaredTypeOfSymbol(symbol))
    .filter(({ declarations = [] }) => declarations.every(isPublicOfOurs))
    .map(({ name, flags }) => (flags & ts.SymbolFlags.Optional ? `${name}?` : name))
    .sort();
}

function isPublicOfOurs(declaration: ts.Declaration): boolean {
  return !isHidden(declaration) && !declaration.getSourceFile().fileName.includes("/@pulumi/");
}

function isHidden(node: ts.Node): boolean {
  const hidden = ts.ModifierFlags.Private | ts.ModifierFlags.Protected;
  return ts.canHaveModifiers(node) && (ts.getCombinedModifierFlags(node as ts.Declaration) & hidden) !== 0;
}

function parameters(declaration: ts.FunctionDeclaration): string {
  return declaration.parameters
    .map((parameter, index) => {
      const name = ts.isIdentifier(parameter.name) ? parameter.name.text : `arg${index}`;
      return parameter.questionToken ? `${name}?` : name;
    })
    .join(", ");
}

/** `Recipe["proxy"]` and `Pick<Recipe, "proxy">` are no types by that name. */
function isPartOfAnother(node: ts.Node): boolean {
  return (
    ts.isIndexedAccessTypeNode(node) ||
    (ts.isTypeReferenceNode(node) && ts.isIdentifier(node.typeName) && node.typeName.text === "Pick")
  );
}

function isOurs({ flags, declarations = [] }: ts.Symbol): boolean {
  const isType = (flags & ts.SymbolFlags.Type) !== 0 && (flags & ts.SymbolFlags.TypeParameter) === 0;
  return (
    isType &&
    declarations.every((one) => /\/mlops-platform(-contract)?\/lib\//.test(one.getSourceFile().fileName))
  );
}
