import {
  type ConnectionProtocol,
  findConnections,
  inBoth,
  type EndSet,
  type OpenPorts,
  type PolicyWorld,
  type PossibleEnd,
} from '../../calico/index.ts';
import { common, either, noNumbers, without } from '../../kubernetes/net/number-set.ts';
import type { Direction } from '../../kubernetes/direction.ts';
import type { Family } from '../../kubernetes/net/address.ts';

/** Every connection between some ends, in all worlds that may be: what they do not agree on is unknown. */
export interface PossibleConnections {
  readonly between: (
    from: number,
    to: number,
    protocol: ConnectionProtocol,
    family: Family,
  ) => readonly PossiblePorts[];
  readonly from: (from: number, protocol: ConnectionProtocol, family: Family) => Iterable<number>;
  /** Other ends in groups that an end's own policies do not tell apart. */
  readonly alike: (
    end: number,
    direction: Direction,
    protocol: ConnectionProtocol,
    family: Family,
    others: EndSet,
  ) => readonly EndSet[];
}

/** Connections with the same verdict. */
export interface PossiblePorts extends OpenPorts {
  /** Set where the worlds do not agree. */
  readonly differs?: true;
}

/** Finds all connections in each world. */
export function connectionsInWorlds(
  worlds: readonly PolicyWorld[],
  ends: readonly PossibleEnd[],
): PossibleConnections {
  const all = worlds.map((world) => findConnections(world, ends));
  const [first, ...others] = all;
  return {
    between: (...pair) => {
      const found = first?.between(...pair) ?? [];
      return others.length === 0 ? found : agreed([found, ...others.map((one) => one.between(...pair))]);
    },
    from: (...asked) =>
      others.length === 0
        ? (first?.from(...asked) ?? [])
        : new Set(all.flatMap((one) => [...one.from(...asked)])),
    alike: (end, direction, protocol, family, from) => {
      let cells: readonly EndSet[] = [from];
      for (const one of all)
        for (const stretch of one.half(end, direction, protocol, family) ?? [])
          cells = cells.flatMap((cell) => cutBy(cell, stretch.ends));
      return cells;
    },
  };
}

function cutBy(cell: EndSet, ends: EndSet): readonly EndSet[] {
  const inside = inBoth(cell, ends);
  if (!inside) return [cell];
  const rest = cell.map((word, index) => word & ~(ends[index] ?? 0));
  return rest.some((word) => word !== 0) ? [inside, rest] : [inside];
}

/** What every world allows is allowed, and what some do not deny is unknown. */
function agreed(found: readonly (readonly OpenPorts[])[]): readonly PossiblePorts[] {
  const allowed = found
    .map((open) => open.flatMap(({ numbers, verdict }) => (verdict === 'allow' ? [numbers] : [])))
    .map((sets) => sets.reduce(either, noNumbers))
    .reduce(common);
  let told = noNumbers;
  return found.flatMap((open) =>
    open.flatMap((one): readonly PossiblePorts[] => {
      const numbers = without(one.numbers, told);
      told = either(told, one.numbers);
      const sure = common(numbers, allowed);
      const rest = without(numbers, allowed);
      const unsure: PossiblePorts =
        one.verdict === 'allow'
          ? { ...one, numbers: rest, verdict: 'unknown', differs: true }
          : { ...one, numbers: rest };
      return [
        ...(sure.length > 0 ? [{ ...one, numbers: sure, verdict: 'allow' as const }] : []),
        ...(rest.length > 0 ? [unsure] : []),
      ];
    }),
  );
}
