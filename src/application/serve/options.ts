import type { Logger } from 'pino';
import type { Stage } from '../../admission/stage.ts';
import type { RotationTimes } from '../../certificates/authority-rotation.ts';
import type { InventoryStore } from '../../inventory/inventory-store.ts';
import type { TlsVersion } from '../../server/connections/serving-tls.ts';
import type { DenialHelp } from '../../server/review/answer.ts';
import type { TracingChoice } from '../../server/tracing/tracing.ts';
import type { Readiness } from '../../server/probes.ts';
import type { Environment } from '../../settings.ts';

/** Where the picture of the cluster comes from, how the server is reached, and what it holds the cluster to. */
export interface ServeOptions {
  /** Files and folders that stand for a cluster; without them a live one is followed. */
  readonly manifests?: readonly string[];
  /** A kubeconfig file; without it the service account that is mounted into the pod. */
  readonly kubeconfig?: string;
  readonly address: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** PEM files; without them a certificate is made at start. */
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  /** Certificates of our own, kept in a Secret; needs a namespace. */
  readonly ownCertificates?: OwnCertificateOptions;
  /** The name of the webhook configurations by which the API server asks, to be watched over. */
  readonly configuration?: string;
  /** The namespace tollgate runs in. */
  readonly namespace?: string;
  /** The Lease of that namespace by which one of several replicas is chosen. */
  readonly lease?: string;
  /** The one by which replicas agree on changes that take cover away; default: the other's name with `-take-aways`. */
  readonly takeAwayLease?: string;
  /** Files and folders of conventions and waivers, followed; without them the packaged convention holds. */
  readonly conventions?: readonly string[];
  /** The ConventionPolicy and Waiver objects of the cluster hold, in the place of files. */
  readonly conventionsFromCluster?: boolean;
  /** What the audit finds is written into the cluster as reports. */
  readonly reports?: boolean;
  readonly stage?: Stage;
  /** The oldest version of TLS that is spoken; default: 1.3. */
  readonly minVersion?: TlsVersion;
  /** What stands at the end of each denial. */
  readonly help?: DenialHelp;
  /** Where traces of reviews go; without it there are none, and nothing of it is loaded. */
  readonly tracing?: TracingChoice;
  /** PEM file of the authorities whose clients alone may ask; without it everybody may. */
  readonly clientCa?: string;
  /** Common names of the clients that may ask; without them all that those authorities have signed. */
  readonly clientNames?: readonly string[];
  /** Port of `/metrics` over plain HTTP; without it there are none. */
  readonly metricsPort?: number;
  /** What the audit finds is served there too, at `/audit` and `/audit.json`. */
  readonly auditPage?: boolean;
  /** How long the news that a replica ends takes to reach all API servers. */
  readonly drainLagMs?: number;
  /** The clock that waivers end by and rules begin by; default: that of the machine. */
  readonly now?: () => Date;
  readonly log?: Logger;
}

/** Where certificates of our own are kept, and who is told of their authority. */
export interface OwnCertificateOptions {
  readonly secret: string;
  /** The Service by which the API server calls: the certificate is for `SERVICE.NAMESPACE.svc`. */
  readonly service: string;
  /** Names of the webhook configurations, validating and mutating ones alike. */
  readonly configurations: readonly string[];
  readonly times?: Partial<RotationTimes>;
}

/** A server that listens. */
export interface RunningServer {
  readonly url: string;
  readonly port: number;
  /** PEM of the authority that clients should trust, where the server made it. */
  readonly authority?: string;
  readonly store: InventoryStore;
  readonly readiness: () => Readiness;
  /** PEM of what is served now. */
  readonly certificate: () => string;
  /** Ends without losing a review: not ready at once, then no new connections, then the last answers. */
  readonly drain: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** What the server is told of the process it runs in. */
export interface Surroundings {
  /** The working directory. */
  readonly folder: string;
  readonly environment: Environment;
  /** Of tollgate. */
  readonly version: string;
}
