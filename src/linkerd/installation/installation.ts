import { valueAt } from '../../kubernetes/json-pointer.ts';
import { readLabelSelector, type LabelSelector } from '../../kubernetes/label-selector.ts';
import { environmentVariablesOf } from './environment-variables.ts';
import type { ProxySettings, ResourceSettings } from './proxy-settings.ts';
import { isSince, latestVersion, saysItsNumber, versionOfRelease, type Introduction } from './version.ts';
import { isRecord, optionalBoolean, optionalNumber, optionalScalar } from '../../kubernetes/read.ts';

/** A Linkerd installation: the part of its set-up that answers depend on, with the default settings of its proxies. */
export interface LinkerdProfile extends ProxySettings {
  /** Linkerd's version as `2.MINOR`. */
  readonly version: string;
  /**
   * The release as installed, such as `edge-26.8.3`: the tag of images without a tag. Empty: `linkerd-config` is not
   * known.
   */
  readonly release: string;
  /** The namespace of the control plane. */
  readonly namespace: string;
  /** The trust domain of mesh identities. */
  readonly trustDomain: string;
  readonly imagePullPolicy: string;
  /** The CNI plugin sets up the redirect, so pods carry no privileged `linkerd-init`. */
  readonly cni: boolean;
  /** The redirect is of IPv6 as well: `disableIPv6: false`. */
  readonly ipv6: boolean;
  /** `proxyInit.runAsRoot`. */
  readonly runAsRoot: boolean;
  /** `identity.serviceAccountTokenProjection`. */
  readonly tokenProjection: boolean;
  readonly webhookFailurePolicy: 'Ignore' | 'Fail';
  /** Which namespaces and which pods and Services the API server sends to the injector. */
  readonly injectorNamespaceSelector: LabelSelector;
  readonly injectorObjectSelector: LabelSelector;
  /** CIDRs inside the cluster, for `cluster-*` inbound policies. */
  readonly clusterNetworks: readonly string[];
  /** How meshed pods reach each other: always on the proxy's inbound port, or on the port of the application. */
  readonly outboundTransportMode: 'transport-header' | 'transparent';
  /** Where proxies send traces, as `host:port`; empty for nowhere. */
  readonly traceCollector: string;
  /** CIDRs that probes come from; if empty, no probe is authorized by default. */
  readonly probeNetworks: readonly string[];
}

/**
 * Returns an installation of a version with Linkerd's default values.
 *
 * @param release A version `2.MINOR`, with a patch number or not, or an edge release such as `edge-26.8.3`; by default
 *   the newest known version, for which any other text counts too.
 * @returns All settings of the installation; it is immutable, and answers are remembered as long as it is used.
 * @example
 * defaultProfile('2.18').outboundTransportMode; // 'transport-header'
 */
export function defaultProfile(release: string = latestVersion): LinkerdProfile {
  return { ...readInstallation({}, release), release: '' };
}

/**
 * Reads a running installation from the parsed `values` of the ConfigMap `linkerd-config` in the control plane's
 * namespace. What is missing or of the wrong type has Linkerd's default.
 *
 * @param values The parsed YAML under the key `values` of that ConfigMap: Linkerd's Helm values. Any value is accepted.
 * @param namespace The namespace of the control plane.
 * @returns All settings of the installation; its version is the one that the release in `linkerdVersion` stands for.
 * @example
 * profileFromLinkerdConfig({ linkerdVersion: 'edge-25.3.2', cniEnabled: true }).version; // '2.18'
 */
export function profileFromLinkerdConfig(values: unknown, namespace = 'linkerd'): LinkerdProfile {
  const release = valueAt(values, '/linkerdVersion');
  const name = typeof release === 'string' ? release : '';
  return { ...readInstallation(values, name), namespace };
}

/**
 * Settings that came between two versions. Source: linkerd2 charts/linkerd-control-plane/values.yaml at these edges,
 * 5d0275e3f and 009a25fa3.
 */
const introductions = {
  transportHeader: { version: '2.18', edge: 'edge-25.3.2' },
  nativeSidecarByDefault: { version: '2.20', edge: 'edge-26.5.2' },
} as const satisfies Readonly<Record<string, Introduction>>;

function readInstallation(values: unknown, release: string): LinkerdProfile {
  // The ConfigMap holds merged values: what those of a release without a number lack, that release lacked.
  const isOfUnknownRelease = release !== '' && !saysItsNumber(release) && isRecord(valueAt(values, '/proxy'));
  const has = (introduction: Introduction) => !isOfUnknownRelease && isSince(release, introduction);
  const text = (pointer: string, fallback = ''): string =>
    optionalScalar(valueAt(values, pointer)) ?? fallback;
  const flag = (pointer: string, fallback = false): boolean =>
    optionalBoolean(valueAt(values, pointer)) ?? fallback;
  const number = (pointer: string, fallback: number): number =>
    optionalNumber(valueAt(values, pointer)) ?? fallback;
  const modern = has(introductions.transportHeader) ? 'transport-header' : 'transparent';
  const domain = text('/clusterDomain', 'cluster.local');
  return {
    version: versionOfRelease(release),
    release,
    namespace: 'linkerd',
    trustDomain: text('/identityTrustDomain') || domain,
    imagePullPolicy: text('/imagePullPolicy', 'IfNotPresent'),
    cni: flag('/cniEnabled'),
    ipv6: !flag('/disableIPv6', true),
    runAsRoot: flag('/proxyInit/runAsRoot'),
    tokenProjection: flag('/identity/serviceAccountTokenProjection', true),
    webhookFailurePolicy: text('/webhookFailurePolicy') === 'Fail' ? 'Fail' : 'Ignore',
    injectorNamespaceSelector:
      readLabelSelector(valueAt(values, '/proxyInjector/namespaceSelector')) ?? defaultNamespaceSelector,
    injectorObjectSelector:
      readLabelSelector(valueAt(values, '/proxyInjector/objectSelector')) ?? defaultObjectSelector,
    clusterNetworks: readClusterNetworks(text('/clusterNetworks', defaultClusterNetworks)),
    outboundTransportMode: readTransportMode(text('/proxy/outboundTransportMode')) ?? modern,
    traceCollector: flag('/proxy/tracing/enabled') ? text('/proxy/tracing/collector/endpoint') : '',
    probeNetworks: optionalScalars(valueAt(values, '/policyController/probeNetworks')) ?? [
      '0.0.0.0/0',
      '::/0',
    ],
    image: {
      name: text('/proxy/image/name', 'cr.l5d.io/linkerd/proxy'),
      version: text('/proxy/image/version'),
      pullPolicy: text('/proxy/image/pullPolicy'),
    },
    debugImage: {
      name: text('/debugContainer/image/name', 'cr.l5d.io/linkerd/debug'),
      version: text('/debugContainer/image/version'),
      pullPolicy: text('/debugContainer/image/pullPolicy'),
    },
    initImage: {
      name: text('/proxyInit/image/name', 'cr.l5d.io/linkerd/proxy-init'),
      version: text('/proxyInit/image/version'),
      pullPolicy: text('/proxyInit/image/pullPolicy'),
    },
    debugSidecar: false,
    ports: {
      inbound: number('/proxy/ports/inbound', 4143),
      admin: number('/proxy/ports/admin', 4191),
      control: number('/proxy/ports/control', 4190),
      outbound: number('/proxy/ports/outbound', 4140),
    },
    skipInboundPorts: text('/proxyInit/ignoreInboundPorts', '4567,4568'),
    skipOutboundPorts: text('/proxyInit/ignoreOutboundPorts', '4567,4568'),
    skipSubnets: text('/proxyInit/skipSubnets'),
    opaquePorts: text('/proxy/opaquePorts', defaultOpaquePorts),
    requireIdentityInboundPorts: text('/proxy/requireIdentityOnInboundPorts'),
    resources: readResources(text),
    workers: {
      minimum: number('/proxy/runtime/workers/minimum', 1),
      ...optional('maximum', optionalNumber(valueAt(values, '/proxy/runtime/workers/maximum'))),
      ...optional('maximumRatio', optionalNumber(valueAt(values, '/proxy/runtime/workers/maximumCPURatio'))),
    },
    uid: number('/proxy/uid', 2102),
    gid: number('/proxy/gid', -1),
    logLevel: text('/proxy/logLevel', 'warn,linkerd=info,hickory=error'),
    logFormat: text('/proxy/logFormat', 'plain'),
    logHttpHeaders: text('/proxy/logHTTPHeaders', 'off'),
    accessLog: text('/proxy/accessLog'),
    defaultInboundPolicy: text('/proxy/defaultInboundPolicy', 'all-unauthenticated'),
    externalProfiles: flag('/proxy/enableExternalProfiles'),
    metricsHostnameLabels: flag('/proxy/metrics/hostnameLabels'),
    gateway: flag('/proxy/isGateway'),
    ingress: flag('/proxy/isIngress'),
    await: flag('/proxy/await', true),
    adminShutdown: flag('/proxy/enableShutdownEndpoint'),
    nativeSidecar: flag('/proxy/nativeSidecar', has(introductions.nativeSidecarByDefault)),
    waitBeforeExitSeconds: number('/proxy/waitBeforeExitSeconds', 0),
    closeWaitTimeoutSeconds: number('/proxyInit/closeWaitTimeoutSecs', 0),
    outboundConnectTimeout: text('/proxy/outboundConnectTimeout', '1000ms'),
    inboundConnectTimeout: text('/proxy/inboundConnectTimeout', '100ms'),
    outboundDiscoveryCacheUnusedTimeout: text('/proxy/outboundDiscoveryCacheUnusedTimeout', '5s'),
    inboundDiscoveryCacheUnusedTimeout: text('/proxy/inboundDiscoveryCacheUnusedTimeout', '90s'),
    shutdownGracePeriod: text('/proxy/shutdownGracePeriod'),
    disableOutboundProtocolDetectTimeout: flag('/proxy/disableOutboundProtocolDetectTimeout'),
    disableInboundProtocolDetectTimeout: flag('/proxy/disableInboundProtocolDetectTimeout'),
    additionalEnv: environmentVariablesOf(valueAt(values, '/proxy/additionalEnv') ?? []) ?? [],
  };
}

/**
 * Linkerd's default list: SMTP, MySQL, Galera, PostgreSQL, Redis, Elasticsearch and memcached.
 * Source: values.yaml of linkerd-control-plane.
 */
export const defaultOpaquePorts = '25,587,3306,4444,5432,6379,9300,11211';

const defaultClusterNetworks = '10.0.0.0/8,100.64.0.0/10,172.16.0.0/12,192.168.0.0/16,fd00::/8';

/** The label that keeps Linkerd's webhooks away from a namespace; as an annotation it does nothing. */
export const admissionWebhooksLabel = 'config.linkerd.io/admission-webhooks';

const defaultNamespaceSelector: LabelSelector = [
  { key: admissionWebhooksLabel, operator: 'NotIn', values: ['disabled'] },
  { key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: ['kube-system', 'cert-manager'] },
];

const defaultObjectSelector: LabelSelector = [
  { key: 'linkerd.io/control-plane-component', operator: 'DoesNotExist', values: [] },
  { key: 'linkerd.io/cni-resource', operator: 'DoesNotExist', values: [] },
];

function readResources(text: (pointer: string) => string): ResourceSettings {
  return {
    cpuRequest: text('/proxy/resources/cpu/request'),
    cpuLimit: text('/proxy/resources/cpu/limit'),
    memoryRequest: text('/proxy/resources/memory/request'),
    memoryLimit: text('/proxy/resources/memory/limit'),
    ephemeralStorageRequest: text('/proxy/resources/ephemeral-storage/request'),
    ephemeralStorageLimit: text('/proxy/resources/ephemeral-storage/limit'),
  };
}

function readTransportMode(text: string): LinkerdProfile['outboundTransportMode'] | undefined {
  return text === 'transport-header' || text === 'transparent' ? text : undefined;
}

/** Only the commas around the list are removed: an empty entry inside it is invalid. Source: pkg/inject/inject.go. */
function readClusterNetworks(list: string): readonly string[] {
  return list === '' ? [] : list.replaceAll(/^,+|,+$/g, '').split(',');
}

function optionalScalars(value: unknown): string[] | undefined {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : undefined;
}

function optional<Key extends string>(key: Key, value: number | undefined): { [K in Key]?: number } {
  return value === undefined ? {} : ({ [key]: value } as { [K in Key]: number });
}
