import type { NamespaceIdentity } from '../kubernetes/namespace.ts';
import { isPlainName } from './name-glob.ts';
import { groupNameOf } from './rule-action.ts';
import type { Waivable, Waiver } from './waiver.ts';

/** The waivers that could cover a finding; which of them do is for `matches` to say. */
export type FindWaivers = (finding: Waivable, namespace: NamespaceIdentity | undefined) => readonly Waiver[];

/**
 * Creates the index of waivers by rule and by the names that they give in full, so that a review does not get slower
 * with waivers that are about other namespaces and objects.
 */
export function createWaiverIndex(waivers: readonly Waiver[]): FindWaivers {
  const index = new Map<string, Waiver[]>();
  for (const waiver of waivers) {
    for (const key of waiver.rules.flatMap((rule) => keysOf(waiver, rule))) {
      const entries = index.get(key);
      if (entries) entries.push(waiver);
      else index.set(key, [waiver]);
    }
  }
  return ({ rule, object }, namespace) => {
    if (index.size === 0) return [];
    const found = [rule, groupNameOf(rule)].flatMap((name) => [
      index.get(keyOf(name, 'namespace', namespace?.name ?? '')) ?? [],
      index.get(keyOf(name, 'name', object.name)) ?? [],
      index.get(keyOf(name, 'any', '')) ?? [],
    ]);
    return found.flat();
  };
}

function keysOf({ namespaces, names }: Waiver, rule: string): string[] {
  if (namespaces?.every(isPlainName)) return namespaces.map((name) => keyOf(rule, 'namespace', name));
  if (names?.every(isPlainName)) return names.map((name) => keyOf(rule, 'name', name));
  return [keyOf(rule, 'any', '')];
}

/** Neither rules nor names contain blanks. */
function keyOf(rule: string, part: 'namespace' | 'name' | 'any', name: string): string {
  return `${rule} ${part} ${name}`;
}
