// Published: what the platform granted to a consumer, as Grants that components of another program take.
import * as pulumi from "@pulumi/pulumi";
import { Claimable, PublishedGrant } from "../components/access";
import { S3Location } from "../components/object-store";
import { SqlLocation } from "../components/sql-database";
import { TrackingLocation } from "../components/tracking-server";
import type { Platform } from "./contract/client";
import type { EndpointContract } from "./contract/shape";

/** What a consumer was granted. Each is looked up when it is used, and has to be there then. */
export interface PublishedGrants {
  /** Its bucket: `consumers.<name>.bucket`. */
  readonly objectStore: Claimable<S3Location>;
  /** Its schema: `consumers.<name>.schema`. */
  readonly database: Claimable<SqlLocation>;
  /** Its experiments and models: `consumers.<name>.tracking`. */
  readonly tracking: Claimable<TrackingLocation>;
}

export interface PublishedArgs {
  /**
   * Private authorities vouch for the platform's external object store: pods get what the platform published of them.
   * @default false
   */
  privateAuthorities?: boolean;
}

/**
 * What the platform granted to `consumer`, one of the applications that its config names. Pods in the consumer's
 * namespace use it like a Grant of their own program. docs/components.md has a whole program.
 */
export function publishedGrants(
  platform: Pick<Platform, "objectStore" | "database" | "tracking" | "consumer">,
  consumer: string,
  { privateAuthorities = false }: PublishedArgs = {},
): PublishedGrants {
  const published = platform.consumer(consumer);
  const { namespace, pods } = published;

  function granted<Location>(
    service: string,
    endpoint: pulumi.Output<EndpointContract>,
    connection: pulumi.Output<{ secretName: string; generation: string }>,
    location: Location,
  ): PublishedGrant<Location> {
    return new PublishedGrant({
      consumer,
      service,
      namespace,
      pods,
      secretName: connection.secretName,
      generation: connection.generation,
      place: endpoint,
      location,
      // Of what another program keeps, no more is known here than where it is.
      storage: endpoint.apply((place) => JSON.stringify(place)),
    });
  }

  return {
    get objectStore() {
      const { endpoint, url, region } = platform.objectStore;
      const connection = published.objectStore;
      const trust = pulumi
        .all([url, published.contract])
        .apply(([address, { caBundleName }]) =>
          checkTrust(consumer, { address, caBundleName, privateAuthorities }),
        );
      return granted("object-store", endpoint, connection, {
        url: trust.address,
        region,
        bucket: connection.bucket,
        prefix: connection.prefix,
        ...(privateAuthorities ? { caBundleName: trust.caBundleName } : {}),
      });
    },
    get database() {
      const { endpoint, host, port, encrypted } = platform.database;
      const connection = published.database;
      return granted("database", endpoint, connection, { host, port, schema: connection.schema, encrypted });
    },
    get tracking() {
      const { endpoint, url } = platform.tracking;
      return granted("tracking", endpoint, published.tracking, { url });
    },
  };
}

/** What pods mount is part of the program, so the program has to say it; here is seen whether it is right. */
function checkTrust(
  consumer: string,
  args: { address: string; caBundleName: string | undefined; privateAuthorities: boolean },
): { address: string; caBundleName: string } {
  const { address, caBundleName = "", privateAuthorities } = args;
  const isNeeded = caBundleName !== "" && address.startsWith("https:");
  if (isNeeded && !privateAuthorities) {
    throw new pulumi.RunError(
      `Private authorities vouch for the object store ${address}, and the pods of ${consumer} would not trust it. Give ` +
        `them what the platform published: publishedGrants(platform, "${consumer}", { privateAuthorities: true }).`,
    );
  }
  if (privateAuthorities && caBundleName === "") {
    throw new pulumi.RunError(
      `The platform published no authorities for ${consumer}: its object store needs none. Leave out privateAuthorities.`,
    );
  }
  return { address, caBundleName };
}
