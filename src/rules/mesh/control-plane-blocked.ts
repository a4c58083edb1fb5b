import { namespaceIdentity } from '../../kubernetes/namespace.ts';
import { referenceOf, type KubernetesObject } from '../../kubernetes/object.ts';
import { podTemplateOf } from '../../kubernetes/pod-template.ts';
import type { FlowPeer } from '../../linkerd/index.ts';
import { stepInWords } from '../../facts/coverage/coverage-in-words.ts';
import { nameOf } from '../../facts/object-name.ts';
import { asYaml, openingPolicy, type Denied } from '../../facts/policy/opening-policy.ts';
import { governedWorkloads, policiesOf, selectsWorkload } from '../../facts/policy/governed-workloads.ts';
import type { Finding } from '../../facts/finding.ts';
import type { Rule } from '../rule.ts';
import type { RuleContext, Subject } from '../../facts/subject.ts';
import { identityOfSubject, podFrom, podOfSubject } from '../../facts/workload/workload-pod.ts';
import { controlPlaneOf, requiredPods } from '../../facts/mesh/control-plane-pods.ts';
import { blockedFlows, matters, type BlockedFlow } from '../../facts/mesh/control-plane-reach.ts';
import {
  becomesMeshed,
  describeWorkload,
  meshConventionOf,
  meshWorkloadOf,
} from '../../facts/workload/mesh-workload.ts';
import { listInWords } from '../../text/list.ts';
import { plural } from '../../text/plural.ts';

/**
 * Policies keep the proxy of a meshed workload from what it can't do without: DNS, its certificate, discovery, and the
 * policies it is to enforce. Without the last the pod is ready and enforces nothing. Told of the workload, and of a
 * change of a policy that takes it away.
 * Source: linkerd2 charts/partials/templates/_proxy.tpl; linkerd2-proxy linkerd/app/inbound/src/policy/store.rs.
 */
export const controlPlaneBlocked: Rule = {
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
        ...findingFor(object.metadata.namespace ?? 'default', blocked),
        object: referenceOf(object),
        pointer: workload.template.pointer,
        message: `${nameOf(object)}: its proxy cannot reach ${flowsInWords(blocked)}`,
      },
    ];
  },
};

/** What a change of a policy takes from the proxy of a workload that could reach it before: the first that is found. */
function lostBy(subject: Subject, context: RuleContext): Finding[] {
  const { before, conventions, inventory, point } = context;
  for (const workload of workloadsAffected(subject, context)) {
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
    const { witness = '', ...finding } = findingFor(namespace, lost);
    return [
      {
        ...finding,
        object: referenceOf(subject.object),
        pointer: '',
        message: `${nameOf(subject.object)}: ${changeInWords(subject)} the proxy of ${nameOf(workload)} cannot reach ${flowsInWords(lost)}`,
        witness,
        namespace,
      },
    ];
  }
  return [];
}

/** Whose way out a policy governs and, where it governs what comes into the control plane, everybody. */
function* workloadsAffected(subject: Subject, context: RuleContext): Iterable<KubernetesObject> {
  yield* governedWorkloads(subject, context, 'Egress');
  const policies = policiesOf(subject, context).filter(({ types }) => types.includes('Ingress'));
  const { conventions, inventory } = context;
  const planes = policies.length === 0 ? [] : conventions.conventions;
  const isPeer = planes.some((convention) =>
    requiredPods(controlPlaneOf(convention), inventory).some((pod) =>
      policies.some((policy) => selectsWorkload(policy, pod, inventory)),
    ),
  );
  let left = isPeer ? maximumWorkloads : 0;
  for (const { metadata } of left === 0 ? [] : inventory.namespaces()) {
    for (const workload of inventory.workloads(metadata.name ?? '')) {
      if (left-- === 0) return;
      yield workload;
    }
  }
}

/** Workloads that are asked whether they still reach a control plane with another gate. */
const maximumWorkloads = 40;

function changeInWords({ operation }: Subject): string {
  return { CREATE: 'with it', UPDATE: 'with this change', DELETE: 'without it', STATE: '' }[operation];
}

/** What every finding of the rule says of a pod of a namespace. */
function findingFor(
  namespace: string,
  blocked: readonly BlockedFlow[],
): Pick<Finding, 'rule' | 'witness' | 'expected'> {
  const [first] = blocked;
  const step = first?.verdict.trail.at(-1);
  const at =
    first?.side === 'Ingress' ? `at the gate of namespace "${first.flow.peer.namespace ?? ''}" ` : '';
  return {
    rule: 'mesh/control-plane-blocked',
    witness: [...(step && first ? [at + stepInWords(step, first.side)] : []), ...consequences(blocked)].join(
      '; ',
    ),
    expected: expectedFor(namespace, blocked),
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

/** A policy for the way out, and one for each namespace that lets nobody in. */
function expectedFor(namespace: string, blocked: readonly BlockedFlow[]): string {
  const [out, ...others] = [
    { at: namespace, side: 'Egress' as const, flows: blocked.filter(({ side }) => side === 'Egress') },
    ...[...Map.groupBy(blocked, ({ flow }) => flow.peer.namespace ?? '')].map(([at, flows]) => ({
      at,
      side: 'Ingress' as const,
      flows: flows.filter(({ side }) => side === 'Ingress'),
    })),
  ];
  const gates = [out, ...others].filter(({ flows }) => flows.length > 0);
  const policies = gates.flatMap(
    ({ at, flows, side }) =>
      openingPolicy(
        side === 'Egress' ? 'allow-linkerd-control-plane' : 'allow-linkerd-proxies',
        at,
        side,
        flows.map((flow) => deniedOf(flow, namespace)),
      ) ?? [],
  );
  if (policies.length === gates.length)
    return `${plural(policies.length, 'this policy', 'these policies')} beside the others\n${policies.map(asYaml).join('\n---\n')}`;
  return `a rule that allows egress to ${listInWords(blocked.map(({ flow }) => `port ${flow.port ?? 0} of ${selectorOf(flow.peer)} in ${flow.peer.namespace ?? ''}`))}, before the one that denies it`;
}

function deniedOf({ flow, side, verdict }: BlockedFlow, namespace: string): Denied {
  const peer =
    side === 'Ingress'
      ? { namespace, selector: '' }
      : { namespace: flow.peer.namespace ?? '', selector: selectorOf(flow.peer) };
  return { verdict, protocol: flow.protocol, port: flow.port ?? 0, peer };
}

function selectorOf({ podLabels = {} }: FlowPeer): string {
  return Object.entries(podLabels)
    .map(([key, value]) => `${key} == "${value}"`)
    .join(' && ');
}

/** `UDP and TCP 53`, `8086 and 8090`. */
function portsInWords(blocked: readonly BlockedFlow[]): string {
  const flows = [...new Set(blocked.map(({ flow }) => flow))];
  const [first] = flows;
  if (first?.id === 'E1') return `${flows.map(({ protocol }) => protocol).join(' and ')} ${first.port ?? ''}`;
  return flows.map(({ port }) => port).join(' and ');
}
