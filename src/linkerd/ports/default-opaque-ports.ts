import { isRecord } from '../../kubernetes/object.ts';
import type { PodTemplate } from '../../kubernetes/pod-template.ts';
import { containerPorts } from './container-ports.ts';
import type { LinkerdProfile } from '../installation/installation.ts';
import { rememberByOwner } from '../../memo/by-owner.ts';

/**
 * The installation's opaque ports that a pod declares, in the pod's order: what the injector writes into the pod's
 * `opaque-ports` annotation where neither the pod nor its namespace has one. Undefined where there are none.
 * Source: Linkerd pkg/inject/inject.go, FilterPodOpaquePorts.
 */
export function declaredOpaquePorts(spec: PodTemplate['spec'], profile: LinkerdProfile): string | undefined {
  const opaque = containerPorts(spec).filter(({ port }) => isOpaque(String(port), profile));
  return opaque.length > 0 ? opaque.map(({ port }) => port).join(',') : undefined;
}

/**
 * The same for a Service: its ports whose target is one of the installation's opaque ports. A named target port is
 * never resolved, and so never opaque by default.
 */
export function exposedOpaquePorts(spec: unknown, profile: LinkerdProfile): string | undefined {
  if (!isRecord(spec) || !Array.isArray(spec.ports)) return undefined;
  const ports = spec.ports.filter(isRecord).filter(({ port }) => typeof port === 'number');
  const opaque = ports.filter(({ port, targetPort }) =>
    isOpaque(String(targetNumber(port, targetPort)), profile),
  );
  return opaque.length > 0 ? opaque.map(({ port }) => String(port)).join(',') : undefined;
}

/** The number a target port compares by: the Service's own port where there is none, 0 for a name. */
function targetNumber(port: unknown, targetPort: unknown): unknown {
  if (targetPort === undefined || targetPort === null || targetPort === 0) return port;
  return typeof targetPort === 'number' ? targetPort : 0;
}

/** Whether a port is written in the installation's list, where ranges count for nothing. */
function isOpaque(port: string, profile: LinkerdProfile): boolean {
  return listedPorts(profile).has(port);
}

/** By installation, never stale; asked for each review. */
const listedPorts = rememberByOwner(
  { name: 'opaque ports that an installation lists' },
  ({ opaquePorts }: LinkerdProfile): ReadonlySet<string> => new Set(opaquePorts.split(',')),
);
