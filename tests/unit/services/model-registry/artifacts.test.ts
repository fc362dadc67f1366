// The connection to the models' files, which either form of the model registry offers.
import * as assert from "node:assert/strict";
import { at, CONFIG_MAP, SECRET } from "../../../support/services";
import { kubeflow, openShiftAi, PEM, specOf } from "./setup";

for (const [form, deploy] of [
  ["Kubeflow", kubeflow],
  ["OpenShift AI", openShiftAi],
] as const) {
  describe(`the connection to the models' files, with ${form}`, () => {
    it("is a data connection of the dashboard, under a fixed name in the registry's namespace", async () => {
      const graph = await deploy();
      const secret = graph.one(SECRET, "model-registry-artifacts");
      assert.deepEqual(secret.inputs.metadata, {
        name: "model-registry-artifacts",
        namespace: "team",
        labels: { "opendatahub.io/dashboard": "true" },
        annotations: {
          "opendatahub.io/connection-type": "s3",
          "opendatahub.io/connection-type-protocol": "s3",
          "opendatahub.io/connection-type-ref": "s3",
          "openshift.io/display-name": "Models of model-registry",
        },
      });
      assert.equal(at(secret.inputs, "stringData", "AWS_S3_BUCKET"), "models");
      assert.equal(graph.outputs.artifactsSecretName, "model-registry-artifacts");
      assert.deepEqual(graph.secretOutputs, []);
    });

    it("is open to pods of the namespace that carry its label", async () => {
      const spec = specOf(await deploy(), "model-registry-to-minio");
      assert.deepEqual(at(spec, "podSelector"), {
        matchLabels: { "mlops-platform/client-of": "model-registry" },
      });
    });

    it("comes with the authorities of an external store, where they are private ones", async () => {
      (await deploy()).none(CONFIG_MAP, "model-registry-ca-bundle");
      const bundle = (await deploy({ caBundle: PEM })).one(CONFIG_MAP, "model-registry-ca-bundle");
      assert.deepEqual(bundle.inputs.data, { "ca-bundle.crt": PEM });
      assert.equal(at(bundle.inputs, "metadata", "name"), "model-registry-ca-bundle");
    });
  });
}
