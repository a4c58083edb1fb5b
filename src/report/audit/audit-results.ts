import type { AuditedAction, AuditFinding, AuditFindings } from '../../engine/audit-findings.ts';

/** The latest results of an audit, as they are served. */
export interface AuditResults {
  /** Of tollgate. */
  readonly version: string;
  readonly now: Date;
  readonly findings: AuditFindings;
  /** How long ago each part of the audit was last finished. */
  readonly ages: readonly { readonly part: string; readonly seconds: number }[];
}

/** The results of one namespace; the name is empty for what is outside of all. */
export interface NamespaceResults {
  readonly namespace: string;
  /** The worst first. */
  readonly findings: readonly AuditFinding[];
  /** Shown findings by what becomes of them, each as often as objects have it. */
  readonly counts: Readonly<Record<AuditedAction, number>>;
  /** All findings, shown or not. */
  readonly total: number;
}

/** What there is to show, by namespace: those with the most that admission would refuse first. */
export function resultsByNamespace({ namespaces }: AuditFindings): readonly NamespaceResults[] {
  return [...namespaces]
    .filter(([, { total }]) => total > 0)
    .map(([namespace, { shown, total }]) => {
      const count = (action: AuditedAction) =>
        shown.filter((one) => one.action === action).reduce((sum, one) => sum + one.count, 0);
      const counts = { deny: count('deny'), warn: count('warn'), waived: count('waived') };
      return { namespace, findings: shown, counts, total };
    })
    .toSorted(
      (one, other) =>
        other.counts.deny - one.counts.deny ||
        other.counts.warn - one.counts.warn ||
        (one.namespace < other.namespace ? -1 : 1),
    );
}

/** How many objects have a finding, by what becomes of it: all of them, shown or not. */
export function totalsOf({ counts }: AuditFindings): Readonly<Record<AuditedAction, number>> {
  const total = (action: AuditedAction) =>
    counts.filter((one) => one.action === action).reduce((sum, { count }) => sum + count, 0);
  return { deny: total('deny'), warn: total('warn'), waived: total('waived') };
}
