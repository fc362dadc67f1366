// Overlay: the text of a stack's file with another one of the same format merged over it, as `render --config` merges
// what it renders. Encrypted values are passed on as they are, which the parsed configuration does not keep.
import { isNode, parse, parseDocument, visit, type Alias, type Document } from "yaml";
import { isCiphertext, isMap } from "../../stacks/config";

/** `over` on top of `own`: maps are merged, anything else is replaced, and null takes a key away. */
export function withOverlay(own: string, over: string): string {
  const document = parseDocument(own);
  const content: unknown = parse(over, { maxAliasCount: 100, logLevel: "error" });
  const config = isMap(content) ? content.config : undefined;
  if (!isMap(config)) return own;
  writeOut(document);
  merge(document, ["config"], config);
  return document.toString({ lineWidth: 0 });
}

/** Copies what is only referred to to each of its places: only one of them may be about to change. */
function writeOut(document: Document): void {
  const references: Alias[] = [];
  visit(document, { Alias: (_key, node) => void references.push(node) });
  if (references.length > 0)
    document.contents = document.createNode(document.toJS(), { aliasDuplicateObjects: false });
}

type Path = readonly string[];

function merge(document: Document, path: Path, over: Readonly<Record<string, unknown>>): void {
  for (const [key, value] of Object.entries(over)) {
    const at = [...path, key];
    const before = plainAt(document, at);
    const isMerged = isMap(value) && !isCiphertext(value) && isMap(before) && !isCiphertext(before);
    if (value === null) document.deleteIn(at);
    else if (isMerged) merge(document, at, value);
    else document.setIn(at, document.createNode(value));
  }
}

function plainAt(document: Document, path: Path): unknown {
  const node = document.getIn(path, true);
  return isNode(node) ? node.toJS(document) : undefined;
}
