import { type CalicoMode, createPolicyWorld, judgeCoverage } from '../../src/calico/index.ts';
import type { KubernetesObject, StringMap } from '../../src/kubernetes/object.ts';

type Verdict = 'deny' | 'allow' | 'unknown';

interface DefaultDenyCase {
  readonly namespace: { readonly name: string; readonly labels?: StringMap };
  readonly objects: readonly KubernetesObject[];
  readonly expected: { readonly ingress: Verdict; readonly egress: Verdict };
  readonly mode?: CalicoMode;
  readonly holes?: { readonly ingress?: readonly string[]; readonly egress?: readonly string[] };
  readonly tags?: readonly string[];
}

const fields = { Ingress: 'ingress', Egress: 'egress' } as const;

/**
 * Judges the namespace. Holes are written for people, and only in the cases that are about them: what counts is
 * whether there are any, and how wide they are.
 */
export function check(entry: DefaultDenyCase): string | undefined {
  const { name, labels = {} } = entry.namespace;
  const world = createPolicyWorld(entry.objects, { mode: entry.mode ?? 'apiserver' });
  const { directions } = judgeCoverage(world, { name, labels });
  const failures = directions.flatMap(({ direction, verdict, holes }) => {
    const field = fields[direction];
    const listed = (entry.holes?.[field] ?? []).length > 0;
    const countsHoles = entry.holes !== undefined && verdict === 'deny';
    return [
      ...compare(field, entry.expected[field], verdict),
      ...(countsHoles ? compare(`${field} has holes`, listed, holes.length > 0) : []),
    ];
  });
  const isWide = directions.some(({ holes }) => holes.some(({ wide }) => wide));
  const expectedWide = entry.tags?.includes('wide-hole') ?? false;
  const all = [...failures, ...compare('wide hole', expectedWide, isWide)];
  return all.length > 0 ? all.join('; ') : undefined;
}

function compare(what: string, expected: unknown, found: unknown): readonly string[] {
  return expected === found ? [] : [`${what}: expected ${String(expected)}, found ${String(found)}`];
}
