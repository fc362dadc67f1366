// OpenShiftAi: the operators of a recipe, the two objects that tell OpenShift AI's own what to run, and for each of its
// components a Job that sees it work.
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { AddressEndpoint, checksum, ManagedNamespace } from "../network";
import { ClusterObject, Conditions, Operator, OperatorPackage } from "../operators";
import { PodSecurity } from "../workload";
import { connectModelCatalog } from "./model-catalog";
import { APPLICATIONS_NAMESPACE, ComponentName, Recipe, RecipeName, recipes, Wanted } from "./recipes";

export interface OpenShiftAiArgs {
  /** The generation: which operators it takes, and what they are told. */
  recipe: RecipeName;
  /** What is switched on; everything else is switched off. */
  components: readonly ComponentName[];
  /** Where model registries are; needed with the component `modelRegistry`, and fixed once that is there. @default there are no registries */
  registriesNamespace?: ManagedNamespace;
  /** PEM text of authorities that pods of all projects trust besides the cluster's. @default none */
  caBundle?: string;
  /** How operators are installed, and whether they are. */
  operators: OperatorSettings;
  /** Where the Jobs run that install and wait: a namespace of the platform. */
  namespace: ManagedNamespace;
  /** Who its pods run as: the Target's. */
  security: PodSecurity;
  /** An image with `kubectl` and a shell. */
  image: string;
  /** Where the Jobs that wait ask the Kubernetes API. */
  apiServer: AddressEndpoint;
  /** Seconds until an operator has to be installed, and then again until a component has to work. @default 1800 */
  timeout?: number;
}

/** How operators are installed. */
export interface OperatorSettings {
  /** `false`: an administrator does. @default true */
  install?: boolean;
  /** Who agrees to versions: `Automatic` follows the channel, `Manual` installs the pinned version alone. @default "Automatic" */
  approval?: "Automatic" | "Manual";
  /** What is different for an operator, by its package's name. @default none */
  packages?: Readonly<Record<string, PackageSettings | undefined>>;
}

/** Catalogs differ: a disconnected cluster has a copy of its own. */
export interface PackageSettings extends Partial<
  Pick<OperatorPackage, "channel" | "source" | "sourceNamespace" | "version">
> {
  /** Whether this one is installed: others of the cluster may use it as well. @default as all of them are */
  install?: boolean;
}

/** Something that operators look after: what its custom resources depend on. */
export interface Operated {
  /** What has to be done until it works. */
  readonly ready: readonly pulumi.Resource[];
}

/** The operator that looks after model registries. */
export interface RegistryOperator extends Operated {
  /** The proxy that its registries ask who calls with. */
  readonly proxy: Recipe["registryProxy"];
}

/** The operator that serves models. */
export interface ServingOperator extends Operated {
  /** What KServe calls its mode without Knative. */
  readonly mode: Recipe["servingMode"];
}

/** The one that each cluster has. */
const INITIALIZATION = "default-dsci";
const CLUSTER = "default-dsc";

const TIMEOUT = 1800;

/** Seconds in which everything of OpenShift AI has to be gone; its operator ends after that. */
const DELETION_TIMEOUT = 1800;

const TITLES: Readonly<Record<ComponentName, string>> = {
  dashboard: "dashboard",
  serving: "model serving",
  serverless: "serverless model serving",
  pipelines: "pipelines",
  modelRegistry: "model registry",
};

export class OpenShiftAi extends pulumi.ComponentResource {
  private readonly recipe: Recipe;
  private readonly working: ReadonlyMap<ComponentName, k8s.batch.v1.Job>;

  constructor(
    private readonly component: string,
    private readonly args: OpenShiftAiArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("mlops:openshift-ai:OpenShiftAi", component, {}, opts);
    this.recipe = recipes[args.recipe];
    const wanted = this.wanted();
    const operators = this.installOperators(wanted);
    const initialization = this.createInitialization(wanted, operators);
    const cluster = this.createCluster(wanted, [initialization, ...this.connectCatalog(wanted)]);
    this.working = this.seeItWork(wanted, cluster);
    this.registerOutputs({});
  }

  /** What custom resources of the kind ModelRegistry depend on. */
  get registries(): RegistryOperator {
    return { ready: this.ready("modelRegistry"), proxy: this.recipe.registryProxy };
  }

  /** What custom resources of the kind InferenceService depend on. */
  get serving(): ServingOperator {
    return { ready: this.ready("serving"), mode: this.recipe.servingMode };
  }

  private ready(name: ComponentName): pulumi.Resource[] {
    const job = this.working.get(name);
    if (job === undefined) {
      throw new pulumi.RunError(
        `${this.component} has no ${TITLES[name]}, which is used. Add ${name} to its components: ` +
          `${[...this.args.components, name].join(", ")}.`,
      );
    }
    return [job];
  }

  private wanted(): Wanted {
    const { components, registriesNamespace, caBundle, recipe } = this.args;
    for (const name of components) {
      if (this.recipe.components[name] === undefined) {
        throw new pulumi.RunError(
          `OpenShift AI ${recipe} has no ${TITLES[name]}. Leave ${name} out of the components of ${this.component}; ` +
            `there are ${Object.keys(this.recipe.components).join(", ")}.`,
        );
      }
    }
    if (components.includes("serverless") && !components.includes("serving")) {
      throw new pulumi.RunError(
        `${this.component} is to have serverless model serving, but no model serving. Add serving to its components.`,
      );
    }
    if (components.includes("modelRegistry") && registriesNamespace === undefined) {
      throw new pulumi.RunError(
        `${this.component} is to have a model registry, but no namespace for it. Give it registriesNamespace.`,
      );
    }
    return {
      components: new Set(components),
      ...(registriesNamespace ? { registriesNamespace: registriesNamespace.name } : {}),
      ...(caBundle === undefined ? {} : { caBundle }),
    };
  }

  /** Those that the components in use take, and no other. */
  private installOperators({ components }: Wanted): pulumi.Resource[] {
    const { namespace, security, image, apiServer, operators, timeout = TIMEOUT } = this.args;
    const { install = true, approval, packages = {} } = operators;
    const needed = [...components].flatMap((name) => this.recipe.components[name]?.operators ?? []);
    const all = [...new Set([this.recipe.operator, ...needed])].map((each) => ({
      ...each,
      ...packages[each.name],
      install: packages[each.name]?.install ?? install,
    }));
    const unknown = Object.keys(packages).filter((name) => !all.some((each) => each.name === name));
    if (unknown.length > 0) {
      throw new pulumi.RunError(
        `${this.component} is told where to find ${unknown.join(", ")}, which it does not install. It installs ` +
          `${all.map(({ name }) => name).join(", ")}.`,
      );
    }
    const together = all.filter((each) => each.install);
    return all.flatMap(
      ({ install, ...wanted }) =>
        new Operator(
          wanted.name,
          {
            package: wanted,
            together,
            namespace,
            security,
            image,
            apiServer,
            install,
            approval,
            timeout,
          },
          { parent: this },
        ).ready,
    );
  }

  private createInitialization(
    wanted: Wanted,
    operators: readonly pulumi.Resource[],
  ): k8s.apiextensions.CustomResource {
    return new k8s.apiextensions.CustomResource(
      `${this.component}-initialization`,
      {
        apiVersion: `dscinitialization.opendatahub.io/${this.recipe.version}`,
        kind: "DSCInitialization",
        metadata: { name: INITIALIZATION },
        spec: this.recipe.initialization(wanted),
      },
      this.operated(operators),
    );
  }

  /** The way is open before its operator makes it. */
  private connectCatalog({ components }: Wanted): pulumi.Resource[] {
    const { registriesNamespace: namespace, apiServer } = this.args;
    if (!components.has("modelRegistry") || namespace === undefined) return [];
    return connectModelCatalog(this.recipe.catalog, { namespace, apiServer }, { parent: this });
  }

  private createCluster(
    wanted: Wanted,
    dependsOn: readonly pulumi.Resource[],
  ): k8s.apiextensions.CustomResource {
    return new k8s.apiextensions.CustomResource(
      `${this.component}-cluster`,
      {
        apiVersion: `datasciencecluster.opendatahub.io/${this.recipe.version}`,
        kind: "DataScienceCluster",
        metadata: { name: CLUSTER },
        spec: this.recipe.cluster(wanted),
      },
      this.operated(dependsOn),
    );
  }

  private operated(dependsOn: readonly pulumi.Resource[]): pulumi.CustomResourceOptions {
    return {
      parent: this,
      dependsOn: [...dependsOn],
      customTimeouts: { delete: `${DELETION_TIMEOUT}s` },
      // There is one of a kind in a cluster, so that another one can't be made before it is gone.
      deleteBeforeReplace: true,
    };
  }

  /** A Job for each component: what depends on one does not wait for the others. */
  private seeItWork(
    wanted: Wanted,
    cluster: k8s.apiextensions.CustomResource,
  ): ReadonlyMap<ComponentName, k8s.batch.v1.Job> {
    const { namespace, security, image, apiServer, timeout = TIMEOUT } = this.args;
    const name = `${this.component}-ready`;
    const { version } = this.recipe;
    const conditions = new Conditions(
      name,
      {
        namespace,
        security,
        image,
        apiServer,
        timeout,
        object: dataScience("datasciencecluster", version, CLUSTER),
        basis: dataScience("dscinitialization", version, INITIALIZATION),
        after: [cluster],
        inputs: {
          uid: cluster.metadata.uid,
          spec: pulumi.jsonStringify(this.recipe.cluster(wanted)).apply(checksum),
        },
        remedy:
          `Look at what is named above: kubectl describe datasciencecluster ${CLUSTER}; ` +
          `kubectl get pods,events --namespace=${APPLICATIONS_NAMESPACE}`,
      },
      { parent: this },
    );
    return new Map(
      [...wanted.components].map((each) => [
        each,
        conditions.wait(
          `${this.component}-${TITLES[each].replaceAll(" ", "-")}`,
          `${TITLES[each]} of OpenShift AI`,
          this.recipe.components[each]?.conditions ?? [],
        ),
      ]),
    );
  }
}

function dataScience(kind: string, version: string, name: string): ClusterObject {
  return { group: `${kind}.opendatahub.io`, version, resource: `${kind}s`, name };
}
