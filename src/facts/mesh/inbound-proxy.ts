import {
  dialedPort,
  inboundAccess,
  includesPort,
  opaquePortsOfPod,
  portsWithAccess,
  readDestinationPorts,
  readSkipPorts,
  skipRoute,
  type InboundAccess,
  type LinkerdProfile,
  type MeshPolicySet,
  type PortList,
  type PortRange,
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
  /** The ranges of ports that it tells apart: for ports that are in the same of them it does the same. */
  readonly toldApart: () => readonly PortRange[];
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
    toldApart: () => [
      ...skipped.ranges,
      ...opaquePorts.ranges,
      ...readDestinationPorts(settings.skipInboundPorts, new Map()).ranges,
      ...[settings.ports.admin, settings.ports.control].map((port) => ({ lower: port, upper: port })),
      ...portsWithAccess(template, namespace, policies(), profile),
    ],
  };
}

/** Which ports a workload's own proxy is not asked for when it connects to them. */
export function outboundSkips(workload: MeshWorkload): (port: number) => boolean {
  const skipped = portsSkippedOut(workload);
  return (port) => includesPort(skipped, port);
}

/** The same as a list. */
export function portsSkippedOut({ mesh, wanted }: MeshWorkload): PortList {
  const { skipOutboundPorts } = wanted.settings ?? mesh.linkerd;
  return readSkipPorts(skipOutboundPorts, skipRoute('outbound', mesh.linkerd));
}
