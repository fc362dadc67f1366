// What objects need of each other for credentials to work: a password is of use once the server knows it, and may be
// forgotten when nobody uses it any more.
import { at, objectsIn } from "../../tools/graph/values";
import type { Resource } from "../../tools/graph/graph";
import { each, type Need } from "./needs";
import { environmentOf, kindOf, nameOf, namespaceOf, type Pods, type Scene } from "./scene";

const GRANT = "mlops:access:Grant";

/** One generation of a Grant: the Secret of the service, and the Job that sets the identity in it up. */
interface Identity {
  readonly grant: Resource;
  readonly job: Resource;
  readonly secret: Resource;
  /** The password that it is about. */
  readonly password: string;
  /** The list of what may exist at the server. */
  readonly ledger: Resource;
}

export function credentialNeeds(scene: Scene): Need[] {
  const identities = identitiesOf(scene);
  return [
    ...identities.flatMap((identity) => [
      ...each(identity.job, [identity.ledger], "it is written down before it is made"),
      ...holders(scene, identity).flatMap((object) =>
        each(object, [identity.job], "it makes the credential work"),
      ),
    ]),
    ...published(scene),
    ...sweeps(scene, identities),
    ...rights(scene),
    ...certificates(scene),
  ];
}

function identitiesOf(scene: Scene): Identity[] {
  return scene.ofKind("Job").flatMap((job) => {
    const grant = scene.parentOf(job);
    if (grant?.type !== GRANT) return [];
    const secret = scene.referencesOf(job).find((object) => scene.parentOf(object) === grant);
    const password = secret && passwordsIn(secret)[0];
    const ledger = scene
      .ofKind("ConfigMap")
      .find((list) => list.parent === grant.parent && at(list.inputs, "data", "keep") !== undefined);
    if (secret === undefined || password === undefined || ledger === undefined)
      throw new Error(`${job.name} sets up no identity, or one that is on no list`);
    return [{ grant, job, secret, password, ledger }];
  });
}

/** The generated passwords that are in a Secret. */
function passwordsIn(secret: Resource): string[] {
  return Object.values(secret.propertyDependencies)
    .flat()
    .filter((urn) => urn.includes("RandomPassword"));
}

/** Who uses the credential: pods, or whoever reads a Secret whose name he knows. */
function holders(scene: Scene, { grant, password, secret: own }: Identity): Resource[] {
  const secrets = scene
    .ofKind("Secret")
    .filter(
      (secret) =>
        scene.parentOf(secret) === grant && secret !== own && passwordsIn(secret).includes(password),
    );
  return secrets.flatMap((secret) => (isPublished(secret) ? [secret] : usersOf(scene, secret)));
}

/** A Secret of a fixed name is read by those that the stack does not know of. */
function isPublished(secret: Resource): boolean {
  return at(secret.inputs, "metadata", "name") !== undefined;
}

/** Pods that use the Secret, themselves or through their account. */
function usersOf(scene: Scene, secret: Resource): Resource[] {
  return scene.pods
    .map(({ owner }) => owner)
    .filter((owner) => {
      const named = scene.referencesOf(owner);
      const accounts = named.filter((object) => kindOf(object) === "ServiceAccount");
      return [named, ...accounts.map((account) => scene.referencesOf(account))].flat().includes(secret);
    });
}

/** A Secret that others read is there when what it opens is: the way to the service, or the service that takes it. */
function published(scene: Scene): Need[] {
  return scene
    .ofKind("Secret")
    .filter(isPublished)
    .flatMap((secret) => {
      const grant = scene.parentOf(secret);
      const ways = scene
        .ofKind("NetworkPolicy")
        .filter((policy) => grant?.type === GRANT && scene.parentOf(policy)?.parent === grant.urn);
      const takers = grant?.type === GRANT ? [] : takersOf(scene, secret);
      return [
        ...each(secret, ways, "it opens the way to the service"),
        ...takers.flatMap((pods) =>
          each(secret, [pods.owner, ...scene.servicesOf(pods)], "clients are handed what every pod takes"),
        ),
      ];
    });
}

/** Pods that hold another Secret with the same password: they ask for it. */
function takersOf(scene: Scene, secret: Resource): Pods[] {
  const passwords = new Set(passwordsIn(secret));
  const twins = scene
    .ofKind("Secret", namespaceOf(secret))
    .filter((other) => other !== secret && passwordsIn(other).some((password) => passwords.has(password)));
  const users = new Set(twins.flatMap((twin) => usersOf(scene, twin)));
  return scene.pods.filter(({ owner }) => users.has(owner));
}

/** A sweep removes what no Grant owns, after everybody has got what he uses now. */
function sweeps(scene: Scene, identities: readonly Identity[]): Need[] {
  return scene.ofKind("Job").flatMap((job) => {
    const lists = scene
      .referencesOf(job)
      .filter((object) => environmentOf(job).has("KEEP") && isLedger(object));
    const current = identities.filter(({ ledger }) => lists.includes(ledger));
    return current.flatMap((identity) =>
      each(job, holders(scene, identity), "it uses a credential now that another one may replace"),
    );
  });
}

function isLedger(object: Resource): boolean {
  return at(object.inputs, "data", "keep") !== undefined;
}

/** What pods may ask of the API server is granted before they ask. */
function rights(scene: Scene): Need[] {
  const bindings = [...scene.ofKind("RoleBinding"), ...scene.ofKind("ClusterRoleBinding")];
  return scene.pods.flatMap(({ owner }) => {
    const accounts = scene.referencesOf(owner).filter((object) => kindOf(object) === "ServiceAccount");
    const own = bindings.filter(({ inputs }) =>
      objectsIn(inputs.subjects).some(({ name, namespace }) =>
        accounts.some((account) => nameOf(account) === name && namespaceOf(account) === namespace),
      ),
    );
    const roles = own.flatMap((binding) =>
      scene.referencesOf(binding).filter((object) => kindOf(object).endsWith("Role")),
    );
    return each(owner, [...own, ...roles], "it grants what its pods ask of the API server");
  });
}

/** The router refuses a Route whose certificate it may not read. Several may name one: each is given the right itself. */
function certificates(scene: Scene): Need[] {
  return scene.ofKind("Route").flatMap((route) => {
    const certificate = at(route.inputs, "spec", "tls", "externalCertificate", "name");
    const roles = scene
      .ofKind("Role", namespaceOf(route))
      .filter(({ inputs, parent }) =>
        objectsIn(inputs.rules).some(
          ({ resourceNames }) =>
            parent === route.parent &&
            Array.isArray(resourceNames) &&
            resourceNames.includes(certificate ?? null),
        ),
      );
    const bindings = scene
      .ofKind("RoleBinding", namespaceOf(route))
      .filter((binding) => scene.referencesOf(binding).some((object) => roles.includes(object)));
    return each(route, [...roles, ...bindings], "it lets the router read the certificate");
  });
}
