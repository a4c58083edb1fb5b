import { endOfTier, type Direction, type SupposedVerdict } from '../../calico/index.ts';
import { valueAt } from '../../kubernetes/json-pointer.ts';
import type { KubernetesObject } from '../../kubernetes/object.ts';
import { stepInWords } from '../../facts/coverage/coverage-in-words.ts';
import { nameOf } from '../../facts/object-name.ts';
import { asYaml, openingPolicy } from '../../facts/policy/opening-policy.ts';
import type { Edit, Remark } from '../../facts/finding.ts';
import { unknownBeyond } from '../../facts/limits.ts';
import { defineRule } from '../define-rule.ts';
import { podSelectorOf } from '../../facts/workload/own-selector.ts';
import {
  namespacedPolicies,
  portRulesOf,
  type MeantConnection,
  type PortRule,
} from '../../facts/mesh/port-rules.ts';
import { type RuleField } from '../../kubernetes/direction.ts';

/**
 * A rule opens a port of an application between meshed workloads, whose proxies connect on the inbound port of the
 * proxy instead, and that is denied.
 * Source: linkerd2 controller/api/destination/endpoint_translator.go; linkerd2 issues 12382 and 15246.
 */
export const proxyPortBlocked = defineRule({
  id: 'mesh/proxy-port-blocked',
  title: 'A rule opens a port between meshed workloads, and the port of the proxy that they use is denied',
  appliesTo: { kinds: namespacedPolicies, operations: ['CREATE', 'UPDATE', 'STATE'] },
  defaultAction: 'warn',
  readsInventory: true,
  check: (subject, context) => {
    const { looks, rules } = portRulesOf(subject, context);
    return [
      ...rules.flatMap((rule) => (rule.blocked ? [remarkOn(subject.object, rule, rule.blocked)] : [])),
      ...unknownBeyond(looks, 'whether its rules let the proxies of meshed workloads connect'),
    ];
  },
});

function remarkOn(
  object: KubernetesObject,
  { dialed: dialedPorts, direction, index, policy }: PortRule,
  blocked: MeantConnection,
): Remark {
  const { dialed, own, peer, port, verdict } = blocked;
  const [client, server] = direction === 'Ingress' ? [peer, own] : [own, peer];
  const side = direction === 'Ingress' ? 'ingress' : 'egress';
  const step = verdict.trail.at(-1);
  const edit = isMended(verdict, policy.tier) ? portsEdit(object, side, index, dialedPorts) : undefined;
  return {
    pointer: `/spec/${side}/${index}`,
    message: `its ${side} rule ${index + 1} lets ${nameOf(client.object)} connect to port ${port} of ${nameOf(server.object)}, but both are meshed and connect on port ${dialed}, which is denied`,
    ...(step ? { witness: stepInWords(step, direction) } : {}),
    expected: edit
      ? `ports: ${JSON.stringify(edit.value)}, and a Server with an AuthorizationPolicy, since port ${dialed} stands for every port of the pods`
      : expectedBefore(object, direction, blocked),
    ...(edit ? { fix: [edit] } : {}),
  };
}

/** Where a rule of its own does not help: a policy for the pods that another one closes, if one is enough. */
function expectedBefore(
  { metadata }: KubernetesObject,
  direction: Direction,
  { dialed, own, peer, verdict }: MeantConnection,
): string {
  const { name = '', namespace = 'default' } = metadata;
  const selector = podSelectorOf(peer.object);
  const denied = {
    verdict,
    protocol: 'TCP' as const,
    port: dialed,
    peer: { namespace: peer.namespace.name, selector },
  };
  const policy = openingPolicy(`${name}-proxies`, namespace, direction, [denied]);
  return policy && own.namespace.name === namespace
    ? `this policy beside the others, and a Server with an AuthorizationPolicy, since port ${dialed} stands for every port of the pods\n${asYaml(policy)}`
    : `a rule that allows port ${dialed}, before the one that denies it`;
}

/** Whether one port more in the rule itself is enough: where nothing but the end of its own tier denies. */
function isMended({ trail }: SupposedVerdict, tier: string): boolean {
  const step = trail.at(-1);
  return step?.rule === endOfTier && step.tier === tier;
}

/** The ports of a rule and some more, in the terms of the policy's API. */
function portsEdit(
  object: KubernetesObject,
  side: RuleField,
  index: number,
  more: readonly number[],
): Extract<Edit, { readonly value: unknown }> | undefined {
  const isKubernetes = object.apiVersion.startsWith('networking.k8s.io/');
  const pointer = `/spec/${side}/${index}${isKubernetes ? '' : '/destination'}/ports`;
  const ports = valueAt(object, pointer);
  if (!Array.isArray(ports)) return undefined;
  const added = isKubernetes ? more.map((port) => ({ protocol: 'TCP', port })) : more;
  return { pointer, value: [...(ports as readonly unknown[]), ...added] };
}
