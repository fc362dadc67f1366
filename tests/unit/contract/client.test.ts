// The client of the contract: another Pulumi program reads the outputs of a stack, with types, and is told what is wrong.
import * as assert from "node:assert/strict";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { TURNED_ON_BY } from "../../../stacks/contract/absence";
import { type Platform, platform, type Reference } from "../../../stacks/contract/client";
import { pipelineServices } from "../../../components/video-pipeline";
import { isPlainObject, type PlainObject, UNKNOWN } from "../../../tools/graph/values";
import { run } from "../../support/program";
import { at } from "../../support/services";
import { platform as deployed } from "../stacks/setup";
import { consumer, outputs, STACK } from "./setup";

const without = (values: PlainObject, key: string): PlainObject =>
  Object.fromEntries(Object.entries(values).filter(([name]) => name !== key));

describe("another program that reads the contract", () => {
  let contract: PlainObject;
  before(async () => {
    contract = await outputs();
  });

  /** What the program is told. */
  async function refusal(
    program: (platform: Platform) => unknown,
    stackOutputs: PlainObject | null = contract,
  ): Promise<string> {
    let message = "";
    await assert.rejects(consumer(program, stackOutputs ?? undefined), (error: Error) => {
      assert.ok(pulumi.RunError.isInstance(error), `a stack trace helps nobody: ${error.stack}`);
      message = error.message;
      return true;
    });
    return message;
  }

  for (const preview of [false, true])
    it(`gets every part of it as an output, ${preview ? "in a preview" : "when it is deployed"}`, async () => {
      const graph = await consumer(
        (dev) => {
          const iris = dev.consumer("iris");
          return {
            target: dev.target,
            store: dev.objectStore.url,
            database: dev.database.endpoint,
            registry: dev.modelRegistry.url,
            tracking: dev.tracking.externalUrl,
            workload: dev.workload("iris-api").url,
            namespace: dev.namespace("mlops"),
            portForward: dev.portForward("mysql"),
            consumer: { namespace: iris.namespace, pods: iris.pods, caBundleName: iris.caBundleName },
            bucket: iris.objectStore,
            schema: iris.database.schema,
            experiments: iris.tracking.experiments,
          };
        },
        contract,
        preview,
      );
      assert.deepEqual(graph.outputs, {
        target: "minikube",
        store: "http://minio-api.minio.svc.cluster.local:9000",
        database: at(contract, "database", "endpoint"),
        registry: "http://model-registry.rhoai-model-registries.svc.cluster.local:8080",
        tracking: "https://mlflow.example.com",
        workload: "http://iris-api-service.mlops.svc.cluster.local:8000",
        namespace: "mlops",
        portForward: "kubectl port-forward --namespace db-ai service/mysql 3306:3306",
        consumer: { namespace: "garden", pods: { app: "iris" } },
        bucket: {
          secretName: "iris-s3-connection",
          generation: "1",
          bucket: "irises",
          prefix: "raw",
          access: "read",
        },
        schema: "irises",
        experiments: ["irises"],
      });
      assert.deepEqual(graph.secretOutputs, []);
    });

  it("refers to the stack once, however much it reads", async () => {
    const graph = await consumer((dev) => [dev.objectStore, dev.database, dev.consumer("iris")], contract);
    graph.one("pulumi:pulumi:StackReference", STACK);
  });

  it("may bring a reference of its own, whose values are not known yet", async () => {
    const unknown = pulumi.output(pulumi.unknown).apply((): pulumi.Unwrap<Reference["outputs"]> => ({}));
    const { outputs: read } = await run(
      () => ({ url: platform({ name: pulumi.output(STACK), outputs: unknown }).objectStore.url }),
      { preview: true },
    );
    assert.deepEqual(read, { url: UNKNOWN });
  });

  it("takes what a later platform of the same version adds", async () => {
    const later = {
      ...contract,
      news: { url: "http://news" },
      database: { ...object(contract.database), replicas: 2 },
    };
    const { outputs: read } = await consumer((dev) => ({ host: dev.database.host }), later);
    assert.deepEqual(read, { host: at(contract, "database", "host") });
  });

  it("reads a consumer of one service, and a service that is turned off, only where it asks for them", async () => {
    await consumer((dev) => dev.consumer("shop").database, without(contract, "tracking"));
  });

  describe("is told", () => {
    it("that there is no such stack, why, and how stacks are called", async () => {
      assert.equal(
        await refusal((dev) => dev.database, null),
        [
          `The platform's stack "${STACK}" cannot be read: unknown stack "${STACK}"`,
          "  allowed: <organization>/<project>/<stack>, as `pulumi stack ls --all` shows it; without Pulumi Cloud the",
          '           organization is always called "organization"',
          "  fix:     correct the name, or log in to the backend that has the stack: pulumi login <url>",
        ].join("\n"),
      );
    });

    it("that the stack was never deployed", async () => {
      assert.equal(
        await refusal((dev) => dev.database, {}),
        `The stack "${STACK}" has no outputs: it was never deployed, or everything of it was destroyed.\n` +
          `  fix: pulumi up --stack ${STACK}`,
      );
    });

    it("that the stack is another program's", async () => {
      assert.match(
        await refusal((dev) => dev.database, { url: "x", key: "y" }),
        /is not one of the platform: its outputs \(key, url\) have no contractVersion\.\n {2}fix: name the platform's own/,
      );
    });

    it("that the platform is older than its client, or newer", async () => {
      const version = (contractVersion: number) => ({ ...contract, contractVersion });
      assert.match(
        await refusal((dev) => dev.database, version(0)),
        /has version 0 of the contract, and this program reads version 1: an older platform deployed it\.\n {2}fix: deploy/,
      );
      assert.match(
        await refusal((dev) => dev.database, version(2)),
        /has version 2 of the contract.*: a newer platform deployed it\.\n {2}fix: install a client that reads version 2/,
      );
    });

    it("which field is not there that its client knows of", async () => {
      const { buckets, ...store } = object(contract.objectStore);
      assert.ok(Array.isArray(buckets));
      const message = await refusal((dev) => dev.database, { ...contract, objectStore: store });
      assert.match(
        message,
        /lacks what this program's client knows of version 1:\n {2}objectStore\.buckets: /,
      );
      assert.match(message, /fix: deploy it with the platform that this client came with: pulumi up/);
    });

    it("the same, and nothing in front of it, where resources wait for what is not there", async () => {
      const program = (dev: Platform) => {
        const { namespace, database } = dev.consumer("rose");
        for (const name of ["one", "two"])
          new k8s.core.v1.ConfigMap(name, { metadata: { namespace }, data: { schema: database.schema } });
      };
      assert.equal(await refusal(program), await refusal((dev) => dev.consumer("rose").namespace));
    });

    it("which workloads there are, and what turns on the one it asks for", async () => {
      assert.equal(
        await refusal((dev) => dev.workload("triton").url),
        `The platform's stack "${STACK}" has no workload "triton". There are: ai-workload, backend-deployment, ` +
          "frontend-deployment, iris-api.\n" +
          "  fix: set mlops-platform:triton.enabled in the platform's config, and deploy the platform",
      );
      assert.match(await refusal((dev) => dev.workload("iris")), /fix: name one of these$/);
      assert.match(await refusal((dev) => dev.workload("constructor")), /no workload "constructor"/);
    });

    it("that a service is turned off, and what turns it on", async () => {
      const services = {
        documentDatabase: ["document database", "vidp.images"],
        modelRegistry: ["model registry", "modelRegistry.enabled"],
        tracking: ["tracking server", "tracking.enabled"],
      } as const;
      for (const [name, [called, setting]] of Object.entries(services)) {
        const message = await refusal((dev) => dev[name as keyof typeof services], without(contract, name));
        assert.match(
          message,
          new RegExp(`has no ${called}: it is turned off\\.\n  fix: set mlops-platform:${setting} in`),
        );
      }
    });

    it("which consumers there are, and how to become one", async () => {
      assert.equal(
        await refusal((dev) => dev.consumer("rose").database.schema),
        `The platform's stack "${STACK}" has no consumer "rose". There are: iris, shop.\n` +
          "  fix: set mlops-platform:consumers.rose in the platform's config, and deploy the platform",
      );
      const nobody = { ...contract, consumers: {} };
      assert.match(await refusal((dev) => dev.consumer("rose").pods, nobody), /There are: none\./);
    });

    it("which connections it has, and how to get the one that it asks for", async () => {
      assert.equal(
        await refusal((dev) => dev.consumer("shop").objectStore.secretName),
        `The platform's stack "${STACK}" gives its consumer "shop" no connection to the object store. It has: database.\n` +
          "  fix: set mlops-platform:consumers.shop.bucket in the platform's config, and deploy the platform",
      );
      assert.match(
        await refusal((dev) => dev.consumer("shop").tracking),
        /set mlops-platform:consumers\.shop\.tracking/,
      );
    });

    it("which namespaces and ports there are", async () => {
      assert.match(
        await refusal((dev) => dev.namespace("vidp")),
        /no namespace "vidp"\. There are: .*, minio, mlops/,
      );
      assert.match(
        await refusal((dev) => dev.portForward("x")),
        /no port to forward "x"\. There are: .*, minio-console/,
      );
    });
  });

  it("would be told of every workload of the platform what turns it on", async () => {
    const openshift = await deployed("openshift", { triton: { enabled: true } });
    const names = [...Object.keys(object(openshift.outputs.workloads)), ...pipelineServices];
    assert.ok(names.includes("triton"));
    assert.deepEqual([...TURNED_ON_BY.keys()].sort(), names.sort());
  });
});

function object(value: unknown): PlainObject {
  const plain = value as PlainObject;
  assert.ok(isPlainObject(plain));
  return plain;
}
