import type { FlowPeer } from '../../linkerd/index.ts';
import { listInWords } from '../../text/list.ts';
import { plural } from '../../text/plural.ts';
import { asYaml, openingPolicy, type Denied } from '../policy/opening-policy.ts';
import type { BlockedFlow } from './control-plane-reach.ts';

/**
 * What opens what a proxy needs: a policy for the way out, and one for each namespace that lets nobody in. Policies with
 * other rules have other names, so that those which several findings print can stand beside each other.
 *
 * @param namespace of the pod
 * @param blocked what it cannot reach
 * @returns words, and behind them the policies as YAML
 */
export function openingOfControlPlane(namespace: string, blocked: readonly BlockedFlow[]): string {
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
        nameFor(namespace, side, flows),
        at,
        side,
        flows.map((flow) => deniedOf(flow, namespace)),
      ) ?? [],
  );
  if (policies.length === gates.length)
    return `${plural(policies.length, 'this policy', 'these policies')} beside the others\n${policies.map(asYaml).join('\n---\n')}`;
  return `a rule that allows egress to ${listInWords(blocked.map(({ flow }) => `port ${flow.port ?? 0} of ${selectorOf(flow.peer)} in ${flow.peer.namespace ?? ''}`))}, before the one that denies it`;
}

function deniedOf({ flow, nets, side, verdict }: BlockedFlow, namespace: string): Denied {
  const peer =
    side === 'Ingress'
      ? { namespace, selector: '' }
      : { namespace: flow.peer.namespace ?? '', selector: selectorOf(flow.peer), ...(nets ? { nets } : {}) };
  return { verdict, protocol: flow.protocol, port: nets ? 53 : (flow.port ?? 0), peer };
}

function selectorOf({ podLabels = {} }: FlowPeer): string {
  return Object.entries(podLabels)
    .map(([key, value]) => `${key} == "${value}"`)
    .join(' && ');
}

/** By what is opened, for whom, and at which end. */
function nameFor(namespace: string, side: BlockedFlow['side'], flows: readonly BlockedFlow[]): string {
  const decider = flows[0]?.verdict.decidedBy;
  const { selector = '', serviceAccountSelector = '' } = decider?.written ?? {};
  const isOfAll = ['', 'all()'].includes(selector.trim()) && serviceAccountSelector === '';
  const of = decider && !isOfAll ? `-beside-${decider.name.split('.').at(-1) ?? decider.name}` : '';
  if (side === 'Ingress') return `allow-linkerd-proxies-of-${namespace}${of}`;
  const opened = [...needs]
    .filter(([id]) => flows.some(({ flow }) => flow.id === id))
    .map(([, need]) => need);
  const what = opened.length === needs.size ? 'linkerd-control-plane' : opened.join('-');
  return `allow-${what}${of}`;
}

/** What flows of a proxy to the control plane are for, in names. */
const needs: ReadonlyMap<string, string> = new Map([
  ['E1', 'dns'],
  ['E2', 'linkerd-identity'],
  ['E3', 'linkerd-destination'],
  ['E4', 'linkerd-policy'],
]);
