import type { ConventionSet } from '../conventions/convention-set.ts';
import type { Inventory } from '../inventory/inventory.ts';
import { namespaceIdentity } from '../kubernetes/namespace.ts';
import type { KubernetesObject, ObjectReference } from '../kubernetes/object.ts';
import {
  auditedActionOf,
  auditedActions,
  type AuditedAction,
  type AuditFinding,
  type AuditFindings,
  type ConventionFindingCount,
  sumOf,
  type NamespaceFindings,
} from './audit-findings.ts';
import type { JudgedFinding } from './judgement.ts';
import { cut } from '../text/cut.ts';

/** The bounds of what an audit keeps: so many findings of a namespace, and so many in all. */
export interface FindingBounds {
  readonly ofNamespace: number;
  readonly inAll: number;
}

/** Of what is known of a finding besides itself. */
export interface Found {
  /** The namespace that suffers; empty for what is outside of all. */
  readonly namespace: string;
  readonly finding: JudgedFinding;
  readonly uid?: string;
  /** Findings of the same group are one, that names the first object and counts the others. */
  readonly group?: { readonly key: string; readonly owner: ObjectReference };
}

/** Told of everything that an audit finds, with the object that has it. */
export type FindingListener = (found: Found, subject: KubernetesObject) => void;

/** Gathers what an audit finds, in bounded memory: what is too much is counted and not shown. */
export interface FindingCollector {
  readonly add: (found: Found) => void;
  readonly result: () => AuditFindings;
}

/** What would be refused is kept apart, so that no number of warnings keeps it from being named. */
const findingBounds: Readonly<Record<AuditedAction, FindingBounds>> = {
  deny: { ofNamespace: 100, inAll: 2000 },
  warn: { ofNamespace: 50, inAll: 1000 },
  waived: { ofNamespace: 20, inAll: 500 },
};

/** @param conventionOf the name of the convention that governs a namespace; empty where none does */
export function createFindingCollector(
  bounds = findingBounds,
  conventionOf: (namespace: string) => string = () => '',
): FindingCollector {
  const shelves = new Map(auditedActions.map((action) => [action, createShelf(bounds[action])]));
  const totals = new Map<string, number>();
  const counts = new Map<string, ConventionFindingCount>();
  const governing = new Map<string, string>();
  return {
    add: (found) => {
      const { rule } = found.finding;
      const action = auditedActionOf(found.finding);
      const convention = governing.get(found.namespace) ?? conventionOf(found.namespace);
      governing.set(found.namespace, convention);
      const key = `${convention} ${rule} ${action}`;
      counts.set(key, { convention, rule, action, count: (counts.get(key)?.count ?? 0) + 1 });
      totals.set(found.namespace, (totals.get(found.namespace) ?? 0) + 1);
      shelves.get(action)?.add(found);
    },
    result: () => {
      const namespaces = new Map<string, NamespaceFindings>();
      for (const [name, total] of totals) {
        const shown = auditedActions.flatMap((action) => shelves.get(action)?.of(name) ?? []);
        namespaces.set(name, { shown, total });
      }
      const byConvention = [...counts.values()];
      const all = byConvention.map(({ rule, action, count }) => ({ rule, action, count }));
      return { namespaces, counts: sumOf(all), byConvention };
    },
  };
}

/**
 * The findings of one action. Where there are too many in all, every namespace may show half as many as before: one that
 * is full of them does not keep the others from being named.
 */
function createShelf({ ofNamespace, inAll }: FindingBounds) {
  const kept = new Map<string, Map<string, AuditFinding>>();
  let share = ofNamespace;
  let size = 0;
  const shrink = () => {
    while (size >= inAll && share > 1) {
      share = Math.ceil(share / 2);
      for (const findings of kept.values()) {
        for (const key of [...findings.keys()].slice(share)) {
          findings.delete(key);
          size -= 1;
        }
      }
    }
  };
  return {
    add: (found: Found) => {
      const findings = kept.get(found.namespace) ?? new Map<string, AuditFinding>();
      const key = found.group?.key ?? identityOf(found.finding);
      const known = findings.get(key);
      if (known) {
        findings.set(key, { ...known, count: known.count + 1 });
        return;
      }
      if (findings.size >= share) return;
      if (size >= inAll) shrink();
      if (size >= inAll || findings.size >= share) return;
      kept.set(found.namespace, findings);
      findings.set(key, auditFindingOf(found));
      size += 1;
    },
    of: (namespace: string): readonly AuditFinding[] => [...(kept.get(namespace)?.values() ?? [])],
  };
}

/** What tells the findings of one namespace apart. */
function identityOf({
  rule,
  object: { apiVersion, kind, namespace, name },
  pointer,
  message,
}: JudgedFinding): string {
  return JSON.stringify([rule, apiVersion, kind, namespace, name, pointer, message]);
}

/** Names in messages can be as long as an object lets them be. */
const longestText = 1000;

/** A finding as an audit keeps it: of its own, without the object, with texts of a bounded length. */
export function auditFindingOf({ finding, uid, group }: Found): AuditFinding {
  const { rule, object, pointer, message, witness, expected, deniesFrom, waiver, lapsed } = finding;
  return {
    rule,
    action: auditedActionOf(finding),
    object,
    ...(uid === undefined ? {} : { uid }),
    pointer,
    message: cut(message, longestText),
    ...(witness === undefined ? {} : { witness: cut(witness, longestText) }),
    ...(expected === undefined ? {} : { remedy: cut(expected, longestText) }),
    ...(deniesFrom === undefined ? {} : { deniesFrom }),
    ...(waiver === undefined ? {} : { waiver }),
    ...(lapsed === undefined ? {} : { lapsed: cut(lapsed, longestText) }),
    count: 1,
    ...(group ? { owner: group.owner } : {}),
  };
}

/** Names the convention that governs a namespace, for counts by convention. */
export function conventionNames(
  inventory: Inventory,
  conventions: Pick<ConventionSet, 'governing'>,
): (namespace: string) => string {
  return (namespace) => {
    if (namespace === '') return '';
    const identity = namespaceIdentity(namespace, inventory.namespace(namespace));
    return conventions.governing(identity)?.name ?? '';
  };
}
