import type { ConventionSet } from '../conventions/convention-set.ts';
import { createWaiverCounter, type WaiverCounts } from '../conventions/waiver/waiver-count.ts';
import type { Direction } from '../conventions/convention/convention.ts';
import type { Inventory } from '../inventory/inventory.ts';
import { namespaceIdentity } from '../kubernetes/namespace.ts';
import type { KubernetesObject } from '../kubernetes/object.ts';
import { coveredNamespace } from '../facts/coverage/covered-namespace.ts';
import { judgeNamespace, type DirectionVerdict } from '../facts/coverage/namespace-coverage.ts';
import type { AuditFindings } from './audit-findings.ts';
import { conventionNames, createFindingCollector, type FindingListener } from './finding-collector.ts';
import { judge } from './judge.ts';
import { countedOf, type JudgedFinding } from './judgement.ts';
import { isClusterScoped } from '../kinds.ts';

/** What a look at the whole cluster has found, but for its pods. @see createPodAudit */
export interface Audit {
  /** Everything that any rule finds, in bounded memory. */
  readonly findings: AuditFindings;
  /** Governed namespaces that a convention wants denied by default, by direction and by how it is. */
  readonly coverage: readonly CoverageCount[];
  /** What each waiver covers. */
  readonly waived: WaiverCounts;
  /** What the gate says of the namespaces that are not closed, by their names; what is waived is left out. */
  readonly notClosed: ReadonlyMap<string, JudgedFinding>;
}

export interface CoverageCount {
  readonly direction: Lowercase<Direction>;
  readonly coverage: 'closed' | 'open' | 'unknown';
  readonly count: number;
}

/**
 * Judges everything there is, as it is, with the rules and actions of the audit. It stops after each namespace and policy,
 * so that whoever runs it can do something else in between; what changes meanwhile is seen or not, and the next audit
 * sees it.
 * @param onFound told of every finding, where bounds are not wanted
 */
export function* auditCluster(
  inventory: Inventory,
  conventions: ConventionSet,
  now: Date,
  onFound?: FindingListener,
): Generator<undefined, Audit> {
  const counts = new Map<string, CoverageCount>();
  const waived = createWaiverCounter(conventions.waivers);
  const notClosed = new Map<string, JudgedFinding>();
  const collected = createFindingCollector(undefined, conventionNames(inventory, conventions));
  const judgeAll = (objects: readonly KubernetesObject[]) => {
    for (const object of objects) {
      const { findings } = judge({ operation: 'STATE', object }, inventory, conventions, now, 'audit');
      waived.add(findings.map(countedOf));
      for (const finding of findings) {
        const { waiver } = finding;
        const { uid } = object.metadata;
        const found = { namespace: namespaceOfFinding(finding), finding, ...(uid ? { uid } : {}) };
        collected.add(found);
        onFound?.(found, object);
        if (waiver) continue;
        if (coverageRules.has(finding.rule)) notClosed.set(object.metadata.name ?? '', finding);
      }
    }
  };
  const names = Array.from(inventory.namespaces(), ({ metadata }) => metadata.name ?? '');
  for (const name of names) {
    const namespace = inventory.namespace(name);
    const identity = namespace && namespaceIdentity(name, namespace);
    const convention = identity && conventions.governing(identity);
    if (namespace && convention && namespace.metadata.deletionTimestamp === undefined) {
      if (convention.defaultDeny) {
        const covered = coveredNamespace(identity, convention.defaultDeny, inventory);
        for (const verdict of judgeNamespace(inventory, covered, convention.defaultDeny))
          add(counts, verdict);
      }
      judgeAll([
        namespace,
        ...inventory.workloads(name),
        ...inventory.services(name),
        ...inventory.serviceAccounts(name),
        ...inventory.meshPolicies(name),
      ]);
    }
    yield;
  }
  const policies = Array.from(inventory.policies());
  for (const policy of policies) {
    judgeAll([policy]);
    yield;
  }
  return { coverage: [...counts.values()], waived: waived.counts(), notClosed, findings: collected.result() };
}

/** The namespace that a finding is about: the one that suffers, else the object's own; empty outside of all. */
export function namespaceOfFinding({ namespace, object }: JudgedFinding): string {
  if (namespace !== undefined) return namespace;
  if (object.kind === 'Namespace') return object.name;
  return isClusterScoped(object.kind) ? '' : (object.namespace ?? '');
}

/** The rules that say of a namespace as it is that it is not closed. */
export const coverageRules: ReadonlySet<string> = new Set(['gate/default-deny-missing', 'gate/unknown']);

const directions = { Ingress: 'ingress', Egress: 'egress' } as const;
const inWords = { deny: 'closed', allow: 'open', unknown: 'unknown' } as const;

function add(counts: Map<string, CoverageCount>, { direction, verdict }: DirectionVerdict): void {
  // Every way is there from the first namespace on, so that a series does not vanish when it falls to nothing.
  for (const coverage of Object.values(inWords)) {
    const key = `${direction}/${coverage}`;
    const { count } = counts.get(key) ?? { count: 0 };
    counts.set(key, {
      direction: directions[direction],
      coverage,
      count: count + (coverage === inWords[verdict] ? 1 : 0),
    });
  }
}
