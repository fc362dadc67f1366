// render: which files come out, that nothing else in the folder is touched, and what the command line says
// when it is used wrongly.
import * as assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { parse } from "yaml";
import type { KubernetesObject } from "../../tools/graph/objects";
import type { PlainObject } from "../../tools/graph/values";
import { filesIn, writeFolder } from "../../tools/render/folder";
import { fileTree, HEADER } from "../../tools/render/manifests";
import { parseOptions } from "../../tools/render/options";

const root = path.resolve(__dirname, "../..");

let scratch: string;
beforeEach(() => {
  scratch = fs.mkdtempSync(path.join(os.tmpdir(), "render-test-"));
});
afterEach(() => {
  fs.rmSync(scratch, { recursive: true });
});

function object(
  kind: string,
  name: string,
  more: Partial<KubernetesObject> & { apiVersion?: string; body?: PlainObject } = {},
) {
  const { apiVersion = "v1", body = {}, ...rest } = more;
  return {
    urn: `urn:pulumi:s::p::kubernetes:x:${kind}::${name}`,
    component: "mlops:test:Thing thing",
    patch: false,
    namespace: "here",
    manifest: { apiVersion, kind, metadata: { name }, ...body },
    ...rest,
  } satisfies KubernetesObject;
}

describe("rendered files", () => {
  it("are one an object, named by namespace, kind and name, beside a README", () => {
    const files = fileTree([object("Service", "api"), object("Namespace", "here", { namespace: undefined })]);
    assert.deepEqual([...files.keys()], ["README", "here/service-api.yaml", "_cluster/namespace-here.yaml"]);
  });

  it("start with a header that says what they are for, and name the component", () => {
    for (const text of fileTree([object("Service", "api")]).values())
      assert.ok(text.startsWith(`${HEADER}\n`));
    assert.match(
      fileTree([object("Service", "api")]).get("here/service-api.yaml")!,
      /^# Component: mlops:test:Thing thing$/m,
    );
  });

  it("say of a Secret that its values are placeholders", () => {
    assert.match(fileTree([object("Secret", "s")]).get("here/secret-s.yaml")!, /^# .*values .*placeholders/m);
  });

  it("tell kinds of different API groups apart", () => {
    const other = object("Service", "api", { apiVersion: "serving.knative.dev/v1", urn: "urn:other" });
    assert.deepEqual([...fileTree([object("Service", "api"), other]).keys()].slice(1), [
      "here/service-api.yaml",
      "here/service.serving.knative.dev-api.yaml",
    ]);
  });

  it("keep patches apart from the object that they change", () => {
    const patch = object("Service", "api", { patch: true, urn: "urn:pulumi:s::p::t::label" });
    assert.deepEqual([...fileTree([object("Service", "api"), patch]).keys()].slice(1), [
      "here/service-api.yaml",
      "here/service-api.patch-label.yaml",
    ]);
  });

  it("cannot be made of two objects that are the same one on the cluster", () => {
    const twin = object("Service", "api", { urn: "urn:twin" });
    assert.throws(
      () => fileTree([object("Service", "api"), twin]),
      /two objects .*here\/service-api\.yaml.*\n.*\n.*urn:twin/,
    );
  });

  it("read back as the same values, also for words that older YAML takes for something else", () => {
    const data = {
      flag: "on",
      answer: "yes",
      octal: "0755",
      time: "12:30:00",
      none: "~",
      script: "set -e\necho 1\n",
      "*": "",
    };
    const text = fileTree([object("ConfigMap", "c", { body: { data } })]).get("here/configmap-c.yaml")!;
    for (const version of ["1.1", "1.2"] as const)
      assert.deepEqual((parse(text, { version }) as { data: unknown }).data, data);
    assert.match(text, /script: \|\n {4}set -e\n/);
  });
});

describe("the output folder", () => {
  const write = (...objects: KubernetesObject[]) => writeFolder(path.join(scratch, "out"), fileTree(objects));
  const files = () => filesIn(path.join(scratch, "out"));

  it("holds the same bytes after the same render", () => {
    write(object("Service", "api"));
    const before = fs.readFileSync(path.join(scratch, "out/here/service-api.yaml"));
    write(object("Service", "api"));
    assert.deepEqual(fs.readFileSync(path.join(scratch, "out/here/service-api.yaml")), before);
  });

  it("loses what an earlier render wrote and this one does not, with the folders", () => {
    write(object("Service", "api"), object("Service", "old", { namespace: "gone" }));
    write(object("Service", "api"));
    assert.deepEqual(files(), ["README", "here/service-api.yaml"]);
    assert.deepEqual(fs.readdirSync(path.join(scratch, "out")).sort(), ["README", "here"]);
  });

  it("is refused, unchanged, when it holds a file that render did not write", () => {
    write(object("Service", "api"));
    fs.writeFileSync(path.join(scratch, "out/here/notes.yaml"), "mine: true\n");
    assert.throws(() => write(), {
      name: "UsageError",
      message: /holds here\/notes\.yaml, which render did not write/,
    });
    assert.deepEqual(files(), ["README", "here/notes.yaml", "here/service-api.yaml"]);
  });

  it("is refused when it holds a link, even to a file that render wrote", () => {
    write(object("Service", "api"));
    fs.symlinkSync(path.join(scratch, "out/README"), path.join(scratch, "out/link"));
    assert.throws(() => write(), /holds link, which/);
  });

  it("is refused when it is a file", () => {
    fs.writeFileSync(path.join(scratch, "out"), "");
    assert.throws(() => write(), /it is not a folder/);
  });
});

describe("the command line", () => {
  beforeEach(() => {
    fs.writeFileSync(path.join(scratch, "Pulumi.one.yaml"), "");
    fs.writeFileSync(path.join(scratch, "Pulumi.two.yaml"), "");
  });
  const options = (...args: string[]) => parseOptions(args, scratch);

  it("takes a stack, a folder and a configuration", () => {
    const config = path.join(scratch, "Pulumi.two.yaml");
    assert.deepEqual(options("--stack", "one", "--out", "x", "--config", config), {
      stack: "one",
      out: "x",
      config,
    });
  });

  const mistakes: [what: string, args: string[], message: RegExp][] = [
    ["an unknown option", ["--stak", "one"], /Unknown option '--stak'.*usage/],
    ["a word that is no option", ["one"], /Unexpected argument 'one'/],
    ["an option without its value", ["--stack"], /'--stack <value>' argument missing/],
    ["no stack", ["--out", "x"], /--stack is missing; known stacks: one, two/],
    ["no folder", ["--stack", "one"], /--out is missing/],
    [
      "an unknown stack",
      ["--stack", "six", "--out", "x"],
      /--stack six: there is no such stack; known stacks: one, two/,
    ],
    [
      "a missing file",
      ["--stack", "one", "--out", "x", "--config", "no.yaml"],
      /--config no.yaml: there is no such file/,
    ],
  ];
  for (const [what, args, message] of mistakes)
    it(`refuses ${what} in one line`, () => {
      assert.throws(
        () => options(...args),
        (error: Error) => {
          assert.equal(error.name, "UsageError");
          assert.match(error.message, message);
          assert.doesNotMatch(error.message, /\n/);
          return true;
        },
      );
    });
});

describe("npm run render", () => {
  function render(...args: string[]) {
    const program = ["--require", "ts-node/register", "tools/render/main.ts", ...args];
    const { status, stdout, stderr } = spawnSync(process.execPath, program, { cwd: root, encoding: "utf8" });
    return { status, stdout, stderr };
  }

  it("writes a stack's objects and prints nothing", () => {
    const out = path.join(scratch, "out");
    assert.deepEqual(render("--stack", "dev", "--out", out), { status: 0, stdout: "", stderr: "" });
    assert.ok(filesIn(out).includes("_cluster/namespace-minio.yaml"));
  });

  it("writes the same bytes again, whatever the environment", () => {
    const [one, two] = [path.join(scratch, "one"), path.join(scratch, "two")];
    assert.equal(render("--stack", "prod", "--out", one).status, 0);
    process.env.KUBECONFIG = "/nowhere";
    try {
      render("--stack", "prod", "--out", two);
    } finally {
      delete process.env.KUBECONFIG;
    }
    assert.deepEqual(filesIn(one), filesIn(two));
    for (const file of filesIn(one))
      assert.equal(
        fs.readFileSync(path.join(one, file), "utf8"),
        fs.readFileSync(path.join(two, file), "utf8"),
        file,
      );
  });

  it("exits with 2 and one line for a usage error", () => {
    const { status, stderr } = render("--stack", "nowhere", "--out", scratch);
    assert.equal(status, 2);
    assert.match(stderr, /^render: --stack nowhere: .*\n$/);
  });

  it("exits with 1 and every problem of a configuration, and writes nothing", () => {
    const config = path.join(scratch, "config.yaml");
    fs.writeFileSync(config, "config:\n  mlops-platform:target: moon\n  mlops-platform:nonsense: 1\n");
    const { status, stderr } = render(
      "--stack",
      "dev",
      "--out",
      path.join(scratch, "out"),
      "--config",
      config,
    );
    assert.equal(status, 1);
    assert.match(stderr, /moon/);
    assert.match(stderr, /nonsense/);
    assert.doesNotMatch(stderr, /^ +at /m);
    assert.equal(fs.existsSync(path.join(scratch, "out")), false);
  });
});
