import { readNet } from '../../kubernetes/net/net.ts';
import type { LinkerdProfile } from '../installation/installation.ts';
import type { ProxySettings } from '../installation/proxy-settings.ts';
import { valueKinds } from '../annotations/value-kinds.ts';
import { atLeast } from '../installation/version.ts';
import { rememberByOwner } from '../../memo/by-owner.ts';

/**
 * What settings come to in a pod, as text: two settings that render alike make the same containers. Left out is what
 * the patch leaves out, such as everything about iptables where the CNI plugin does that.
 * Source: Linkerd charts/partials/templates/_proxy.tpl, _proxy-init.tpl, _debug.tpl.
 */
export function renderSettings(settings: ProxySettings, profile: LinkerdProfile): string {
  const { debugImage, image, nativeSidecar, ports } = settings;
  return JSON.stringify([
    renderImage(image, profile),
    settings.debugSidecar ? renderImage(debugImage, profile) : null,
    [ports.admin, ports.control, ports.inbound, ports.outbound],
    profile.cni ? null : renderInit(settings, profile),
    settings.opaquePorts,
    settings.podInboundPorts,
    settings.requireIdentityInboundPorts,
    settings.resources,
    [settings.workers.minimum, settings.workers.maximum, settings.workers.maximumRatio],
    settings.uid,
    settings.gid < 0 ? null : settings.gid,
    [settings.logLevel, settings.logHttpHeaders === 'insecure', settings.logFormat, settings.accessLog],
    settings.defaultInboundPolicy,
    [settings.externalProfiles, settings.metricsHostnameLabels, settings.gateway, settings.ingress],
    [nativeSidecar, settings.await, settings.adminShutdown],
    nativeSidecar ? 0 : settings.waitBeforeExitSeconds,
    [settings.outboundConnectTimeout, settings.inboundConnectTimeout, settings.shutdownGracePeriod],
    [settings.outboundDiscoveryCacheUnusedTimeout, settings.inboundDiscoveryCacheUnusedTimeout],
    [settings.disableOutboundProtocolDetectTimeout, settings.disableInboundProtocolDetectTimeout],
    settings.additionalEnv,
  ]);
}

/** Why the injector refuses to make a patch of settings; undefined where it does not. */
export function renderingFailure(settings: ProxySettings, profile: LinkerdProfile): string | undefined {
  const network = unreadableNetwork(profile);
  if (network !== undefined) return `cannot parse destination get networks: invalid CIDR address: ${network}`;
  if (!profile.cni && settings.closeWaitTimeoutSeconds !== 0 && !profile.runAsRoot)
    return 'proxyInit.runAsRoot must be set to use proxyInit.closeWaitTimeoutSecs';
  if (atLeast(profile.version, '2.16') && !valueKinds.logHttpHeaders.accepts(settings.logHttpHeaders))
    return 'logHTTPHeaders must be one of: insecure | off';
  return undefined;
}

/** The first of an installation's networks that is invalid. By installation, never stale; asked for each review. */
const unreadableNetwork = rememberByOwner(
  { name: 'unreadable network of an installation' },
  ({ clusterNetworks }: LinkerdProfile) =>
    clusterNetworks.find((candidate) => readNet(candidate, 'go') === undefined),
);

function renderImage(image: ProxySettings['image'], profile: LinkerdProfile): string {
  const pullPolicy = image.pullPolicy || profile.imagePullPolicy;
  return `${image.name}:${image.version || profile.release} ${pullPolicy}`;
}

function renderInit(settings: ProxySettings, profile: LinkerdProfile): readonly unknown[] {
  return [
    renderImage(settings.initImage, profile),
    settings.skipInboundPorts,
    settings.skipOutboundPorts,
    settings.skipSubnets,
    settings.closeWaitTimeoutSeconds,
  ];
}
