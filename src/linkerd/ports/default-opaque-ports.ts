import { isRecord } from '../../kubernetes/object.ts';
import type { PodTemplate } from '../../kubernetes/pod-template.ts';
import { injectorPorts } from './container-ports.ts';
import type { LinkerdProfile } from '../installation/installation.ts';
import { rememberByOwner } from '../../memo/by-owner.ts';

/**
 * The installation's opaque ports that a pod declares, in the pod's order. The injector writes them into the pod's
 * `opaque-ports` annotation if neither the pod nor its namespace has one. Undefined if there are none.
 * Source: Linkerd pkg/inject/inject.go, FilterPodOpaquePorts.
 */
export function declaredOpaquePorts(
  spec: PodTemplate['spec'],
  installation: LinkerdProfile,
): string | undefined {
  const opaque = injectorPorts(spec, installation).filter(({ port }) => isOpaque(String(port), installation));
  return opaque.length > 0 ? opaque.map(({ port }) => port).join(',') : undefined;
}

/**
 * The same for a Service: its ports whose target is one of the installation's opaque ports. A named target port is not
 * resolved, so it is never opaque by default.
 */
export function exposedOpaquePorts(spec: unknown, installation: LinkerdProfile): string | undefined {
  if (!isRecord(spec) || !Array.isArray(spec.ports)) return undefined;
  const ports = spec.ports.filter(isRecord).filter(({ port }) => typeof port === 'number');
  const opaque = ports.filter(({ port, targetPort }) =>
    isOpaque(String(targetNumber(port, targetPort)), installation),
  );
  return opaque.length > 0 ? opaque.map(({ port }) => String(port)).join(',') : undefined;
}

/** The number of a target port for the comparison: the Service's own port if there is none, 0 for a name. */
function targetNumber(port: unknown, targetPort: unknown): unknown {
  if (targetPort === undefined || targetPort === null || targetPort === 0) return port;
  return typeof targetPort === 'number' ? targetPort : 0;
}

/** Whether a port is in the installation's list, whose ranges are ignored here. */
function isOpaque(port: string, installation: LinkerdProfile): boolean {
  return listedPorts(installation).has(port);
}

/** By installation, never stale; asked for each review. */
const listedPorts = rememberByOwner(
  { name: 'opaque ports that an installation lists' },
  ({ opaquePorts }: LinkerdProfile): ReadonlySet<string> => new Set(opaquePorts.split(',')),
);
