// What the tests of the documentation read commands, settings and changes with: a reader that misses some would pass
// pages that are wrong.
import * as assert from "node:assert/strict";
import { readPage } from "../../../tools/markdown/page";
import { patched } from "../../docs/support/copy";
import { kubectlProblems, makeProblems, npmProblems, pathProblems } from "../../docs/support/program";
import { applied, changeOf, parsePath } from "../../docs/support/settings";
import { commandsOf } from "../../docs/support/shell";

const words = (code: string) => commandsOf(code).map((command) => command.words);

describe("commands of the documentation", () => {
  it("are found in pipes, sequences, substitutions and behind assignments", () => {
    assert.deepEqual(
      words("key=$(kubectl get secret a | base64 -d) && FORCE=1 make up; echo x # make down"),
      [
        ["make", "up"],
        ["echo", "x"],
        ["kubectl", "get", "secret", "a"],
        ["base64", "-d"],
      ],
    );
    assert.deepEqual(words('curl "$(make outputs)"'), [
      ["curl", "$(make outputs)"],
      ["make", "outputs"],
    ]);
  });

  it("keep quoted words together, and go over lines that a backslash joins", () => {
    assert.deepEqual(words("pulumi config set --path 'a[0]' \"b c\" \\\n  --secret"), [
      ["pulumi", "config", "set", "--path", "a[0]", "b c", "--secret"],
    ]);
    assert.deepEqual(
      commandsOf("one \\\n  more\n\ntwo", 10).map(({ line }) => line),
      [10, 13],
    );
  });

  it("of make have targets, variables and stacks", () => {
    assert.deepEqual(makeProblems(["make", "up", "STACK=prod", "CONTEXT=x"]), []);
    assert.deepEqual(makeProblems(["make", "upp", "STAKC=prod"]), [
      "make has no target upp",
      "make knows no variable STAKC",
    ]);
    assert.deepEqual(makeProblems(["make", "up", "STACK=edge"]), ["there is no stack edge"]);
    assert.deepEqual(makeProblems(["make", "up", "STACK=edge"], ["edge"]), []);
  });

  it("of npm have scripts, and files are there", () => {
    assert.deepEqual(npmProblems(["npm", "run", "--silent", "render"]), []);
    assert.deepEqual(npmProblems(["npm", "run", "rendre"]), ["npm has no script rendre"]);
    assert.deepEqual(
      pathProblems(["stacks/site.ts", "Pulumi.dev.yaml", "examples/iris", "x/y.ts", "tests/*.ts"]),
      [],
    );
    assert.deepEqual(pathProblems(["stacks/sight.ts", "stacks/new.ts"], ["stacks/new.ts"]), [
      "there is no stacks/sight.ts",
    ]);
  });

  it("of kubectl have objects", () => {
    const manifest = { apiVersion: "v1", kind: "Secret", metadata: { name: "key" } };
    const objects = [{ urn: "", component: "", patch: false, namespace: "mlops", manifest }];
    const problems = (text: string) => kubectlProblems(text.split(" "), objects);
    assert.deepEqual(problems("kubectl -n mlops get secret key -o yaml"), []);
    assert.deepEqual(problems("kubectl --namespace mlops get secret/key"), []);
    assert.deepEqual(problems("kubectl -n minio get secret key"), ["the stack has no Secret minio/key"]);
    assert.deepEqual(problems("kubectl -n mlops port-forward service/key 1"), [
      "the stack has no Service mlops/key",
    ]);
    assert.deepEqual(problems("kubectl -n mlops get secret NAME"), []);
  });
});

describe("settings of the documentation", () => {
  const change = (code: string) => changeOf(words(code)[0]!)!;
  const nothing = { values: {}, secretKeys: new Set<string>() };

  it("have paths with dots, quotes and places in lists", () => {
    assert.deepEqual(parsePath('minio.buckets["my.bucket"].quota'), [
      "minio",
      "buckets",
      "my.bucket",
      "quota",
    ]);
    assert.deepEqual(parsePath("generations.churn[0]"), ["generations", "churn", 0]);
    assert.throws(() => parsePath("a..b"), /is no path/);
  });

  it("are set and taken away as Pulumi does", () => {
    const first = applied(nothing, change("pulumi config set --path 'a.list[0]' one"));
    const second = applied(first, change("pulumi config set --path 'a.list[1]' two"));
    assert.deepEqual(second.values, { a: { list: ["one", "two"] } });
    assert.deepEqual(applied(second, change("pulumi config rm --path 'a.list[0]'")).values, {
      a: { list: ["two"] },
    });
    assert.deepEqual(applied(second, change("pulumi config rm a")).values, {});
    assert.throws(() => applied(nothing, change("pulumi config set --path 'a[1]' x")), /beyond the end/);
    // Without --path a dot is part of the key.
    assert.deepEqual(applied(nothing, change("pulumi config set a.b c")).values, { "a.b": "c" });
  });

  it("are secrets where they are asked for as such, and have a value where not", () => {
    const { values, secretKeys } = applied(nothing, change("pulumi config set --secret --path a.b"));
    assert.deepEqual([...secretKeys], ["a"]);
    assert.equal(typeof (values.a as { b: unknown }).b, "object");
    assert.throws(() => change("pulumi config set --path a.b"), /has no value/);
    assert.throws(() => change("pulumi config set --pth a.b c"), /no option --pth/);
    assert.match(String(change('pulumi config set caBundle < "ca.pem"').value), /BEGIN CERTIFICATE/);
  });
});

describe("changes in the documentation", () => {
  const file = "one\ntwo\nthree\ntwo\n";

  it("are made where their lines are", () => {
    assert.equal(patched(file, " one\n-two\n+2", "f"), "one\n2\nthree\ntwo\n");
    assert.equal(patched(file, "+zero\n one", "f"), "zero\none\ntwo\nthree\ntwo\n");
  });

  it("are refused where these are not, or not once, or not marked", () => {
    assert.throws(() => patched(file, " one\n-three\n+3", "f"), /f has 0 places/);
    assert.throws(() => patched(file, "-two\n+2", "f"), /f has 2 places/);
    assert.throws(() => patched(file, "one", "f"), /starts with a space/);
  });

  it("know their file by the word behind the fence", () => {
    const { blocks } = readPage("```diff stacks/a.ts\n+x\n```\n\n1. item\n\n   ```ts\n   code\n   ```\n");
    assert.deepEqual(
      blocks.map(({ language, file: name, code, line }) => [language, name, code, line]),
      [
        ["diff", "stacks/a.ts", "+x", 2],
        ["ts", "", "code", 8],
      ],
    );
  });
});
