/**
 * What docs/contract.md says before its table: who reads the contract, how, and what is promised to him.
 */
import { version } from "../../package.json";
import { CONTRACT_VERSION } from "../../stacks/contract/shape";

export const introduction = `# The contract

<!-- Generated from stacks/contract/shape.ts and tools/contract/ by \`npm run --silent docs\`. Change these, not this page. -->

What other programs may know of a stack are its outputs, and their shape is a contract with a version; this is version
${CONTRACT_VERSION}. It has endpoints, hosts, buckets, namespaces and **names** of Secrets. The value of a Secret is in no output,
ever: whoever may read the outputs may still read no credential.

## From Pulumi, in TypeScript

The client is a package of its own that needs nothing of the platform. \`make packages\` builds it into \`dist/\`:

\`\`\`sh
npm install ../mlops-platform/dist/mlops-platform-contract-${version}.tgz
\`\`\`

\`\`\`ts
import { platform } from "mlops-platform-contract";

const dev = platform("organization/mlops-platform/dev");
const shop = dev.consumer("shop");

const pod = {
  metadata: {
    labels: shop.pods, // The services let in the pods that carry them.
    // Rolls the pods out when the platform has rotated the credential in the Secret.
    annotations: { "shop/credential": shop.database.generation },
  },
  spec: { containers: [{ name: "shop", image, envFrom: [{ secretRef: { name: shop.database.secretName } }] }] },
};
export const predictions = dev.workload("iris-api").externalUrl;
\`\`\`

Everything is a typed output. The program fails with one message when the stack is missing or was never deployed, when
it has another version of the contract, and when it lacks what was asked for: a service, a workload, a consumer or one
of its connections. The message says what there is and which setting of the platform adds the rest.
[examples/consumer](../examples/consumer) is a whole program, with its Secrets, pods and rotation. For a service outside the
cluster \`generation\` is always \`external\`: [restart the pods](how-to/external-s3.md#rotate) when that credential was rotated.

\`platform()\` also takes a \`pulumi.StackReference\`. A stack is known by \`<organization>/<project>/<stack>\`; without Pulumi
Cloud the organization is called \`organization\`. The program has to be logged in to the same backend as the platform.

## From any other language

[stacks/contract/contract.schema.json](../stacks/contract/contract.schema.json) is the same shape as JSON Schema (draft
2020-12), from which types and checks can be generated; the client's package has it as
\`mlops-platform-contract/schema.json\`. Check before you read, and take no field for a mistake that you
don't know: a later platform may have more. [examples/consumer/read.py](../examples/consumer/read.py) does it in Python, with
nothing installed:

\`\`\`sh
pulumi stack output --json --stack dev | python3 examples/consumer/read.py consumers.shop.connections.database.secretName
\`\`\`

## From a shell

\`\`\`sh
make outputs                                        # a table; JSON=1 for programs
pulumi stack output --json | jq -r .objectStore.url
eval "$(pulumi stack output --json | jq -r '.portForward.mysql')"   # brings the database to this machine
\`\`\`

## What is promised

A reader of version N stays right as long as the version is N:

| Change | Allowed under the same version |
| --- | --- |
| A field is added | yes |
| A field that may be absent is there always | yes |
| A field is removed, or may be absent from now on | no |
| A field gets another type, more values than were listed, fewer values, or other limits | no |
| A field gets another meaning | no |

So platforms go first and their readers follow. A client that is newer than the platform says which fields it misses; one
that meets another version says so, and reads nothing.

\`tests/unit/contract\` compares the shape with what was released last, in \`stacks/contract/released/<version>.json\`, by these rules.
Since the meaning of a field is its description, a changed description counts as a changed meaning until somebody says
otherwise.

## How a version is released

\`\`\`sh
make contract               # releases what was added; under a raised version, that version
make contract REWORDED=1    # the same, and says that changed descriptions mean what they meant
\`\`\`

Commit the file that it writes. To break readers deliberately, raise \`CONTRACT_VERSION\` in
\`stacks/contract/shape.ts\` first, run \`make contract\`, and say in \`CHANGELOG.md\` what readers have to change. Files of earlier
versions stay: they are what earlier clients were made from.
`;
