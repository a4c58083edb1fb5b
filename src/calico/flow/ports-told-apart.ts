import type { Direction } from '../policy/policy.ts';
import type { Port } from '../policy/policy-rule.ts';
import type { SupposedPod } from './supposed-pod.ts';

/** Ports by their numbers, both ends included. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/**
 * One port of each stretch of some ranges that the policies of a pod do not tell apart: what becomes of these becomes of
 * all. The ports of the other end that rules call by name are not among them.
 * @param pod as `supposePod` makes it
 * @example
 * const head = { apiVersion: 'projectcalico.org/v3', kind: 'NetworkPolicy' };
 * const metadata = { name: 'web', namespace: 'shop' };
 * const spec = { types: ['Egress'], egress: [{ action: 'Allow', protocol: 'TCP', destination: { ports: [443] } }] };
 * const world = createPolicyWorld([{ ...head, metadata, spec }], { mode: 'v3crd' });
 * const pod = supposePod(world, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'car', namespace: 'shop' } });
 * portsToldApart(pod, 'Egress', [{ first: 1, last: 65535 }]); // [1, 443, 444]
 */
export function portsToldApart(
  pod: SupposedPod,
  direction: Direction,
  ranges: readonly PortRange[],
): readonly number[] {
  const isMany = ranges.some(({ first, last }) => first < last);
  const begins = new Set(isMany ? beginsOf(pod, direction) : []);
  const told = ranges.flatMap(({ first, last }) => [
    first,
    ...[...begins].filter((port) => first < port && port <= last),
  ]);
  return [...new Set(told)].toSorted((one, other) => one - other);
}

/** Where a stretch begins: with a range of some rule, or behind it. */
function beginsOf(pod: SupposedPod, direction: Direction): readonly number[] {
  const rules = pod.policies(direction).flatMap(({ policies }) => policies);
  return rules
    .flatMap((policy) => (direction === 'Ingress' ? policy.ingress : policy.egress))
    .flatMap(({ destination: { notPorts, ports } }) => [...ports, ...notPorts])
    .flatMap((port: Port) => ('first' in port ? [port.first, port.last + 1] : []));
}
