import {
  dialedPort,
  inboundAccess,
  includesPort,
  opaquePortsOfPod,
  readSkipPorts,
  skipRoute,
  type InboundAccess,
  type LinkerdProfile,
  type MeshPolicySet,
  type ProxySettings,
} from '../../linkerd/index.ts';
import type { MeshWorkload } from '../workload/mesh-workload.ts';

/** The proxy in front of a workload's containers. */
export interface InboundProxy {
  readonly profile: LinkerdProfile;
  readonly settings: ProxySettings;
  /** The port on which meshed clients reach a port of the workload; the port itself where they go past the proxy. */
  readonly dialed: (port: number) => number;
  /** Whether a port's traffic goes past the proxy. */
  readonly skips: (port: number) => boolean;
  /** Whether the port's traffic is bytes to clients' proxies. */
  readonly isOpaque: (port: number) => boolean;
  /** Whom the proxy lets connect to a port. */
  readonly access: (port: number) => InboundAccess;
}

/** The proxy of a workload that becomes meshed. */
export function inboundProxyOf(
  { mesh, namespace, template, wanted }: MeshWorkload,
  policies: () => MeshPolicySet,
): InboundProxy {
  const profile = mesh.linkerd;
  const settings = wanted.settings ?? profile;
  const opaquePorts = opaquePortsOfPod(template, namespace.annotations, profile).forClients;
  const skipped = readSkipPorts(settings.skipInboundPorts, skipRoute('inbound', profile));
  return {
    profile,
    settings,
    skips: (port) => includesPort(skipped, port),
    isOpaque: (port) => includesPort(opaquePorts, port),
    dialed: (port) => dialedPort(port, { settings, opaquePorts }, profile),
    access: (port) => inboundAccess(template, namespace, port, policies(), profile),
  };
}

/** Which ports a workload's own proxy is not asked for when it connects to them. */
export function outboundSkips({ mesh, wanted }: MeshWorkload): (port: number) => boolean {
  const { skipOutboundPorts } = wanted.settings ?? mesh.linkerd;
  const skipped = readSkipPorts(skipOutboundPorts, skipRoute('outbound', mesh.linkerd));
  return (port) => includesPort(skipped, port);
}
