import { judgeSupposedFlow, type PolicyWorld, type SupposedVerdict } from '../../calico/index.ts';
import { isRecord, referenceOf, type KubernetesObject } from '../../kubernetes/object.ts';
import {
  controlPlaneFlows,
  type FlowPeer,
  type LinkerdProfile,
  type ProxyFlow,
} from '../../linkerd/index.ts';
import { stepInWords } from '../gate/words.ts';
import { nameOf } from '../object-name.ts';
import { oncePerWorld } from '../once.ts';
import { asYaml, openingPolicy, type Denied } from '../opening-policy.ts';
import type { Finding, Rule, RuleContext } from '../rule.ts';
import { podOfSubject } from '../workload-pod.ts';
import { requiredPod, sketchOf, type RequiredPod } from './control-plane-pods.ts';
import { becomesMeshed, meshWorkloadOf } from './mesh-workload.ts';

/**
 * The policies of a meshed workload keep its proxy from what it can't do without: DNS, its certificate, discovery, and
 * the policies it is to enforce. Without the last the pod is ready and enforces nothing.
 * Source: linkerd2 charts/partials/templates/_proxy.tpl; linkerd2-proxy linkerd/app/inbound/src/policy/store.rs.
 */
export const controlPlaneBlocked: Rule = {
  id: 'mesh/control-plane-blocked',
  title: "Network policies keep a workload's proxy from DNS or from Linkerd's control plane",
  appliesTo: { kinds: ['workload'], operations: ['CREATE', 'UPDATE', 'STATE'] },
  defaultAction: 'warn',
  readsInventory: true,
  check: (subject, context) => {
    const workload = meshWorkloadOf(subject, context);
    if (!workload || !becomesMeshed(workload) || context.inventory.gaps.length > 0) return [];
    const pod = podOfSubject(subject, context);
    if (!pod) return [];
    const { linkerd } = workload.mesh;
    if (isFree(context.inventory.policyWorld, { pod, linkerd })) return [];
    const blocked = blockedFlows(pod, controlPlaneFlows(linkerd), context);
    return blocked.length === 0 ? [] : [findingFor(subject.object, workload.template.pointer, blocked)];
  },
};

/** Whether every flow is let through to pods that have nothing but the labels of their charts, as it nearly always is. */
const isFree = oncePerWorld(
  ({ pod, linkerd }: { readonly pod: KubernetesObject; readonly linkerd: LinkerdProfile }) => {
    const { labels, namespace } = pod.metadata;
    const { serviceAccount, serviceAccountName } = isRecord(pod.spec) ? pod.spec : {};
    return JSON.stringify([linkerd.namespace, namespace, serviceAccountName, serviceAccount, labels]);
  },
  (world, { pod, linkerd }) =>
    controlPlaneFlows(linkerd).every((flow) => {
      const { verdict } = judgeFlow(world, pod, flow, { pod: sketchOf(flow.peer), exists: false });
      return verdict === 'allow';
    }),
);

interface Blocked {
  readonly flow: ProxyFlow;
  readonly verdict: SupposedVerdict;
}

function blockedFlows(
  pod: KubernetesObject,
  flows: readonly ProxyFlow[],
  { inventory }: RuleContext,
): readonly Blocked[] {
  const blocked = flows
    .map((flow) => ({
      flow,
      verdict: judgeFlow(inventory.policyWorld, pod, flow, requiredPod(flow.peer, inventory)),
    }))
    .filter(({ verdict }) => verdict.verdict === 'deny');
  // A name server that answers over UDP is asked over TCP for long answers alone.
  return blocked.some(({ flow }) => flow.protocol === 'UDP' || flow.id !== 'E1') ? blocked : [];
}

function judgeFlow(
  world: PolicyWorld,
  pod: KubernetesObject,
  { port = 0, protocol }: ProxyFlow,
  peer: RequiredPod,
): SupposedVerdict {
  return judgeSupposedFlow(world, {
    pod,
    direction: 'Egress',
    peer: { pod: peer.pod },
    peerKnown: peer.exists ? 'template' : 'labels',
    protocol,
    port,
  });
}

function findingFor(object: KubernetesObject, pointer: string, blocked: readonly Blocked[]): Finding {
  const peers = [...Map.groupBy(blocked, ({ flow }) => flow.peer.description)].map(
    ([description, flows]) => `${description} (${portsInWords(flows)})`,
  );
  const step = blocked[0]?.verdict.trail.at(-1);
  return {
    rule: 'mesh/control-plane-blocked',
    object: referenceOf(object),
    pointer,
    message: `${nameOf(object)}: its proxy cannot reach ${listInWords(peers)}`,
    witness: [...(step ? [stepInWords(step, 'Egress')] : []), ...consequences(blocked)].join('; '),
    expected: expectedFor(object.metadata.namespace ?? 'default', blocked),
  };
}

/** A need that takes two protocols is told of once, by the first that is missing. */
function consequences(blocked: readonly Blocked[]): readonly string[] {
  const groups = Map.groupBy(blocked, ({ flow }) => flow.id);
  return [...groups.values()].map(
    (flows) => `without ${portsInWords(flows)}: ${flows[0]?.flow.whatBreaks ?? ''}`,
  );
}

function expectedFor(namespace: string, blocked: readonly Blocked[]): string {
  const denied = blocked.map(
    ({ flow, verdict }): Denied => ({
      verdict,
      protocol: flow.protocol,
      port: flow.port ?? 0,
      peer: { namespace: flow.peer.namespace ?? '', selector: selectorOf(flow.peer) },
    }),
  );
  const policy = openingPolicy('allow-linkerd-control-plane', namespace, 'Egress', denied);
  return policy
    ? `this policy beside the others\n${asYaml(policy)}`
    : `a rule that allows egress to ${listInWords(denied.map(({ peer, port }) => `port ${port} of ${peer.selector} in ${peer.namespace}`))}, before the one that denies it`;
}

function selectorOf({ podLabels = {} }: FlowPeer): string {
  return Object.entries(podLabels)
    .map(([key, value]) => `${key} == "${value}"`)
    .join(' && ');
}

/** `UDP and TCP 53`, `8086 and 8090`. */
function portsInWords(flows: readonly Blocked[]): string {
  const [first] = flows;
  if (first?.flow.id === 'E1')
    return `${flows.map(({ flow }) => flow.protocol).join(' and ')} ${first.flow.port ?? ''}`;
  return flows.map(({ flow }) => flow.port).join(' and ');
}

function listInWords(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1) ?? ''}`;
}
