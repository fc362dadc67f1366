// Images: the default, an override, or the default through a mirror.
import * as assert from "node:assert/strict";
import { defaultImages, type ImageName, imageReference } from "../../../stacks/images";
import { isPinned } from "../../support/pods";

const names = Object.keys(defaultImages) as ImageName[];

describe("the image of a component", () => {
  for (const name of names) {
    it(`is pinned by default, with its registry: ${name}`, () => {
      const image = imageReference(name, { overrides: {} });
      assert.equal(image, defaultImages[name]);
      assert.ok(isPinned(image), image);
      const [registry = ""] = image.split("/");
      assert.match(registry, /\./, "without a registry, a cluster's own setting would choose one");
    });

    it(`keeps its path and its tag behind a mirror: ${name}`, () => {
      const [registry = "", ...path] = defaultImages[name].split("/");
      for (const mirror of ["registry.corp", "registry.corp:5000", "registry.corp:5000/mirror/all"]) {
        const mirrored = imageReference(name, { mirror, overrides: {} });
        assert.equal(mirrored, `${mirror}/${path.join("/")}`);
        assert.ok(!mirrored.includes(registry));
      }
    });
  }

  it("is the config's own where there is one, untouched by the mirror", () => {
    const digest = `registry.corp:5000/team/mysql@sha256:${"a".repeat(64)}`;
    for (const override of [digest, "localhost:5000/mysql:8.4.11", "mysql:8.4.11"]) {
      const settings = { mirror: "mirror.corp", overrides: { sqlDatabase: override } };
      assert.equal(imageReference("sqlDatabase", settings), override);
      assert.notEqual(imageReference("objectStore", settings), override);
    }
  });
});
