import type { ObjectReference } from '../../kubernetes/object.ts';
import type { Waiver } from './waiver.ts';

/** What one waiver covers of all that was judged. */
export interface WaiverCount {
  readonly findings: number;
  readonly objects: number;
  readonly namespaces: ReadonlySet<string>;
  /** Of the names that the waiver lists those of which an object has a finding. */
  readonly names: ReadonlySet<string>;
}

/** By the name of the waiver; one that covers nothing is not among them. */
export type WaiverCounts = ReadonlyMap<string, WaiverCount>;

/** A finding as far as it is counted: the object, the namespace that suffers, and the waivers that cover it. */
export interface CountedFinding {
  readonly object: ObjectReference;
  readonly namespace?: string;
  readonly waivers: readonly string[];
}

/** Counts what waivers cover, object by object; of names it keeps no more than the waivers list. */
export function createWaiverCounter(waivers: readonly Waiver[]): {
  /** Takes in all findings of one object. */
  readonly add: (findings: readonly CountedFinding[]) => void;
  readonly counts: () => WaiverCounts;
} {
  const listed = new Map(waivers.map(({ name, names = [] }) => [name, new Set(names)]));
  const counts = new Map<string, WaiverCount>();
  return {
    add: (findings) => {
      const seen = new Set<string>();
      for (const { object, namespace, waivers: covering } of findings) {
        for (const name of covering) {
          const own = {
            findings: 1,
            objects: seen.has(name) ? 0 : 1,
            namespaces: new Set([namespace ?? namespaceOf(object)]),
            names: new Set(listed.get(name)?.has(object.name) ? [object.name] : []),
          };
          seen.add(name);
          counts.set(name, plus(counts.get(name), own));
        }
      }
    },
    counts: () => counts,
  };
}

/** What several parts of one audit have counted. */
export function sumOfCounts(all: readonly WaiverCounts[]): WaiverCounts {
  const total = new Map<string, WaiverCount>();
  for (const one of all) for (const [name, count] of one) total.set(name, plus(total.get(name), count));
  return total;
}

function plus(one: WaiverCount | undefined, other: WaiverCount): WaiverCount {
  if (!one) return other;
  return {
    findings: one.findings + other.findings,
    objects: one.objects + other.objects,
    namespaces: withAll(one.namespaces, other.namespaces),
    names: withAll(one.names, other.names),
  };
}

/** The same set where there is nothing new, as for nearly all of many findings. */
function withAll(one: ReadonlySet<string>, other: ReadonlySet<string>): ReadonlySet<string> {
  return other.isSubsetOf(one) ? one : one.union(other);
}

function namespaceOf({ kind, name, namespace = '' }: ObjectReference): string {
  return kind === 'Namespace' ? name : namespace;
}
