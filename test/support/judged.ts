import type { CalicoMode } from '../../src/calico/index.ts';
import type { ConventionSet } from '../../src/conventions/convention-set.ts';
import { judge } from '../../src/engine/judge.ts';
import { createInventoryStore } from '../../src/inventory/inventory-store.ts';
import type { UserInfo } from '../../src/kubernetes/admission-review.ts';
import type { KubernetesObject } from '../../src/kubernetes/object.ts';
import type { Point } from '../../src/conventions/document/action.ts';
import type { JudgedFinding } from '../../src/engine/judgement.ts';
import { conventions } from './conventions.ts';

const now = new Date('2026-11-21T12:00:00Z');
const baseline = conventions({});

/** How an object is judged: as manifests in CI where nothing is said. */
export interface Judging {
  /** What exists besides. */
  readonly among?: readonly KubernetesObject[];
  readonly set?: ConventionSet;
  readonly operation?: 'CREATE' | 'UPDATE' | 'STATE';
  readonly point?: Point;
  readonly user?: UserInfo;
  /** How the cluster serves Calico's API: as native resources where nothing is said. */
  readonly mode?: CalicoMode;
}

/** The findings about one object of the rules of which the id begins like this. */
export function findingsOf(
  start: string,
  object: KubernetesObject,
  {
    among = [],
    mode = 'v3crd',
    operation = 'STATE',
    point = operation === 'STATE' ? 'ci' : 'admission',
    set = baseline,
    user,
  }: Judging = {},
): readonly JudgedFinding[] {
  const before = operation === 'STATE' ? [...among, object] : among;
  const { inventory } = createInventoryStore({ mode }, before);
  return judge({ operation, object, ...(user ? { user } : {}) }, inventory, set, now, point).findings.filter(
    ({ rule }) => rule.startsWith(start),
  );
}

/** The same as lines of rule, action and message. */
export function told(start: string, object: KubernetesObject, judging: Judging = {}): readonly string[] {
  return findingsOf(start, object, judging).map(
    ({ action, message, rule }) => `${rule} ${action}: ${message}`,
  );
}
