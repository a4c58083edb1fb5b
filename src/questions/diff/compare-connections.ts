import { connectionProtocols, type ConnectionProtocol } from '../../calico/index.ts';
import { type Family, families } from '../../kubernetes/net/address.ts';
import { partsAmong } from '../connections/parts-among.ts';
import type { OpenStretch } from '../connections/open-ports.ts';
import { type ConnectionSearch, type OpenCell } from '../connections/search-connections.ts';
import type { BothEnds } from './both-ends.ts';
import { compareOpen, type OpenChange } from './compare-open.ts';

/** A change of connections between two ends, by their numbers; several for parts of the addresses. */
export interface FoundChange {
  readonly from: readonly number[];
  readonly to: readonly number[];
  readonly protocol: ConnectionProtocol;
  readonly family: Family;
  readonly change: OpenChange;
}

/** Compares all connections of two states, pair by pair where something is open in either. */
export function* compareConnections(
  ends: BothEnds,
  base: ConnectionSearch,
  head: ConnectionSearch,
): Iterable<FoundChange> {
  for (const family of families) {
    const parts = partsAmong(ends.named, family, () => true);
    for (const protocol of connectionProtocols)
      for (const [own, end] of ends.named.entries()) {
        if (end.kind !== 'pods') continue;
        const before = new Map([...base.fromPods(own, protocol, family)].map(({ open, to }) => [to, open]));
        const after = new Map([...head.fromPods(own, protocol, family)].map(({ open, to }) => [to, open]));
        for (const to of new Set([...after.keys(), ...before.keys()]))
          for (const change of compareOpen(before.get(to) ?? [], after.get(to) ?? []))
            yield { from: [own], to: [to], protocol, family, change };
        for (const direction of ['Egress', 'Ingress'] as const) {
          const cells = (search: ConnectionSearch, there: boolean) =>
            there ? search.withAddresses(own, direction, protocol, family, parts) : [];
          const changes = compareCells(
            cells(base, ends.base[own]?.kind === 'pods'),
            cells(head, ends.head[own]?.kind === 'pods'),
          );
          for (const { change, parts: some } of changes)
            yield direction === 'Egress'
              ? { from: [own], to: some, protocol, family, change }
              : { from: some, to: [own], protocol, family, change };
        }
      }
  }
}

interface CellChange {
  readonly parts: readonly number[];
  readonly change: OpenChange;
}

/** Each change with all the addresses for which it is the same. */
function compareCells(base: readonly OpenCell[], head: readonly OpenCell[]): readonly CellChange[] {
  const [before, after] = [cellByPart(base), cellByPart(head)];
  const pairs = new Map<OpenCell | undefined, Map<OpenCell | undefined, number[]>>();
  for (const part of new Set([...before.keys(), ...after.keys()])) {
    const [was, is] = [before.get(part), after.get(part)];
    const own = pairs.get(was) ?? new Map<OpenCell | undefined, number[]>();
    pairs.set(was, own);
    const known = own.get(is);
    if (known) known.push(part);
    else own.set(is, [part]);
  }
  const found = new Map<string, { readonly change: OpenChange; readonly parts: number[] }>();
  for (const [was, own] of pairs)
    for (const [is, parts] of own)
      for (const change of compareOpen(openOf(was), openOf(is))) {
        const { after: now, before: then, kind, numbers } = change;
        const key = JSON.stringify([kind, numbers, then, now]);
        const known = found.get(key);
        if (known) known.parts.push(...parts);
        else found.set(key, { change, parts: [...parts] });
      }
  return [...found.values()];
}

function openOf(cell: OpenCell | undefined): readonly OpenStretch[] {
  return cell?.open ?? [];
}

function cellByPart(cells: readonly OpenCell[]): ReadonlyMap<number, OpenCell> {
  return new Map(cells.flatMap((cell) => cell.parts.map((part) => [part, cell] as const)));
}
