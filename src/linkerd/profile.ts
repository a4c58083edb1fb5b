/** The ports of the proxy's four listeners; only `outbound` is bound to loopback and never seen on the network. */
export interface ProxyPorts {
  readonly inbound: number;
  readonly admin: number;
  readonly control: number;
  readonly outbound: number;
}

/** An image as Linkerd's values split it. */
export interface ImageSettings {
  readonly name: string;
  readonly version: string;
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

/**
 * Every setting of the proxy that an annotation can change. Port lists stay text, in the form of Linkerd's values:
 * which entries count depends on the reader (see `readInjectorPorts` and its siblings).
 */
export interface ProxySettings {
  readonly image: ImageSettings;
  readonly debugImage: ImageSettings;
  readonly debugSidecar: boolean;
  readonly ports: ProxyPorts;
  readonly skipInboundPorts: string;
  readonly skipOutboundPorts: string;
  /** Comma-separated CIDRs. */
  readonly skipSubnets: string;
  readonly opaquePorts: string;
  readonly requireIdentityInboundPorts: string;
  readonly resources: ResourceSettings;
  /** Share of the node's cores that the proxy may use, 0 to 1; undefined: one by the CPU request or limit. */
  readonly cpuRatioLimit?: number;
  readonly uid: number;
  /** Negative: no group of its own. */
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
  /** Seconds. */
  readonly waitBeforeExitSeconds: number;
  /** Seconds; zero leaves the kernel's own. */
  readonly closeWaitTimeoutSeconds: number;
  /** Durations as Linkerd renders them, such as `1000ms` or `5s`; empty: the proxy's own default. */
  readonly outboundConnectTimeout: string;
  readonly inboundConnectTimeout: string;
  readonly outboundDiscoveryCacheUnusedTimeout: string;
  readonly inboundDiscoveryCacheUnusedTimeout: string;
  readonly shutdownGracePeriod: string;
  readonly disableOutboundProtocolDetectTimeout: boolean;
  readonly disableInboundProtocolDetectTimeout: boolean;
  /** Extra environment variables as JSON text, by name. */
  readonly additionalEnv: ReadonlyMap<string, string>;
}

/** How a Linkerd installation is set up, as far as verdicts depend on it; its proxy settings are what pods start from. */
export interface LinkerdProfile extends ProxySettings {
  /** Linkerd's version as `2.MINOR`. */
  readonly version: string;
  /** Where the control plane runs. */
  readonly namespace: string;
  /** The CNI plugin sets up the redirect, so pods carry no privileged `linkerd-init`. */
  readonly cni: boolean;
  /** `proxyInit.runAsRoot`. */
  readonly runAsRoot: boolean;
  /** `identity.serviceAccountTokenProjection`. */
  readonly tokenProjection: boolean;
  readonly webhookFailurePolicy: 'Ignore' | 'Fail';
  /** CIDRs that count as inside the cluster for `cluster-*` inbound policies. */
  readonly clusterNetworks: readonly string[];
  /** How meshed pods reach each other: all on the inbound port, or each on the port of the application. */
  readonly outboundTransportMode: 'transport-header' | 'transparent';
  /** Where proxies send traces, if anywhere. */
  readonly traceCollector?: string;
}
