import { readNet } from '../../kubernetes/net/net.ts';
import type { LinkerdProfile } from '../installation/installation.ts';
import type { ProxySettings } from '../installation/proxy-settings.ts';
import { valueKinds } from '../annotations/value-kinds.ts';
import { atLeast } from '../installation/version.ts';
import { rememberByOwner } from '../../memo/by-owner.ts';

/**
 * Writes settings as a text that is equal for settings that make the same containers. It leaves out what the patch
 * leaves out, such as the iptables settings if the CNI plugin sets up the redirect.
 * Source: Linkerd charts/partials/templates/_proxy.tpl, _proxy-init.tpl, _debug.tpl.
 */
export function renderSettings(settings: ProxySettings, installation: LinkerdProfile): string {
  const { debugImage, image, nativeSidecar, ports } = settings;
  return JSON.stringify([
    renderImage(image, installation),
    settings.debugSidecar ? renderImage(debugImage, installation) : null,
    [ports.admin, ports.control, ports.inbound, ports.outbound],
    installation.cni ? null : renderInit(settings, installation),
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

/** Why the injector refuses to make a patch from settings; undefined if it makes one. */
export function renderingFailure(settings: ProxySettings, installation: LinkerdProfile): string | undefined {
  const network = unreadableNetwork(installation);
  if (network !== undefined) return `cannot parse destination get networks: invalid CIDR address: ${network}`;
  if (!installation.cni && settings.closeWaitTimeoutSeconds !== 0 && !installation.runAsRoot)
    return 'proxyInit.runAsRoot must be set to use proxyInit.closeWaitTimeoutSecs';
  if (atLeast(installation.version, '2.16') && !valueKinds.logHttpHeaders.accepts(settings.logHttpHeaders))
    return 'logHTTPHeaders must be one of: insecure | off';
  return undefined;
}

/** The first of an installation's networks that is invalid. By installation, never stale; asked for each review. */
const unreadableNetwork = rememberByOwner(
  { name: 'unreadable network of an installation' },
  ({ clusterNetworks }: LinkerdProfile) =>
    clusterNetworks.find((candidate) => readNet(candidate, 'go') === undefined),
);

function renderImage(image: ProxySettings['image'], installation: LinkerdProfile): string {
  const pullPolicy = image.pullPolicy || installation.imagePullPolicy;
  return `${image.name}:${image.version || installation.release} ${pullPolicy}`;
}

function renderInit(settings: ProxySettings, installation: LinkerdProfile): readonly unknown[] {
  return [
    renderImage(settings.initImage, installation),
    settings.skipInboundPorts,
    settings.skipOutboundPorts,
    settings.skipSubnets,
    settings.closeWaitTimeoutSeconds,
  ];
}
