import { namespaceIdentity } from '../../kubernetes/namespace.ts';
import type { KubernetesObject } from '../../kubernetes/object.ts';
import { podTemplateOf } from '../../kubernetes/pod-template.ts';
import { stepInWords } from '../../facts/coverage/coverage-in-words.ts';
import { nameOf } from '../../facts/object-name.ts';
import { limits, lookAt, unknownBeyond, type Look } from '../../facts/limits.ts';
import {
  governedWorkloads,
  lookAtGoverned,
  policiesOf,
  selectsWorkload,
  type GovernedLooks,
} from '../../facts/policy/governed-workloads.ts';
import type { Remark } from '../../facts/finding.ts';
import { defineRule } from '../define-rule.ts';
import type { RuleContext, Subject } from '../../facts/subject.ts';
import { identityOfSubject, podFrom, podOfSubject } from '../../facts/workload/workload-pod.ts';
import { openingOfControlPlane } from '../../facts/mesh/control-plane-opening.ts';
import { controlPlaneOf, requiredPods } from '../../facts/mesh/control-plane-pods.ts';
import { blockedFlows, matters, type BlockedFlow } from '../../facts/mesh/control-plane-reach.ts';
import {
  becomesMeshed,
  describeWorkload,
  meshConventionOf,
  meshWorkloadOf,
} from '../../facts/workload/mesh-workload.ts';
import { listInWords } from '../../text/list.ts';

/**
 * Policies keep the proxy of a meshed workload from what it can't do without: DNS, its certificate, discovery, and the
 * policies it is to enforce. Without the last the pod is ready and enforces nothing. Told of the workload, and of a
 * change of a policy that takes it away.
 * Source: linkerd2 charts/partials/templates/_proxy.tpl; linkerd2-proxy linkerd/app/inbound/src/policy/store.rs.
 */
export const controlPlaneBlocked = defineRule({
  id: 'mesh/control-plane-blocked',
  title: "Network policies keep a workload's proxy from DNS or from Linkerd's control plane",
  appliesTo: { kinds: ['workload', 'policy'], operations: ['CREATE', 'UPDATE', 'DELETE', 'STATE'] },
  defaultAction: 'warn',
  readsInventory: true,
  targetsChange: true,
  check: (subject, context) => {
    if (context.inventory.gaps.length > 0) return [];
    if (!podTemplateOf(subject.object)) return subject.operation === 'STATE' ? [] : lostBy(subject, context);
    const { convention, inventory } = context;
    const workload = subject.operation === 'DELETE' ? undefined : meshWorkloadOf(subject, context);
    const pod = workload && becomesMeshed(workload) ? podOfSubject(subject, context) : undefined;
    if (!workload || !convention || !pod) return [];
    const blocked = blockedFlows(pod, convention, inventory, identityOfSubject(subject, context));
    if (blocked.length === 0) return [];
    const { object } = subject;
    return [
      {
        ...remarkOn(object.metadata.namespace ?? 'default', blocked),
        pointer: workload.template.pointer,
        message: `its proxy cannot reach ${flowsInWords(blocked)}`,
      },
    ];
  },
});

/** What a change of a policy takes from the proxy of a workload that could reach it before: the first that is found. */
function lostBy(subject: Subject, context: RuleContext): readonly Remark[] {
  const { before, conventions, inventory, point } = context;
  const governed = lookAtGoverned(context);
  const everybody = lookAt(limits.workloadsOfChange, context);
  for (const workload of workloadsAffected(subject, context, governed, everybody)) {
    const { namespace = 'default' } = workload.metadata;
    const identity = namespaceIdentity(namespace, inventory.namespace(namespace));
    const convention = conventions.governing(identity);
    const mesh = meshConventionOf(convention);
    const described = mesh && describeWorkload(workload, mesh, inventory, point);
    if (!convention || !described || !becomesMeshed(described)) continue;
    const pod = podFrom(workload, described.template, described.wanted.labelsAdded);
    const blocked = blockedFlows(pod, convention, inventory);
    const known = blocked.length === 0 ? [] : blockedFlows(pod, convention, before);
    const lost = blocked.filter(({ flow: { id, protocol } }) =>
      known.every(({ flow }) => flow.id !== id || flow.protocol !== protocol),
    );
    if (!matters(lost)) continue;
    const { witness = '', ...finding } = remarkOn(namespace, lost);
    return [
      {
        ...finding,
        pointer: '',
        message: `${changeInWords(subject)} the proxy of ${nameOf(workload)} cannot reach ${flowsInWords(lost)}`,
        witness,
        namespace,
      },
    ];
  }
  const looks = [governed.workloads, governed.namespaces, everybody];
  return unknownBeyond(looks, `whether ${changeInWords(subject)} more proxies cannot reach what they need`);
}

/** Whose way out a policy governs and, where it governs what comes into the control plane, everybody. */
function* workloadsAffected(
  subject: Subject,
  context: RuleContext,
  governed: GovernedLooks,
  everybody: Look,
): Iterable<KubernetesObject> {
  yield* governedWorkloads(subject, context, 'Egress', governed);
  const policies = policiesOf(subject, context).filter(({ types }) => types.includes('Ingress'));
  const { conventions, inventory } = context;
  const planes = policies.length === 0 ? [] : conventions.conventions;
  const isPeer = planes.some((convention) =>
    requiredPods(controlPlaneOf(convention), inventory).some((pod) =>
      policies.some((policy) => selectsWorkload(policy, pod, inventory)),
    ),
  );
  for (const { metadata } of isPeer ? inventory.namespaces() : []) {
    for (const workload of inventory.workloads(metadata.name ?? '')) {
      if (!everybody.more(metadata.name)) return;
      yield workload;
    }
  }
}

function changeInWords({ operation }: Subject): string {
  return { CREATE: 'with it', UPDATE: 'with this change', DELETE: 'without it', STATE: '' }[operation];
}

/** What every finding of the rule says of a pod of a namespace. */
function remarkOn(namespace: string, blocked: readonly BlockedFlow[]): Pick<Remark, 'witness' | 'expected'> {
  const [first] = blocked;
  const step = first?.verdict.trail.at(-1);
  const at =
    first?.side === 'Ingress' ? `at the gate of namespace "${first.flow.peer.namespace ?? ''}" ` : '';
  return {
    witness: [...(step && first ? [at + stepInWords(step, first.side)] : []), ...consequences(blocked)].join(
      '; ',
    ),
    expected: openingOfControlPlane(namespace, blocked),
  };
}

function flowsInWords(blocked: readonly BlockedFlow[]): string {
  const peers = Map.groupBy(blocked, ({ flow }) => flow.peer.description);
  return listInWords([...peers].map(([description, flows]) => `${description} (${portsInWords(flows)})`));
}

/** A need that takes two protocols is told of once, by the first that is missing. */
function consequences(blocked: readonly BlockedFlow[]): readonly string[] {
  const groups = Map.groupBy(blocked, ({ flow }) => flow.id);
  return [...groups.values()].map(
    (flows) => `without ${portsInWords(flows)}: ${flows[0]?.flow.whatBreaks ?? ''}`,
  );
}

/** `UDP and TCP 53`, `8086 and 8090`. */
function portsInWords(blocked: readonly BlockedFlow[]): string {
  const flows = [...new Set(blocked.map(({ flow }) => flow))];
  const [first] = flows;
  if (first?.id === 'E1') return `${flows.map(({ protocol }) => protocol).join(' and ')} ${first.port ?? ''}`;
  return flows.map(({ port }) => port).join(' and ');
}
