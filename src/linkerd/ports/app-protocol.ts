import type { LinkerdProfile } from '../installation/installation.ts';
import { atLeast } from '../installation/version.ts';

/** How Linkerd reads the `appProtocol` of a Service's port. */
export interface AppProtocolMeaning {
  readonly protocol: 'HTTP/1' | 'HTTP/2' | 'opaque' | 'TCP';
  /** Whether the proxy forwards bytes without reading them: no routing, no retries, no HTTP metrics. */
  readonly opaque: boolean;
  /** Whether Linkerd knows the name; any other name makes the port opaque. */
  readonly known: boolean;
}

const knownProtocols = new Map<string, AppProtocolMeaning>([
  ['http', { protocol: 'HTTP/1', opaque: false, known: true }],
  ['kubernetes.io/h2c', { protocol: 'HTTP/2', opaque: false, known: true }],
  ['linkerd.io/opaque', { protocol: 'opaque', opaque: true, known: true }],
  ['linkerd.io/tcp', { protocol: 'TCP', opaque: true, known: true }],
]);

/** The names that Linkerd knows. */
export const knownAppProtocols: readonly string[] = [...knownProtocols.keys()];

/**
 * Finds the meaning of an `appProtocol`; undefined if there is none, and before 2.18, which ignored it.
 * Source: Linkerd policy-controller/core/src/outbound.rs.
 *
 * @param appProtocol The field of the Service's port; undefined where it has none.
 * @param installation The Linkerd installation, from `defaultProfile` or `profileFromLinkerdConfig`.
 * @returns The protocol that the proxy assumes; undefined where it detects the protocol by itself.
 * @example
 * appProtocolMeaning('redis', defaultProfile()); // { protocol: 'opaque', opaque: true, known: false }
 */
export function appProtocolMeaning(
  appProtocol: string | undefined,
  installation: LinkerdProfile,
): AppProtocolMeaning | undefined {
  if (appProtocol === undefined || !atLeast(installation.version, '2.18')) return undefined;
  return knownProtocols.get(appProtocol) ?? { protocol: 'opaque', opaque: true, known: false };
}
