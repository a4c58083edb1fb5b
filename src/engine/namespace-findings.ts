import {
  auditedActions,
  type AuditFindings,
  type ConventionFindingCount,
  type FindingCount,
  sumOf,
} from './audit-findings.ts';

/** Findings of one rule in one namespace; the name is empty for what is outside of all. */
export interface NamespaceFindingCount extends FindingCount {
  readonly namespace: string;
}

/** Pairs of a namespace and a rule that are shown: each is a series that whoever scrapes keeps. */
export const mostNamespaceFindings = 500;

/**
 * How often each rule finds something in each namespace, the worst first. It counts what an audit shows of a namespace,
 * which is bounded, so a number may be less than there are.
 */
export function countByNamespace(findings: AuditFindings | undefined): readonly NamespaceFindingCount[] {
  const counts = new Map<string, NamespaceFindingCount>();
  for (const [namespace, { shown }] of findings?.namespaces ?? []) {
    for (const { rule, action, count } of shown) {
      const key = JSON.stringify([namespace, rule, action]);
      counts.set(key, { namespace, rule, action, count: (counts.get(key)?.count ?? 0) + count });
    }
  }
  return [...counts.values()]
    .toSorted(
      (a, b) =>
        auditedActions.indexOf(a.action) - auditedActions.indexOf(b.action) ||
        b.count - a.count ||
        (a.namespace < b.namespace ? -1 : Number(a.namespace > b.namespace)),
    )
    .slice(0, mostNamespaceFindings);
}

/** Conventions that are counted by their names; what further ones govern is counted together. */
export const mostConventions = 50;
/** Stands for the conventions beyond those. */
const furtherConventions = 'others';

/** All findings by the convention that governs their namespace, and by rule and action. */
export function countByConvention(findings: AuditFindings | undefined): readonly ConventionFindingCount[] {
  const counts = findings?.byConvention ?? [];
  const names = [...new Set(counts.map(({ convention }) => convention))].toSorted();
  const named = new Set(names.slice(0, mostConventions));
  return sumOf(
    counts.map((one) => (named.has(one.convention) ? one : { ...one, convention: furtherConventions })),
  );
}
