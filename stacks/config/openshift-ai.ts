/**
 * The schema of OpenShift AI: what is switched on, and how the operators behind it are installed.
 */
import { z } from "zod";
import {
  componentNames,
  componentsOf,
  defaultRecipe,
  recipeNames,
} from "../../components/openshift-ai/recipes";
import { packages } from "../../components/operators/catalog";
import { describe } from "./field";
import * as value from "./values";

const objectVersion = describe(value.matching(/^[a-z0-9](?:[a-z0-9.+-]{0,98}[a-z0-9])?$/, 100), {
  allowed: "the name of a ClusterServiceVersion, such as rhods-operator.2.25.11",
  example: "rhods-operator.2.25.11",
});

const catalogEntry = z.strictObject({
  install: describe(value.boolean, {
    description: "Whether the stack installs this one.",
    defaultText: "`openshiftAi.operators.install`",
    example: "false",
  }).optional(),
  channel: describe(value.matching(/^[a-z0-9][a-z0-9.-]{0,62}$/, 63), {
    description: "Stream of versions.",
    allowed: "the name of a channel of the package",
    example: "eus-2.25",
  }).optional(),
  version: describe(objectVersion, {
    description: "The version that approval `Manual` installs: the name of its ClusterServiceVersion.",
  }).optional(),
  source: describe(value.objectName, {
    description: "Catalog: the name of a CatalogSource.",
    example: "redhat-operators-mirror",
  }).optional(),
  sourceNamespace: describe(value.dnsLabel(63, "openshift-marketplace"), {
    description: "Namespace of the catalog.",
  }).optional(),
});

const catalog = Object.fromEntries(
  Object.values(packages).map(({ name }) => [name, catalogEntry.optional()] as const),
);

const operators = z
  .strictObject({
    install: describe(value.boolean, {
      description:
        "Whether the stack installs the operators. If not, an administrator does, and the stack waits for them.",
      example: "false",
    }).default(true),
    approval: describe(value.oneOf(["Automatic", "Manual"]), {
      description:
        "Who agrees to a version: the newest of the channel, now and later (`Automatic`), or the pinned one and no other (`Manual`).",
    }).default("Automatic"),
    timeout: describe(value.integer(60, 7200, 1800), {
      description:
        "Seconds within which an operator has to be installed, and then again those within which a part of OpenShift AI has to work.",
    }).default(1800),
    packages: describe(z.strictObject(catalog).prefault({}), {
      description: "What is different for an operator: who installs it, and where it is found.",
      defaultText: "`components/operators/catalog.ts`",
      entry: { name: "package", example: "rhods-operator" },
    }),
  })
  .prefault({});

export const openshiftAi = describe(
  z
    .strictObject({
      enabled: describe(value.boolean, {
        description:
          "Whether the stack sets OpenShift AI up. If not, somebody else has: one cluster has one OpenShift AI, and only one of its stacks may set it up.",
        example: "false",
      }).default(true),
      version: describe(value.oneOf(recipeNames), {
        description: "Its generation, which decides which operators it takes.",
        // Without quotes YAML makes a number of it.
        allowed: recipeNames.map((name) => `\`"${name}"\``).join(" or ") + " (text: in a file in quotes)",
      }).default(defaultRecipe),
      components: describe(z.array(value.oneOf(componentNames)), {
        description: "What it runs.",
        allowed: `a list of ${componentNames.map((name) => `\`${name}\``).join(", ")} (\`serverless\` in 2.25 only)`,
        defaultText: "all that the version has",
        example: "modelRegistry",
      }).optional(),
      operators: describe(operators, { description: "The operators that it takes." }),
    })
    .prefault({})
    .transform(({ components, operators: { timeout, ...install }, ...rest }) => ({
      ...rest,
      components: components ?? componentsOf(rest.version),
      operators: install,
      timeout,
    })),
  {
    description:
      "OpenShift AI: the operators, and what they run. OpenShift only. The model registry of the stack is one of its own.",
  },
);
