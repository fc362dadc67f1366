// Which questions verify asks the API server.
import * as assert from "node:assert/strict";
import type { Expected } from "../../../tools/verify/expected";
import { look } from "../../../tools/verify/look";

const service = (name: string): Expected => ({
  apiVersion: "v1",
  kind: "Service",
  namespace: "minio",
  name,
  generated: false,
  manifest: {},
});

describe("what verify looks at", () => {
  const asked = async (wanted: Expected[]): Promise<string[][]> => {
    const calls: string[][] = [];
    await look(
      {
        get: (args) => {
          calls.push([...args]);
          return Promise.resolve([]);
        },
        resourceName: (_, kind) => Promise.resolve(`${kind.toLowerCase()}s`),
      },
      "prod",
      wanted,
    );
    return calls;
  };

  it("are all objects of the expected kinds in a namespace, and what tells whether they work", async () => {
    assert.deepEqual(await asked([service("a"), service("b")]), [
      ["services,pods,endpointslices,networkpolicys", "--namespace=minio"],
    ]);
  });

  it("are by their names those without a namespace, whose others are nobody's business", async () => {
    assert.deepEqual(await asked([{ ...service("minio"), kind: "Namespace", namespace: "" }]), [
      ["namespaces/minio"],
    ]);
  });

  it("are by the stack's labels those without a namespace whose names are generated", async () => {
    const generated = { ...service("install"), kind: "ClusterRole", namespace: "", generated: true };
    assert.deepEqual(await asked([generated]), [
      ["clusterroles", "--selector=app.kubernetes.io/part-of=mlops-platform,mlops-platform/stack=prod"],
    ]);
  });
});
