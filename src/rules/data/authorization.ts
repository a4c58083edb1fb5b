import { admitsAnyIdentity, meshesByInboundPort, type InboundAccess } from '../../linkerd/index.ts';
import { isWhole } from '../../facts/mesh/mesh-policies.ts';
import { isRestricted, opennessOf } from '../../facts/mesh/proxy-port-open.ts';
import type { Remark } from '../../facts/finding.ts';
import { defineRule } from '../define-rule.ts';
import { identityOfSubject } from '../../facts/workload/workload-pod.ts';
import type { InboundProxy } from '../../facts/mesh/inbound-proxy.ts';
import { storeGateOf, type StoreGate } from '../../facts/store/store-gate.ts';
import { limits } from '../../facts/limits.ts';
import { lockFor } from '../../facts/store/store-lock.ts';
import { storeInWords } from '../../facts/store/store.ts';

/**
 * Policies let meshed peers to the proxy of a database or broker, and no Server and AuthorizationPolicy says which of
 * them may use it. On the proxy's port a network policy can't tell one port of the pod from another.
 * Source: linkerd2 controller/api/destination/endpoint_translator.go; linkerd2 issue 15246.
 */
export const dataAuthorization = defineRule({
  id: 'data/authorization',
  title:
    'The port of the proxy is open, and no authorization of Linkerd says who may use the store behind it',
  appliesTo: { kinds: ['workload'], operations: ['CREATE', 'UPDATE', 'STATE'] },
  defaultAction: 'warn',
  readsInventory: true,
  check: (subject, context) => {
    const gate = storeGateOf(subject, context);
    const proxy = gate?.proxy;
    if (!proxy || !isWhole(context.inventory) || !meshesByInboundPort(proxy.profile)) return [];
    const { inbound } = proxy.settings.ports;
    if (
      opennessOf(gate.world, {
        pod: gate.pod,
        identity: identityOfSubject(subject, context),
        port: inbound,
      }) === 'closed'
    )
      return [];
    const loose = gate.store.ports
      .filter((port) => !proxy.skips(port))
      .map((port) => proxy.access(port))
      .filter((access) => !isRestricted(access));
    return remarksOn(gate, proxy, loose);
  },
});

function remarksOn({ store }: StoreGate, proxy: InboundProxy, loose: readonly InboundAccess[]): Remark[] {
  const [first] = loose;
  if (!first) return [];
  const { name, template } = store;
  const ports = loose.map(({ port }) => port);
  const { inbound } = proxy.settings.ports;
  return [
    {
      pointer: template.pointer,
      message: `every meshed pod that reaches port ${inbound} may use ${storeInWords(name, ports)}`,
      witness: reasonOf(first),
      expected: isLockable(store, loose)
        ? `these objects\n${lockFor(store, store.clients ?? [], ports.slice(0, limits.portsNamed.most))}`
        : `a Server with port: ${first.port}, proxyProtocol: opaque, and an AuthorizationPolicy that names the service accounts of its clients`,
    },
  ];
}

/** Where its clients are known and no Server stands there already, which would have to be changed. */
function isLockable({ clients = [] }: StoreGate['store'], loose: readonly InboundAccess[]): boolean {
  return (
    clients.length > 0 &&
    clients.length <= limits.clientsAdmitted.most &&
    loose.every(({ server }) => !server)
  );
}

function reasonOf({ grants, policy, port, server }: InboundAccess): string {
  if (!server) return `no Server selects port ${port}, so the default inbound policy ${policy} decides`;
  const name = `Server "${server.server.namespace}/${server.server.name}"`;
  const grant = grants.find(({ clients, route }) => route === undefined && admitsAnyIdentity(clients));
  if (!grant) return `${name} does not tell its clients apart`;
  const { by } = grant;
  return 'policy' in by
    ? `${name} has accessPolicy: ${by.policy}`
    : `${by.kind} "${by.namespace}/${by.name}" lets every identity to ${name}`;
}
