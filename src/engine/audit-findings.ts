import type { RuleId } from '../conventions/document/action.ts';
import type { ObjectReference } from '../kubernetes/object.ts';
import type { AppliedWaiver, JudgedFinding } from './judgement.ts';

/**
 * One finding of an audit, as the log, Events and reports show it. It holds no part of the object that was judged, so
 * that thousands of them can be kept.
 */
export interface AuditFinding {
  readonly rule: RuleId;
  readonly action: AuditedAction;
  readonly object: ObjectReference;
  /** Of the object that exists, where it has one: Events are found by it. */
  readonly uid?: string;
  /** Where in the object. */
  readonly pointer: string;
  readonly message: string;
  readonly witness?: string;
  /** What to write instead. */
  readonly remedy?: string;
  /** A warning of a rule that has been announced: the day from which it denies, YYYY-MM-DD. */
  readonly deniesFrom?: string;
  readonly waiver?: AppliedWaiver;
  /** Why a waiver that is about it does not cover it. */
  readonly lapsed?: string;
  /** How many objects have it: of the pods of one owner, one is named. */
  readonly count: number;
  /** Who made the pods, where a pod is named for several. */
  readonly owner?: ObjectReference;
}

/** How bad a finding is: what admission would refuse, what it would warn about, and what a waiver covers. */
export type AuditedAction = 'deny' | 'warn' | 'waived';

/** From the worst on. */
export const auditedActions: readonly AuditedAction[] = ['deny', 'warn', 'waived'];

/** What was found in one namespace, or outside of all. */
export interface NamespaceFindings {
  /** The worst first; each stands for `count` objects. */
  readonly shown: readonly AuditFinding[];
  /** All findings, one for each object that has it; where the shown ones stand for fewer, the rest is only counted. */
  readonly total: number;
}

export interface FindingCount {
  readonly rule: RuleId;
  readonly action: AuditedAction;
  readonly count: number;
}

/** Findings in the namespaces that one convention governs; the name is empty for what none governs. */
export interface ConventionFindingCount extends FindingCount {
  readonly convention: string;
}

/** What an audit, or a part of one, has found. */
export interface AuditFindings {
  /** By the namespace that suffers; under the empty name what is outside of all namespaces. */
  readonly namespaces: ReadonlyMap<string, NamespaceFindings>;
  /** All findings, shown or not, by rule and action. */
  readonly counts: readonly FindingCount[];
  /** The same by the convention that governs the namespace that suffers. */
  readonly byConvention: readonly ConventionFindingCount[];
}

export const nothingFound: AuditFindings = { namespaces: new Map(), counts: [], byConvention: [] };

/** What becomes of a finding in an audit. */
export function auditedActionOf({ action, waiver }: JudgedFinding): AuditedAction {
  return waiver ? 'waived' : action;
}

/** How many objects the shown findings of a namespace stand for: `showing 100 of 312`. */
export function shownCount({ shown }: NamespaceFindings): number {
  return shown.reduce((sum, { count }) => sum + count, 0);
}

/** Everything that the parts of an audit have found. */
export function combineFindings(parts: readonly AuditFindings[]): AuditFindings {
  const namespaces = new Map<string, NamespaceFindings>();
  for (const part of parts) {
    for (const [name, { shown, total }] of part.namespaces) {
      const known = namespaces.get(name) ?? { shown: [], total: 0 };
      const all = [...known.shown, ...shown].toSorted(
        (a, b) => auditedActions.indexOf(a.action) - auditedActions.indexOf(b.action),
      );
      namespaces.set(name, { shown: all, total: known.total + total });
    }
  }
  return {
    namespaces,
    counts: sumOf(parts.flatMap(({ counts }) => counts)),
    byConvention: sumOf(parts.flatMap(({ byConvention }) => byConvention)),
  };
}

/** Counts of the same are one count. */
export function sumOf<Count extends FindingCount>(counts: Iterable<Count>): readonly Count[] {
  const sums = new Map<string, Count>();
  for (const one of counts) {
    const { count, ...labels } = one;
    const key = JSON.stringify(Object.values(labels));
    sums.set(key, { ...one, count: count + (sums.get(key)?.count ?? 0) });
  }
  return [...sums.values()];
}

/** ` (and 499 more pods of Deployment "shop/web")` */
export function othersInWords({ count, owner }: Pick<AuditFinding, 'count' | 'owner'>): string {
  if (count < 2) return '';
  const whose = owner ? ` of ${owner.kind} "${owner.namespace}/${owner.name}"` : '';
  return ` (and ${count - 1} more${owner ? ' pods' : ''}${whose})`;
}
