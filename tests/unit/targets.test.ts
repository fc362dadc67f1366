// Targets in other programs: without settings they are what a stack's config is by default, and any setting counts.
import * as assert from "node:assert/strict";
import { InferenceService } from "../../components/inference-service";
import { configSchema } from "../../stacks/config/schema";
import type { Target } from "../../stacks/target";
import { isTargetName, targetNamed, targetNames, targets } from "../../stacks/targets";
import { IMAGE, resources, security, testNamespace } from "../support/fixtures";
import { run } from "../support/program";

/** Everything that a program registers which exposes a service by this Target. */
const exposed = async (target: Target) =>
  (
    await run(() => {
      new InferenceService("api", {
        namespace: testNamespace(),
        security: target.security,
        image: IMAGE,
        resources,
        service: { name: "api", port: 8000 },
        probes: { live: "/health", ready: "/ready" },
        exposure: target.expose({ host: "api.example.com", rateLimit: 5 }),
      });
    })
  ).objects;

const plain = ({ scrapers, dns, apiServer: { cidrs, port } }: Target) => ({ scrapers, dns, cidrs, port });

for (const name of targetNames) {
  describe(`the target ${name} in a program of somebody else`, () => {
    it("is without settings what it is with the config's defaults", async () => {
      const [own, configured] = [
        targetNamed(name),
        targets[name].create(configSchema(name).parse({ target: name })),
      ];
      assert.deepEqual(plain(own), plain(configured));
      assert.deepEqual(own.security.context(), security[name].context());
      assert.deepEqual(await exposed(own), await exposed(configured));
    });

    it("takes the settings that every target has", async () => {
      const target = targetNamed(name, {
        monitoring: { namespace: "watchers" },
        apiServer: { cidrs: ["198.51.100.0/24"], port: 443 },
        tls: { source: "issuer", issuer: { name: "letsencrypt", kind: "ClusterIssuer" } },
      });
      assert.deepEqual(plain(target), {
        scrapers: { namespaceLabels: { "kubernetes.io/metadata.name": "watchers" } },
        dns: targetNamed(name).dns,
        cidrs: ["198.51.100.0/24"],
        port: 443,
      });
      const kinds = (await exposed(target)).map(({ manifest }) => manifest.kind);
      assert.ok(kinds.includes("Certificate"), kinds.join(", "));
    });
  });
}

describe("a target by its name", () => {
  it("is refused with the names that there are", () => {
    assert.equal(isTargetName("kind"), false);
    assert.throws(() => targetNamed("kind"), {
      message: 'There is no target "kind". The targets are: minikube, openshift.',
    });
  });
});
