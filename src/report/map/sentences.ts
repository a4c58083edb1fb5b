import type { Island, Posture } from '../../questions/posture/posture.ts';
import { listInWords } from '../../text/list.ts';

/** A number that a page begins with, and what to make of it. */
export interface Sentence {
  readonly title: string;
  readonly number: string;
  readonly text: string;
  readonly mood: 'good' | 'fair' | 'bad';
}

/** The four sentences: islands, cars, bridges, waivers. */
export function sentencesOf(posture: Posture): readonly Sentence[] {
  return [ofIslands(posture), ofCars(posture), ofBridges(posture), ofWaivers(posture)];
}

/** Whether every gate of an island is closed. */
export function isClosed({ gates }: Pick<Island, 'gates'>): boolean {
  return gates.length > 0 && gates.every(({ verdict }) => verdict === 'deny');
}

function ofIslands({ islands }: Posture): Sentence {
  const open = islands.filter((island) => !isClosed(island));
  const closed = islands.length - open.length;
  const names = listInWords(
    open.map(({ name }) => name),
    { most: 3 },
  );
  return {
    title: 'Islands with a gate',
    number: `${closed} / ${islands.length}`,
    text:
      open.length === 0
        ? 'every namespace is closed in both directions'
        : `not known to be closed in both directions: ${names}`,
    mood: open.length === 0 ? 'good' : closed === 0 ? 'bad' : 'fair',
  };
}

function ofCars({ islands }: Posture): Sentence {
  const cars = islands.flatMap((island) => island.cars);
  const count = (meshed: string) => cars.filter((car) => car.meshed === meshed).length;
  const [inside, outside, unknown] = [count('meshed'), count('unmeshed'), count('unknown')];
  const waived = cars.filter(({ findings }) => findings.some(({ severity }) => severity === 'waived')).length;
  const parts = [
    ...(outside > 0 ? [`${outside} unmeshed`] : []),
    ...(unknown > 0 ? [`${unknown} unknown`] : []),
    ...(waived > 0 ? [`${waived} with a waiver`] : []),
  ];
  return {
    title: 'Cars in armour',
    number: `${inside} / ${cars.length}`,
    text: parts.length > 0 ? listInWords(parts) : 'every workload is meshed',
    mood: inside === cars.length ? 'good' : inside === 0 ? 'bad' : 'fair',
  };
}

function ofBridges({ bridges }: Posture): Sentence {
  const loose = bridges.filter(({ built }) => !built).length;
  const unlimited = new Set(bridges.flatMap(({ from, unlimited }) => (unlimited ? [from] : []))).size;
  const built = bridges.length - loose;
  const far =
    unlimited > 0
      ? `${unlimited} ${unlimited === 1 ? 'namespace has' : 'namespaces have'} all of the internet`
      : undefined;
  return {
    title: 'Bridges',
    number: `${built} + ${loose}`,
    text: `${built} built by a policy, ${loose} nobody built${far ? `; ${far}` : ''}`,
    mood: loose > 0 ? 'bad' : far ? 'fair' : 'good',
  };
}

function ofWaivers({ waivers }: Posture): Sentence {
  const ended = waivers.filter(({ daysLeft }) => daysLeft < 0).length;
  const next = waivers.find(({ daysLeft }) => daysLeft >= 0);
  const parts = [
    ...(ended > 0 ? [`${ended} ended`] : []),
    ...(next ? [`next end ${next.until}: ${next.name}`] : []),
  ];
  return {
    title: 'Waivers',
    number: `${waivers.length}`,
    text: parts.length > 0 ? parts.join('; ') : 'nothing is waived',
    mood: ended > 0 ? 'bad' : waivers.length > 0 ? 'fair' : 'good',
  };
}
