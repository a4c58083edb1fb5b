/** The ports of the proxy's four listeners; `outbound` is bound to loopback, so it never appears on the network. */
export interface ProxyPorts {
  readonly inbound: number;
  readonly admin: number;
  readonly control: number;
  readonly outbound: number;
}

/** An image as Linkerd's values split it. */
export interface ImageSettings {
  readonly name: string;
  /** The tag; empty means the tag of the release. */
  readonly version: string;
  /** Empty means the installation's `imagePullPolicy`. */
  readonly pullPolicy: string;
}

/** Requests and limits of the proxy as Kubernetes quantities; an empty string sets none. */
export interface ResourceSettings {
  readonly cpuRequest: string;
  readonly cpuLimit: string;
  readonly memoryRequest: string;
  readonly memoryLimit: string;
  readonly ephemeralStorageRequest: string;
  readonly ephemeralStorageLimit: string;
}

/** How many threads the proxy runs, in whole cores and as a share of the node's cores. */
export interface WorkerSettings {
  readonly minimum: number;
  readonly maximum?: number;
  readonly maximumRatio?: number;
}

/** One extra environment variable of the proxy; without a value, it comes from a field, ConfigMap or Secret. */
export interface EnvironmentVariable {
  readonly name: string;
  readonly value?: string;
}

/**
 * Every setting of the proxy that an annotation can change. Port lists stay text, in the form of Linkerd's values:
 * which entries count depends on the reader (see `port-list.ts`).
 */
export interface ProxySettings {
  readonly image: ImageSettings;
  readonly debugImage: ImageSettings;
  /** The image of `linkerd-init`. */
  readonly initImage: ImageSettings;
  readonly debugSidecar: boolean;
  readonly ports: ProxyPorts;
  readonly skipInboundPorts: string;
  readonly skipOutboundPorts: string;
  /** Comma-separated CIDRs. */
  readonly skipSubnets: string;
  readonly opaquePorts: string;
  /** The ports of the pod for the proxy, up to 2.15; undefined for those of its containers. */
  readonly podInboundPorts?: string;
  readonly requireIdentityInboundPorts: string;
  readonly resources: ResourceSettings;
  readonly workers: WorkerSettings;
  readonly uid: number;
  /** Negative for no group of its own. */
  readonly gid: number;
  readonly logLevel: string;
  readonly logFormat: string;
  readonly logHttpHeaders: string;
  readonly accessLog: string;
  readonly defaultInboundPolicy: string;
  readonly externalProfiles: boolean;
  readonly metricsHostnameLabels: boolean;
  readonly gateway: boolean;
  readonly ingress: boolean;
  readonly await: boolean;
  readonly adminShutdown: boolean;
  readonly nativeSidecar: boolean;
  readonly waitBeforeExitSeconds: number;
  /** Zero for the kernel's default. */
  readonly closeWaitTimeoutSeconds: number;
  /** Durations as Linkerd renders them, such as `1000ms` or `5s`; empty: the proxy's own default. */
  readonly outboundConnectTimeout: string;
  readonly inboundConnectTimeout: string;
  readonly outboundDiscoveryCacheUnusedTimeout: string;
  readonly inboundDiscoveryCacheUnusedTimeout: string;
  readonly shutdownGracePeriod: string;
  readonly disableOutboundProtocolDetectTimeout: boolean;
  readonly disableInboundProtocolDetectTimeout: boolean;
  readonly additionalEnv: readonly EnvironmentVariable[];
}
