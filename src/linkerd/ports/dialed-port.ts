import { includesPort, readDestinationPorts, type PortList } from './port-list.ts';
import type { LinkerdProfile } from '../installation/installation.ts';
import type { ProxySettings } from '../installation/proxy-settings.ts';
import { atLeast } from '../installation/version.ts';

/**
 * Tells whether meshed pods reach each other on the proxy's inbound port alone, for every port of the application.
 *
 * @param installation Its `outboundTransportMode` and `version`.
 * @returns Whether that is so: since 2.18, unless the mode is `transparent`.
 * @example
 * meshesByInboundPort(defaultProfile('2.17')); // false
 */
export function meshesByInboundPort({ outboundTransportMode, version }: LinkerdProfile): boolean {
  return outboundTransportMode === 'transport-header' && atLeast(version, '2.18');
}

/**
 * Finds the port that a network policy sees when a meshed pod connects to a port of another. It is the proxy's inbound
 * port, or the port itself if it bypasses the receiver's proxy (skipped ports, the proxy's own) or, before 2.18 and in
 * transparent mode, if its traffic is not opaque.
 * Source: Linkerd controller/api/destination/endpoint_translator.go, server.go getPodSkippedInboundPortsAnnotations.
 *
 * @param port The port number that the client asks for: a container port of the receiver.
 * @param receiver The settings and the opaque ports of the receiving pod, as `opaquePortsOfPod(…).forClients`.
 * @param installation The Linkerd installation, from `defaultProfile` or `profileFromLinkerdConfig`.
 * @returns The port number on the network.
 * @example
 * const installation = defaultProfile();
 * const receiver = { settings: installation, opaquePorts: { ranges: [], dropped: [] } };
 * dialedPort(8080, receiver, installation); // 4143
 */
export function dialedPort(
  port: number,
  receiver: { readonly settings: ProxySettings; readonly opaquePorts: PortList },
  installation: LinkerdProfile,
): number {
  const { ports, skipInboundPorts } = receiver.settings;
  if (port === ports.admin || port === ports.control) return port;
  // The destination controller has its own reader, which accepts blanks that linkerd-init does not.
  if (includesPort(readDestinationPorts(skipInboundPorts, new Map()), port)) return port;
  return meshesByInboundPort(installation) || includesPort(receiver.opaquePorts, port) ? ports.inbound : port;
}
