import { atLeast } from '../../linkerd/index.ts';
import { nameOf } from '../../facts/object-name.ts';
import { defineRule } from '../define-rule.ts';
import { namespacedPolicies, portRulesOf } from '../../facts/mesh/port-rules.ts';

/**
 * A rule opens ports of applications between meshed workloads and has no effect, since their proxies connect on the
 * inbound port of the proxy, which another rule opens. Whoever relies on its port numbers relies on nothing.
 * Source: linkerd2 controller/api/destination/endpoint_translator.go, since 2.18; linkerd2 issue 15246.
 */
export const deadPortRule = defineRule({
  id: 'mesh/dead-port-rule',
  title: 'A rule opens ports between meshed workloads that they do not use, so it has no effect',
  appliesTo: { kinds: namespacedPolicies, operations: ['CREATE', 'UPDATE', 'STATE'] },
  defaultAction: 'warn',
  readsInventory: true,
  check: (subject, context) =>
    portRulesOf(subject, context).rules.flatMap(({ direction, index, open }) => {
      if (!open) return [];
      const { dialed, own, peer, port } = open;
      const side = direction === 'Ingress' ? 'ingress' : 'egress';
      const since = atLeast(own.mesh.linkerd.version, '2.18') ? 'since Linkerd 2.18' : 'for opaque ports';
      const [client, server] = direction === 'Ingress' ? [peer, own] : [own, peer];
      return [
        {
          pointer: `/spec/${side}/${index}`,
          message: `its ${side} rule ${index + 1} has no effect, meshed workloads connect on port ${dialed} and not on port ${port}`,
          witness: `${nameOf(client.object)} and ${nameOf(server.object)} are meshed, their proxies use port ${dialed} ${since}, and another rule opens that for them`,
          expected: `no such rule; a Server for port ${port} and an AuthorizationPolicy say who may use it`,
        },
      ];
    }),
});
