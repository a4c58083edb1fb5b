import type { ConnectionProtocol } from '../../calico/index.ts';
import type { Family } from '../../kubernetes/net/address.ts';
import { referenceOf } from '../../kubernetes/object.ts';
import { createBecause } from './because.ts';
import type { Connection, ConnectionEnd } from './connections-answer.ts';
import type { GatheredEnd, GatheredPart, GatheredPods } from './gather-ends.ts';
import { icmpOf } from './icmp-numbers.ts';
import { createAddressEnds, familyNames } from './name-addresses.ts';
import type { OpenStretch } from './open-ports.ts';

/** Writes down what was found, and remembers each end that it names. */
export interface ConnectionWriting {
  readonly connection: (
    from: ConnectionEnd,
    to: ConnectionEnd,
    protocol: ConnectionProtocol,
    family: Family,
    open: OpenStretch,
  ) => Connection;
  readonly pods: (end: GatheredPods) => ConnectionEnd;
  readonly addresses: (parts: readonly number[], family: Family) => ConnectionEnd;
  readonly ends: () => readonly ConnectionEnd[];
}

/** Creates the writing for some ends. */
export function createWriting(ends: readonly GatheredEnd[]): ConnectionWriting {
  const addresses = createAddressEnds();
  const because = createBecause();
  const written = new Map<string, ConnectionEnd>();
  const known = new Map<GatheredPods, ConnectionEnd>();
  const pods = (end: GatheredPods) => {
    const before = known.get(end);
    if (before) return before;
    const own = podEndOf(end);
    // Kinds of the same name in two groups, and pods that are asked about and are a class as well.
    let id = own.id;
    for (let number = 2; written.has(id); number++) id = `${own.id} (${number})`;
    const made = { ...own, id };
    known.set(end, made);
    written.set(id, made);
    return made;
  };
  for (const end of ends) if (end.kind === 'pods') pods(end);
  return {
    pods,
    addresses: (parts, family) => {
      const own = parts.flatMap((part): readonly GatheredPart[] => {
        const end = ends[part];
        return end?.kind === 'part' ? [end] : [];
      });
      const sorted = own.toSorted(({ part: one }, { part: other }) =>
        one.address.address < other.address.address ? -1 : 1,
      );
      const end = addresses.endOf(sorted, family);
      written.set(end.id, end);
      return end;
    },
    ends: () => [...written.values()],
    connection: (from, to, protocol, family, open) => ({
      from: from.id,
      to: to.id,
      protocol,
      family: familyNames[family],
      ports: protocol === 'ICMP' ? [] : open.numbers,
      ...(protocol === 'ICMP' ? icmpOf(open.numbers) : {}),
      verdict: open.verdict,
      encryption: open.encryption,
      because: { egress: because(open.egress, 'Egress'), ingress: because(open.ingress, 'Ingress') },
      ...(open.why.length > 0 ? { why: open.why } : {}),
    }),
  };
}

const meshed = { in: 'meshed', out: 'unmeshed', unknown: 'unknown' } as const;

function podEndOf({ all, end, isPossible }: GatheredPods): ConnectionEnd {
  const { account, mesh, name, namespace, selector } = end;
  if (isPossible)
    return { id: name, kind: 'possible-pods', namespace, labels: selector, account, meshed: meshed[mesh] };
  const workloads = all.flatMap(({ object }) => (object ? [referenceOf(object)] : []));
  return { id: name, kind: 'workloads', namespace, workloads, meshed: meshed[mesh] };
}
