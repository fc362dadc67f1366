// What is in the packages that `make packages` makes: what they promise, and that nothing they need is missing.
import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import { isBuiltin } from "node:module";
import * as path from "node:path";
import { matchGolden } from "../support/golden";
import { installed, root } from "./support/installed";
import { Surface } from "./support/surface";

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly main: string;
  readonly types: string;
  readonly exports: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
}

const program = JSON.parse(fs.readFileSync(path.join(root, "package.json"), "utf8")) as Manifest;

const filesIn = (folder: string): string[] =>
  fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) =>
      path.relative(folder, path.join(parentPath, name)).split(path.sep).join("/"),
    )
    .sort();

/** The examples that install each. */
const EXAMPLES = { "mlops-platform": "model-service", "mlops-platform-contract": "consumer" } as const;

for (const name of ["mlops-platform", "mlops-platform-contract"] as const) {
  describe(`the package ${name}`, () => {
    let folder: string;
    let manifest: Manifest;

    before(function () {
      this.timeout(300_000);
      folder = installed().packages[name];
      manifest = JSON.parse(fs.readFileSync(path.join(folder, "package.json"), "utf8")) as Manifest;
    });

    it("has the version of the program, and can be published", () => {
      assert.equal(manifest.name, name);
      assert.equal(manifest.version, program.version);
      assert.equal(manifest.private, undefined);
    });

    it("is what its example installs, beside SDKs that it is made for", () => {
      const example = JSON.parse(
        fs.readFileSync(path.join(root, "examples", EXAMPLES[name], "package.json"), "utf8"),
      ) as Manifest;
      const tarball = `file:../../dist/${name}-${program.version}.tgz`;
      assert.equal(example.dependencies[name], tarball);
      for (const [sdk, range] of Object.entries(manifest.peerDependencies))
        assert.equal(example.dependencies[sdk], range, sdk);
    });

    it("exports files that are there", () => {
      const { main, types, exports } = manifest;
      const named = Object.values(exports).flatMap((entry) =>
        typeof entry === "string" ? [entry] : [entry.types, entry.default],
      );
      const missing = [main, types, ...named].filter((file) => !fs.existsSync(path.join(folder, file)));
      assert.deepEqual(missing, []);
    });

    it("leaves the SDKs to the program, in the versions that this program is tested with, or newer", () => {
      assert.deepEqual(Object.keys(manifest.dependencies), ["zod"]);
      assert.equal(manifest.dependencies.zod, `^${program.dependencies.zod}`);
      for (const [sdk, range] of Object.entries(manifest.peerDependencies))
        assert.equal(range, `^${program.dependencies[sdk]}`, sdk);
    });

    it("needs nothing that it does not name", () => {
      const known = [...Object.keys(manifest.dependencies), ...Object.keys(manifest.peerDependencies)];
      const needed = filesIn(folder)
        .filter((file) => /\.(js|d\.ts)$/.test(file) && !isScript(folder, file))
        .flatMap((file) => importsOf(path.join(folder, file)).map((source) => ({ file, source })))
        .filter(
          ({ source }) => !isBuiltin(source) && !known.some((one) => `${source}/`.startsWith(`${one}/`)),
        )
        .filter(({ file, source }) => !resolves(path.join(folder, path.dirname(file)), source));
      assert.deepEqual(needed, []);
    });

    it("consists of what it says, and of nothing that only this checkout needs", () => {
      const outside = filesIn(folder).filter((file) => !file.startsWith("lib/"));
      assert.deepEqual(outside, ["LICENSE", "README.md", "contract.schema.json", "package.json"]);
      const unwanted = filesIn(folder).filter((file) =>
        /(^|\/)(tests|tools|config)\/|(?<!\.d)\.ts$/.test(file),
      );
      assert.deepEqual(unwanted, []);
    });

    describe("to the compiler", () => {
      let surface: Surface;
      const declarations = (entry: string): string => {
        const target = manifest.exports[entry]!;
        return typeof target === "string" ? "" : path.join(folder, target.types);
      };

      before(function () {
        this.timeout(120_000);
        surface = new Surface(Object.keys(manifest.exports).map(declarations).filter(Boolean));
      });

      it("exports every type that another exported one names", () => {
        assert.deepEqual(surface.forgotten(), []);
      });

      it("promises what was agreed to", () => {
        const lines = Object.keys(manifest.exports).flatMap((entry) => [
          entry,
          ...surface.lines(declarations(entry)).map((line) => `  ${line}`),
        ]);
        matchGolden(`../package/${name}.surface.txt`, `${lines.join("\n")}\n`);
      });
    });
  });
}

/** A file that the cluster runs: it is beside its component, and no module of this package. */
function isScript(folder: string, file: string): boolean {
  return file.endsWith(".js") && !fs.existsSync(path.join(folder, file.replace(/\.js$/, ".d.ts")));
}

/** Modules that compiled JavaScript requires, or that declarations name. */
function importsOf(file: string): string[] {
  const names = file.endsWith(".js")
    ? /\brequire\(["']([^"']+)["']\)/g
    : /(?:\bfrom |\bimport\(|^import )["']([^"']+)["']/gm;
  return [...fs.readFileSync(file, "utf8").matchAll(names)].map((match) => match[1] ?? "");
}

function resolves(folder: string, source: string): boolean {
  return (
    source.startsWith(".") &&
    [".js", ".d.ts", "/index.js", "/index.d.ts"].some((end) =>
      fs.existsSync(path.join(folder, `${source}${end}`)),
    )
  );
}
