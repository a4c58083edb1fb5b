import type { ConventionSet } from '../conventions/convention-set.ts';
import { createWaiverCounter, type WaiverCounts } from '../conventions/waiver/waiver-count.ts';
import type { Inventory } from '../inventory/inventory.ts';
import { isTerminating } from '../kubernetes/namespace.ts';
import { isRecord, type KubernetesObject } from '../kubernetes/object.ts';
import { podTemplateOf } from '../kubernetes/pod-template.ts';
import { ruleOf } from '../rules/registry.ts';
import { isMirrorPod } from '../workloads/makers.ts';
import type { AuditFindings } from './audit-findings.ts';
import { conventionNames, createFindingCollector, type FindingListener } from './finding-collector.ts';
import { judge } from './judge.ts';
import { countedOf, type JudgedFinding } from './judgement.ts';
import { createPodTwins } from './pod-twins.ts';
import { podOwnerOf, type PodOwner } from '../workloads/owners.ts';
import { departsAt, namedPointer } from './template-departure.ts';
import { rememberByOwner } from '../memo/by-owner.ts';
import { rememberLast } from '../memo/last.ts';

/** What a look at the pods of a cluster has found. */
export interface PodFindings {
  readonly findings: AuditFindings;
  /** What each waiver covers. */
  readonly waived: WaiverCounts;
  /** Pods that were judged. */
  readonly pods: number;
}

/** Judges running pods, one after the other, and keeps of them only what is wrong with them. */
export interface PodAudit {
  readonly add: (pod: KubernetesObject) => void;
  readonly result: () => PodFindings;
}

/**
 * Every pod is judged as if nobody had made it: an owner reference proves nothing, since anybody can write one, and what
 * came in while nobody looked has been judged by nobody. What a pod has from the template of a workload that exists is
 * that workload's finding, and is told there; what remains is told once for all pods of one owner.
 * @param onFound told of every finding of every pod, where bounds are not wanted
 */
export function createPodAudit(
  inventory: Inventory,
  conventions: () => ConventionSet,
  now: () => Date,
  onFound?: FindingListener,
): PodAudit {
  const collected = createFindingCollector(undefined, conventionNames(inventory, conventions()));
  const waived = createWaiverCounter(conventions().waivers);
  const isOfWorkload = createTemplateFindings(inventory, conventions, now);
  const twins = createPodTwins();
  let pods = 0;
  return {
    add: (pod) => {
      const { namespace = 'default', uid } = pod.metadata;
      const home = inventory.namespace(namespace);
      if (!home || isTerminating(home) || !runs(pod) || isMirrorPod(pod)) return;
      const signature = twins.signatureOf(pod);
      if (twins.has(signature)) {
        pods += 1;
        return;
      }
      const subject = { operation: 'STATE', object: withoutController(pod) } as const;
      const { findings, ungoverned } = judge(subject, inventory, conventions(), now(), 'audit');
      if (ungoverned) return;
      pods += 1;
      const owner = findings.length > 0 ? podOwnerOf(pod, inventory.workloads) : undefined;
      const own = findings.filter((finding) => !isOfWorkload(finding, pod, owner));
      if (own.length === 0) twins.add(signature);
      waived.add(own.map(countedOf));
      for (const finding of own) {
        const found = {
          namespace: finding.namespace ?? namespace,
          finding: withWhen(finding),
          ...(uid ? { uid } : {}),
          ...(owner ? { group: { key: groupOf(finding, pod, owner), owner: owner.reference } } : {}),
        };
        collected.add(found);
        onFound?.(found, pod);
      }
    },
    result: () => ({ findings: collected.result(), waived: waived.counts(), pods }),
  };
}

/** A pod that has ended opens nothing, and one that is being deleted soon won't. */
function runs({ metadata, status }: KubernetesObject): boolean {
  const phase = isRecord(status) ? status.phase : undefined;
  return metadata.deletionTimestamp === undefined && phase !== 'Succeeded' && phase !== 'Failed';
}

/** A pod that nobody is said to control. The references stay, since Linkerd makes labels of them. */
function withoutController(pod: KubernetesObject): KubernetesObject {
  const owners: unknown = pod.metadata.ownerReferences;
  if (!Array.isArray(owners)) return pod;
  const ownerReferences = owners.map((owner) => (isRecord(owner) ? { ...owner, controller: false } : owner));
  return { ...pod, metadata: { ...pod.metadata, ownerReferences } };
}

/** Whether a finding of a pod is that of the workload it was made from, which is judged itself. */
function createTemplateFindings(inventory: Inventory, conventions: () => ConventionSet, now: () => Date) {
  // By workload, stale with the audit. Pods come by namespace, so only the workloads of one are kept.
  const keysIn = rememberLast({ name: 'findings of the last namespace' }, (_namespace: string | undefined) =>
    rememberByOwner(
      { name: 'findings of a workload' },
      (workload: KubernetesObject): ReadonlySet<string> =>
        new Set(judgeState(workload).map((finding) => keyOf(finding, workload))),
    ),
  );
  const judgeState = (object: KubernetesObject) =>
    judge({ operation: 'STATE', object }, inventory, conventions(), now(), 'audit').findings;
  return (finding: JudgedFinding, pod: KubernetesObject, owner: PodOwner | undefined): boolean => {
    const workload = owner?.workload;
    if (!workload || isOfPodsAlone(finding)) return false;
    return (
      !departsAt(pod, workload, finding.pointer) ||
      keysIn(workload.metadata.namespace)(workload).has(keyOf(finding, pod))
    );
  };
}

/** Whether templates can't have a finding, only the pods that were made from them. */
function isOfPodsAlone({ rule }: JudgedFinding): boolean {
  return ruleOf(rule)?.appliesTo.kinds.every((kind) => kind === 'Pod.') === true;
}

/** What makes the findings of a template and of a pod the same. */
function keyOf({ rule, pointer, found }: JudgedFinding, object: KubernetesObject): string {
  const named = namedPointer(object, pointer);
  const start = podTemplateOf(object)?.pointer ?? '';
  return JSON.stringify([rule, named.startsWith(start) ? named.slice(start.length) : named, found]);
}

function groupOf(finding: JudgedFinding, pod: KubernetesObject, { reference }: PodOwner): string {
  return JSON.stringify([Object.values(reference), keyOf(finding, pod)]);
}

/** Of a running pod only labels can still be changed so that it matters. */
function withWhen(finding: JudgedFinding): JudgedFinding {
  const { expected, pointer } = finding;
  const isFixed = pointer.startsWith('/spec/') || pointer.startsWith('/metadata/annotations');
  if (!isFixed || expected === undefined || isOfPodsAlone(finding)) return finding;
  return { ...finding, expected: `${expected}; it counts once the pod has been replaced` };
}
