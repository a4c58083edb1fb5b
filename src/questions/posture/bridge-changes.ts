import type { DiffAnswer } from '../diff/diff-answer.ts';
import { type BridgeChange, islandOf } from './posture.ts';

/**
 * Gathers what a change opens and closes by the bridges that it belongs to.
 * @param answer what `askDiff` says of two states
 * @returns a change for each pair of islands between which something is different
 * Source: `askDiff`, which compares all connections of both states.
 * @example
 * bridgeChanges(askDiff(base, head)).filter(({ opened }) => opened > 0); // what a pull request opens
 */
export function bridgeChanges({
  connections,
  ends,
}: Pick<DiffAnswer, 'connections' | 'ends'>): readonly BridgeChange[] {
  const byId = new Map(ends.map((end) => [end.id, end]));
  const found = new Map<string, { -readonly [Key in keyof BridgeChange]: BridgeChange[Key] }>();
  for (const { from: source, kind, to: destination } of connections) {
    const [one, other] = [byId.get(source), byId.get(destination)];
    if (!one || !other) continue;
    const [from, to] = [islandOf(one), islandOf(other)];
    if (from === to) continue;
    const key = JSON.stringify([from ?? null, to ?? null]);
    const change = found.get(key) ?? {
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
      opened: 0,
      closed: 0,
      changed: 0,
    };
    found.set(key, change);
    change[kind]++;
  }
  return [...found.values()];
}
