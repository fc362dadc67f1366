/**
 * The ESLint rule `architecture/one-way`: imports point down the list of layers, never up.
 */
import path from "node:path";

/** From the bottom up. A file belongs to the first layer that matches its path from the project's root. */
export const layers = [
  { name: "components/network", files: /^components\/network(\/|$)/ },
  { name: "exposure and monitoring", files: /^components\/(exposure|monitoring)(\/|$)/ },
  { name: "components/workload", files: /^components\/workload(\/|$)/ },
  { name: "access and operators", files: /^components\/(access|operators)(\/|$)/ },
  { name: "the services", files: /^components(\/|$)/ },
  { name: "stacks", files: /^stacks(\/|$)/ },
  { name: "the program and the packages", files: /^(index\.ts$|packages(\/|$))/ },
  { name: "tools", files: /^tools(\/|$)/ },
  { name: "tests", files: /^tests(\/|$)/ },
];

const rankOf = (file) => layers.findIndex(({ files }) => files.test(file));

const oneWay = {
  meta: {
    type: "problem",
    schema: [],
    messages: { up: "{{from}} must not import from {{to}} ({{file}}): imports point one way, downwards." },
  },
  create(context) {
    const fileName = path.relative(context.cwd, context.filename).split(path.sep).join("/");
    const from = rankOf(fileName);

    const check = (source) => {
      if (from < 0 || typeof source?.value !== "string" || !source.value.startsWith(".")) return;
      const imported = path.posix.join(path.posix.dirname(fileName), source.value);
      // The program may be imported by its folder, too.
      const file = [".", "./", "index"].includes(imported) ? "index.ts" : imported;
      const to = rankOf(file);
      if (to <= from) return;
      context.report({
        node: source,
        messageId: "up",
        data: { from: layers[from].name, to: layers[to].name, file },
      });
    };

    return {
      ImportDeclaration: (node) => check(node.source),
      ExportNamedDeclaration: (node) => check(node.source),
      ExportAllDeclaration: (node) => check(node.source),
      ImportExpression: (node) => check(node.source),
      TSImportType: (node) => check(node.source ?? node.argument?.literal),
      "TSExternalModuleReference > Literal": check,
      "CallExpression[callee.name='require'] > Literal.arguments": check,
    };
  },
};

export default { rules: { "one-way": oneWay } };
