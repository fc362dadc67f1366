// tools/live/images/build by itself: what it builds, when it builds nothing, and that it leaves nothing, whatever ends it.
import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { whyNot } from "../../tools/live/machine";
import { root } from "../../tools/stack/settings";
import { descendants, isRunning } from "../support/waiting";
import { eventually, run, scratch, succeed, write } from "../support/processes";
import { cannotRun, toolsOrSkip } from "../support/tools";
import { contentsOf } from "./support/archives";
import { IMAGES, only, Workshop, type Cache } from "./support/images";

describe("the build of images for real pods", function () {
  this.timeout(3 * 60_000);
  const workshop = new Workshop();
  let cache: Cache;

  before(async function () {
    const reason = await whyNot();
    if (reason !== undefined) cannotRun(this, reason.split("\n")[0] ?? "");
    await toolsOrSkip(this, "buildah", "busybox", "pause");
    await workshop.open();
    cache = workshop.cache();
  });

  after(() => workshop.close());

  it("makes an OCI archive of each, with the reference that it prints, and the user of its Containerfile", async () => {
    const { code, stdout, output } = await run(path.join(IMAGES, "build"), ["pause"], {
      env: cache.environment,
    });
    assert.equal(code, 0, output);
    const image = only(stdout);
    const [, tag] = /^pause +(\S+)/m.exec(fs.readFileSync(path.join(IMAGES, "images.txt"), "utf8")) ?? [];
    assert.equal(image.name, "pause");
    assert.equal(image.reference, `localhost/mlops-live/pause:${tag}`);
    assert.equal(path.dirname(image.archive), cache.folder);
    const { reference, user, entrypoint } = await contentsOf(image.archive);
    assert.equal(reference, image.reference);
    assert.equal(user, "10001:10001");
    assert.deepEqual(entrypoint, ["/pause"]);
  });

  it("makes the same image of the same things, wherever, whenever, and whatever the umask", async () => {
    const digestIn = async (cache: Cache): Promise<string> =>
      (await contentsOf((await workshop.build(cache, "tiny")).archive)).digest;
    const digest = await digestIn(cache);
    const umask = process.umask(0o077);
    try {
      assert.equal(await digestIn(workshop.cache()), digest);
    } finally {
      process.umask(umask);
    }
    assert.equal(workshop.calls, 2);
  });

  describe("asked for what is there", () => {
    it("prints the same and does nothing, also after a change that makes no difference", async () => {
      const first = await workshop.run(cache, "tiny");
      const { archive } = only(first.stdout);
      const before = { calls: workshop.calls, inode: fs.statSync(archive).ino };
      workshop.write("tiny/README.md", "Nothing is made of this.");
      // As in a checkout that was made with another umask.
      workshop.allow("base/greeting", 0o600);
      assert.deepEqual(await workshop.run(cache, "tiny"), { ...first, stderr: "", output: first.stdout });
      assert.deepEqual({ calls: workshop.calls, inode: fs.statSync(archive).ino }, before);
    });

    it("keeps it for another week, and removes older ones of that image alone that nobody asked for", async () => {
      const { archive } = await workshop.build(cache, "tiny");
      const old = cache.age("tiny-0123456789ab.tar", 8);
      const others = [cache.age("tiny-ba9876543210.tar", 6), cache.age("tiny-thing-0123456789ab.tar", 8)];
      cache.age(path.basename(archive), 8);
      const calls = workshop.calls;
      assert.equal((await workshop.build(cache, "tiny")).archive, archive);
      assert.equal(workshop.calls, calls);
      assert.deepEqual([archive, ...others, old].map(fs.existsSync), [true, true, true, false]);
      for (const file of others) fs.rmSync(file);
    });
  });

  it("makes another archive after each change of what an image, or the one before it, is made of", async () => {
    const images = [await workshop.build(cache, "tiny")];
    const change = async (make: () => void): Promise<void> => {
      make();
      images.push(await workshop.build(cache, "tiny"));
    };
    await change(() => workshop.write("base/greeting", "Good day"));
    await change(() => workshop.allow("tiny/note", 0o755));
    await change(() => workshop.append("build", "# In another way.\n"));
    await change(() => workshop.tag("2"));
    assert.equal(new Set(images.map(({ archive }) => archive)).size, 5);
    const contents = await Promise.all(images.map(({ archive }) => contentsOf(archive)));
    assert.deepEqual(
      contents.map(({ reference }) => reference),
      images.map(({ reference }) => reference),
    );
    // A tag is a name: the image is the same.
    assert.equal(new Set(contents.map(({ digest }) => digest)).size, 4);
    assert.equal(contents[3]?.digest, contents[4]?.digest);

    const calls = workshop.calls;
    workshop.tag("1");
    assert.deepEqual(await workshop.build(cache, "tiny"), images[3]);
    assert.equal(workshop.calls, calls);
  });

  it("is asked for every image by `make test-live`, and for those of the suite `live` by `make test`", async () => {
    const wanted = async (target: string): Promise<string | undefined> =>
      /live\/images\/build(.*?)>/.exec(
        await succeed("make", ["--directory", root, "--dry-run", target]),
      )?.[1];
    assert.equal((await wanted("test-live"))?.trim(), "--all");
    assert.equal((await wanted("test"))?.trim(), "");
  });

  it("builds once for two that ask at the same time", async () => {
    workshop.write("tiny/note", "For two");
    const calls = workshop.calls;
    const first = await workshop.startHeld(cache);
    const second = workshop.start(cache);
    let waits = false;
    second.onLine((line) => {
      waits ||= line === "Another build is under way; waiting for it...";
    });
    await eventually("the second one waits", () => waits);
    workshop.letGo();
    const [one, other] = await Promise.all([first.result, second.result]);
    assert.deepEqual([one.code, other.code], [0, 0], one.output + other.output);
    assert.equal(only(one.stdout).name, "tiny");
    assert.equal(one.stdout, other.stdout);
    assert.equal(workshop.calls, calls + 1);
  });

  for (const signal of ["SIGKILL", "SIGTERM"] as const)
    describe(`ended in the middle by ${signal}, which it alone gets`, () => {
      let files: string[];

      before(() => {
        workshop.write("tiny/note", `Ended by ${signal}`);
        files = cache.files();
      });

      it("leaves no process and no mount", async () => {
        const { child } = await workshop.startHeld(cache);
        const pid = child.pid ?? assert.fail("it was started");
        const processes = [pid, ...descendants(pid)];
        assert.ok(processes.length > 1);
        assert.notDeepEqual(cache.mounts(), []);
        child.kill(signal);
        await eventually(
          "it and all that it started have ended",
          () => !processes.some(isRunning) && cache.workers().length === 0,
        );
        assert.deepEqual(cache.mounts(), []);
      });

      it("builds it all the same the next time, and leaves no file of either", async () => {
        workshop.letGo();
        // As if it had been ended a bit later.
        fs.writeFileSync(path.join(cache.folder, ".base.unfinished.tar"), "Not all of an arch");
        const calls = workshop.calls;
        const { archive, reference } = await workshop.build(cache, "tiny");
        assert.equal(workshop.calls, calls + 1);
        assert.equal((await contentsOf(archive)).reference, reference);
        assert.deepEqual(cache.files(), [...files, path.basename(archive)].sort());
        assert.deepEqual(cache.containers(), []);
        assert.deepEqual(fs.readdirSync(cache.temporary), []);
      });
    });

  describe("where no packages of the images' Debian are to be had", () => {
    const said = new RegExp(
      "^Images for real pods are made of packages of Debian 12 \\(bookworm\\), and the sources of apt have none here " +
        "\\(.+\\): .* use minikube, as docs/how-to/see-it-live\\.md says\\.$",
    );
    let programs: string;

    beforeEach(() => {
      programs = scratch("programs");
    });

    it("says so before it builds anything", async () => {
      const empty = workshop.cache();
      const other = "deb http://there.example/debian trixie main";
      write(programs, { "apt-get": `#!/bin/sh\n[ "$1" != indextargets ] || echo ${other}\n` });
      fs.chmodSync(path.join(programs, "apt-get"), 0o700);
      const { code, stdout, stderr } = await run(path.join(IMAGES, "build"), ["pause", "mariadb"], {
        env: { ...empty.environment, PATH: `${programs}:${process.env.PATH}` },
      });
      assert.match(stderr.trimEnd(), said);
      assert.equal(code, 1);
      assert.equal(stdout, "");
      assert.deepEqual(empty.files(), []);
    });

    it("says the same of a system without apt", async () => {
      fs.symlinkSync("/bin/bash", path.join(programs, "bash"));
      const { code, stdout, stderr } = await run(path.join(IMAGES, "debian/check"), [], {
        env: { PATH: programs },
      });
      assert.match(stderr.trimEnd(), said);
      assert.equal(code, 1);
      assert.equal(stdout, "");
    });
  });

  describe("builds nothing, and says what is wrong,", () => {
    const options = "build NAME\\.\\.\\. .* build without names .* build --all ";
    const cases = [
      {
        asked: ["tiny", "tinny"],
        said: /^There is no image 'tinny' in \S+\/images\.txt\. The images are: base tiny lost barred$/,
      },
      {
        asked: ["tiny", ""],
        said: /^There is no image '' in \S+\/images\.txt\. The images are: base tiny lost barred$/,
      },
      { asked: ["tiny", "--force"], said: new RegExp(`^There is no option --force\\. ${options}`) },
      { asked: ["--all", "tiny"], said: new RegExp(`^--all goes without names: --all tiny\\. ${options}`) },
      { asked: ["--archive", "tiny"], said: new RegExp(`^There is no option --archive\\. ${options}`) },
      { asked: ["lost"], said: /^There is no program nowhere in \S+\/tools\.txt\.$/ },
      { asked: ["tiny", "lost", "barred"], said: /^Nothing for it is here\.$/ },
    ];

    for (const { asked, said } of cases)
      it(`asked for ${asked.map((each) => JSON.stringify(each)).join(" ")}`, async () => {
        const empty = workshop.cache();
        const { code, stdout, stderr } = await workshop.run(empty, ...asked);
        assert.match(stderr.trimEnd(), said);
        assert.equal(code, 1);
        assert.equal(stdout, "");
        assert.deepEqual(empty.files(), []);
      });
  });
});
