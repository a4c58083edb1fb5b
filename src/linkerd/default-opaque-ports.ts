import { isRecord } from '../kubernetes/object.ts';
import type { PodTemplate } from '../kubernetes/pod-template.ts';
import { containerPorts } from './container-ports.ts';
import type { LinkerdProfile } from './profile.ts';

/**
 * The installation's opaque ports that a pod declares, in the pod's order: what the injector writes into the pod's
 * `opaque-ports` annotation where neither the pod nor its namespace has one. Undefined where there are none.
 * Source: Linkerd pkg/inject/inject.go, FilterPodOpaquePorts.
 */
export function declaredOpaquePorts(spec: PodTemplate['spec'], profile: LinkerdProfile): string | undefined {
  return listOf(
    containerPorts(spec).map(({ port }) => String(port)),
    (port) => port,
    profile,
  );
}

/**
 * The same for a Service: its ports whose target is one of the installation's opaque ports. A named target port is
 * never resolved, and so never opaque by default.
 */
export function exposedOpaquePorts(spec: unknown, profile: LinkerdProfile): string | undefined {
  if (!isRecord(spec) || !Array.isArray(spec.ports)) return undefined;
  const ports = spec.ports.filter(isRecord).filter(({ port }) => typeof port === 'number');
  return listOf(
    ports,
    ({ port, targetPort }) => String(targetNumber(port, targetPort)),
    profile,
    ({ port }) => String(port),
  );
}

/** The number a target port compares by: the Service's own port where there is none, 0 for a name. */
function targetNumber(port: unknown, targetPort: unknown): unknown {
  if (targetPort === undefined || targetPort === null || targetPort === 0) return port;
  return typeof targetPort === 'number' ? targetPort : 0;
}

function listOf<Item>(
  items: readonly Item[],
  comparedBy: (item: Item) => string,
  profile: LinkerdProfile,
  written: (item: Item) => string = comparedBy,
): string | undefined {
  if (items.length === 0) return undefined;
  const defaults = profile.opaquePorts.split(',');
  const opaque = items.filter((item) => defaults.includes(comparedBy(item))).map(written);
  return opaque.length > 0 ? opaque.join(',') : undefined;
}
