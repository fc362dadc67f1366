// Recipes: what OpenShift AI consists of in its two generations. What one asks of its operator, under which names its
// components are switched on and report, and which other operators each of them takes.
import * as pulumi from "@pulumi/pulumi";
import { OperatorPackage, packages } from "../operators";
import {
  DataScienceClusterV1,
  DataScienceClusterV2,
  DscInitializationV1,
  DscInitializationV2,
  ManagementState,
} from "./api";
import { catalogAlone, catalogWithDatabase, ModelCatalog } from "./model-catalog";

/** `serverless` serves models that start on demand: it takes Knative and Istio, and is gone from 3.x on. */
export const componentNames = ["dashboard", "serving", "serverless", "pipelines", "modelRegistry"] as const;
/** A part of OpenShift AI that can be switched on. */
export type ComponentName = (typeof componentNames)[number];

/** The generations of OpenShift AI that there are recipes for. */
export const recipeNames = ["2.25", "3.4"] as const;
/** A generation of OpenShift AI. */
export type RecipeName = (typeof recipeNames)[number];

/** The one that is taken where nobody chooses. */
export const defaultRecipe: RecipeName = "2.25";

/** What is asked of OpenShift AI. */
export interface Wanted {
  readonly components: ReadonlySet<ComponentName>;
  /** Where model registries are. @default the operator's own choice */
  readonly registriesNamespace?: pulumi.Input<string>;
  /** PEM text of authorities that all pods of its projects trust besides the cluster's. @default none */
  readonly caBundle?: string;
}

/** A component as a recipe has it. */
export interface RecipeComponent {
  /** The conditions of the DataScienceCluster that are true when it works. */
  readonly conditions: readonly string[];
  /** The operators that it takes besides OpenShift AI's own. */
  readonly operators: readonly OperatorPackage[];
}

export interface Recipe {
  readonly operator: OperatorPackage;
  readonly components: Readonly<Partial<Record<ComponentName, RecipeComponent>>>;
  /** Version of the API of both of its kinds. */
  readonly version: "v1" | "v2";
  /** How KServe calls its mode without Knative. */
  readonly servingMode: "RawDeployment" | "Standard";
  /** The proxy with which its model registries ask who calls. */
  readonly registryProxy: "oauthProxy" | "kubeRBACProxy";
  /** What its operator runs beside model registries. */
  readonly catalog: ModelCatalog;
  initialization(wanted: Wanted): DscInitializationV1 | DscInitializationV2;
  cluster(wanted: Wanted): DataScienceClusterV1 | DataScienceClusterV2;
}

/** Where OpenShift AI keeps its own pods: its documentation and its tools know these names. */
export const APPLICATIONS_NAMESPACE = "redhat-ods-applications";
const MONITORING_NAMESPACE = "redhat-ods-monitoring";

const REMOVED = { managementState: "Removed" } as const;

function state({ components }: Wanted, name: ComponentName): { readonly managementState: ManagementState } {
  return { managementState: components.has(name) ? "Managed" : "Removed" };
}

function modelRegistry(wanted: Wanted): DataScienceClusterV2["components"]["modelregistry"] {
  const { registriesNamespace } = wanted;
  return {
    ...state(wanted, "modelRegistry"),
    ...(registriesNamespace === undefined ? {} : { registriesNamespace }),
  };
}

function initialization({ caBundle = "" }: Wanted): DscInitializationV2 {
  return {
    applicationsNamespace: APPLICATIONS_NAMESPACE,
    monitoring: { managementState: "Managed", namespace: MONITORING_NAMESPACE },
    // Managed without a bundle, too: what runs in projects trusts the cluster's own authorities through it.
    trustedCABundle: { managementState: "Managed", customCABundle: caBundle },
  };
}

/** OpenShift AI's controller for KServe checks what is served, and adds its part to it. */
const SERVING = ["KserveReady", "ModelControllerReady"];

/** Which operators each generation of OpenShift AI takes, and what it is told. */
export const recipes: Readonly<Record<RecipeName, Recipe>> = {
  "2.25": {
    operator: packages.openShiftAi2,
    version: "v1",
    servingMode: "RawDeployment",
    registryProxy: "oauthProxy",
    catalog: catalogAlone,
    components: {
      dashboard: { conditions: ["DashboardReady"], operators: [] },
      serving: { conditions: SERVING, operators: [] },
      serverless: { conditions: SERVING, operators: [packages.serviceMesh, packages.serverless] },
      pipelines: { conditions: ["DataSciencePipelinesReady"], operators: [packages.pipelines] },
      modelRegistry: { conditions: ["ModelRegistryReady"], operators: [] },
    },
    initialization: (wanted) => ({ ...initialization(wanted), serviceMesh: state(wanted, "serverless") }),
    cluster: (wanted) => ({
      components: {
        codeflare: REMOVED,
        dashboard: state(wanted, "dashboard"),
        datasciencepipelines: state(wanted, "pipelines"),
        feastoperator: REMOVED,
        kserve: {
          ...state(wanted, "serving"),
          defaultDeploymentMode: "RawDeployment",
          nim: REMOVED,
          serving: { ...state(wanted, "serverless"), name: "knative-serving" },
        },
        kueue: REMOVED,
        modelmeshserving: REMOVED,
        modelregistry: modelRegistry(wanted),
        ray: REMOVED,
        trainingoperator: REMOVED,
        trustyai: REMOVED,
        workbenches: REMOVED,
      },
    }),
  },
  "3.4": {
    operator: packages.openShiftAi3,
    version: "v2",
    servingMode: "Standard",
    registryProxy: "kubeRBACProxy",
    catalog: catalogWithDatabase,
    components: {
      dashboard: { conditions: ["DashboardReady"], operators: [] },
      serving: { conditions: SERVING, operators: [packages.certManager] },
      pipelines: { conditions: ["AIPipelinesReady"], operators: [] },
      modelRegistry: { conditions: ["ModelRegistryReady"], operators: [] },
    },
    initialization,
    cluster: (wanted) => ({
      components: {
        aipipelines: state(wanted, "pipelines"),
        dashboard: state(wanted, "dashboard"),
        feastoperator: REMOVED,
        kserve: { ...state(wanted, "serving"), nim: REMOVED, rawDeploymentServiceConfig: "Headless" },
        kueue: REMOVED,
        llamastackoperator: REMOVED,
        mlflowoperator: REMOVED,
        modelregistry: modelRegistry(wanted),
        ray: REMOVED,
        sparkoperator: REMOVED,
        trainer: REMOVED,
        trainingoperator: REMOVED,
        trustyai: REMOVED,
        workbenches: REMOVED,
      },
    }),
  },
};

/** Everything that a generation of OpenShift AI has and the platform knows. */
export function componentsOf(recipe: RecipeName): ComponentName[] {
  return componentNames.filter((name) => recipes[recipe].components[name] !== undefined);
}
