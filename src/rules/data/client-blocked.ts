import { stepInWords } from '../../facts/coverage/coverage-in-words.ts';
import type { Remark } from '../../facts/finding.ts';
import { limits, lookAt, unknownBeyond } from '../../facts/limits.ts';
import { nameOf } from '../../facts/object-name.ts';
import { authorizationFor } from '../../facts/mesh/authorization-for.ts';
import { asYaml, ruleFor } from '../../facts/policy/opening-policy.ts';
import { obstacleFor, type Obstacle } from '../../facts/store/client-way.ts';
import { invitedTo, type Invited } from '../../facts/store/invited.ts';
import { storeGateOf, type StoreGate } from '../../facts/store/store-gate.ts';
import { storeInWords } from '../../facts/store/store.ts';
import { podSelectorOf } from '../../facts/workload/own-selector.ts';
import type { Direction } from '../../kubernetes/direction.ts';
import type { KubernetesObject } from '../../kubernetes/object.ts';
import { includesPort, readSkipPorts, skipRoute } from '../../linkerd/index.ts';
import { defineRule } from '../define-rule.ts';

/**
 * A client that a database or broker invites can't connect: its own policies, the policies of the store or the Server
 * before it keep it out. The members of a store that invites itself are clients of one another, on all of its ports.
 * Source: Calico felix/rules/endpoints.go (both ends decide); linkerd2 policy-controller/k8s/index/src/inbound/index.rs.
 */
export const dataClientBlocked = defineRule({
  id: 'data/client-blocked',
  title: 'A client that a database or broker invites cannot connect to it',
  appliesTo: { kinds: ['workload'], operations: ['CREATE', 'UPDATE', 'STATE'] },
  defaultAction: 'warn',
  readsInventory: true,
  check: (subject, context) => {
    const gate = storeGateOf(subject, context);
    if (!gate?.store.clients || context.inventory.gaps.length > 0) return [];
    const look = lookAt(limits.clientsOfStore, context);
    const remarks: Remark[] = [];
    for (const client of invitedTo(gate, context, look)) {
      const remark = remarkOn(gate, client);
      if (remark) remarks.push(remark);
    }
    const { name, ports } = gate.store;
    return remarks.length > 0
      ? remarks
      : unknownBeyond([look], `whether the clients of ${storeInWords(name, ports)} can connect`);
  },
});

/** A client may use one of several ports, so all of them have to be closed. Members meet on others. */
function remarkOn(gate: StoreGate, client: Invited): Remark | undefined {
  const { store } = gate;
  if (!client.isMember) {
    const blocked = store.ports.flatMap((port) => obstacleFor(gate, client, port) ?? []);
    const [first] = blocked;
    return first && blocked.length === store.ports.length
      ? told(gate, client, store.ports, first)
      : undefined;
  }
  const apart = memberPorts(gate).flatMap((port) => {
    const obstacle = obstacleFor(gate, client, port);
    const isMeant = obstacle && (obstacle.half !== 'lock' || clusterPorts.has(port));
    return isMeant ? [{ port, obstacle }] : [];
  });
  const [member] = apart;
  return (
    member &&
    told(
      gate,
      client,
      apart.map(({ port }) => port),
      member.obstacle,
    )
  );
}

/** Ports on which nobody but members of a cluster meet: RabbitMQ, Cassandra, NATS, etcd, ZooKeeper, Redis, Galera. */
const clusterPorts: ReadonlySet<number> = new Set([
  4369, 25672, 7000, 7001, 6222, 2380, 2888, 3888, 16379, 4444, 4567, 4568,
]);

/**
 * The ports on which members meet. Those that only take clients are locked for good reason, unless there are no others.
 * What is skipped by an annotation may be for others alone, such as metrics; what Linkerd skips by itself
 * is not.
 */
function memberPorts({ proxy, store }: StoreGate): readonly number[] {
  if (store.otherPorts.length === 0) return store.ports;
  if (!proxy) return store.otherPorts;
  const usual = readSkipPorts(proxy.profile.skipInboundPorts, skipRoute('inbound', proxy.profile));
  return store.otherPorts.filter((port) => !proxy.skips(port) || includesPort(usual, port));
}

function told(gate: StoreGate, client: Invited, ports: readonly number[], obstacle: Obstacle): Remark {
  const { store } = gate;
  const { account, isMember, namespace, object } = client;
  const who = isMember
    ? `its members (${nameOf(object)})`
    : `${nameOf(object)} (${namespace}/${account}), which is listed as a client,`;
  return {
    pointer: store.template.pointer,
    message: `${who} cannot connect to ${storeInWords(store.name, ports)}`,
    witness: because(gate, client, ports, obstacle),
    expected: remedy(gate, client, ports, obstacle),
  };
}

function because(
  { pod, proxy }: StoreGate,
  { meshed, namespace, account }: Invited,
  ports: readonly number[],
  { dialed, half, step }: Obstacle,
): string {
  const isInbound = proxy?.settings.ports.inbound === dialed;
  const how = isInbound
    ? `both are meshed and connect on port ${dialed}`
    : meshed
      ? `the connection goes past the proxy, on port ${dialed}`
      : `the client has no proxy and connects on port ${dialed}`;
  if (half === 'lock') {
    const servers = ports
      .map((port) => proxy?.access(port).server?.server.name)
      .filter((name) => name !== undefined);
    const by =
      servers.length > 0
        ? `Server "${pod.metadata.namespace ?? ''}/${servers[0]}" lets in no client with the identity of ${namespace}/${account}`
        : `the default inbound policy ${proxy?.access(ports[0] ?? 0).policy ?? ''} lets in nobody like it`;
    return meshed ? by : `the client has no proxy, and ${by}`;
  }
  const denied = step ? stepInWords(step, half === 'egress' ? 'Egress' : 'Ingress') : 'a policy denies';
  return `${how}; the ${half} of ${half === 'egress' ? 'the client' : 'the store'} is denied: ${denied}`;
}

/** The object to add, complete. */
function remedy(
  gate: StoreGate,
  client: Invited,
  ports: readonly number[],
  { dialed, half }: Obstacle,
): string {
  const { pod, proxy } = gate;
  const { account, meshed, namespace } = client;
  if (half === 'lock') {
    const server = proxy?.access(ports[0] ?? 0).server?.server.name;
    return meshed && server !== undefined
      ? `this policy beside the others\n${asYaml(authorizationFor({ namespace: pod.metadata.namespace ?? 'default', name: server }, { namespace, name: account }))}`
      : 'the client in the mesh (linkerd.io/inject: enabled on its namespace or pod template)';
  }
  const skips = (port: number) => proxy?.skips(port) === true;
  const opened = meshed && proxy && !ports.every(skips) ? [dialed, ...ports.filter(skips)] : ports;
  const direction = half === 'egress' ? 'Egress' : 'Ingress';
  return [
    ...(meshed ? [] : ['the client in the mesh, or without encryption']),
    'this policy beside the others',
    asYaml(openingFor(gate, client, direction, opened)),
  ].join('\n');
}

/** What opens the end that is closed, for the pods there and of the pods at the other end. */
function openingFor(
  { pod, store }: StoreGate,
  { namespace, object }: Invited,
  direction: Direction,
  ports: readonly number[],
): KubernetesObject {
  const isEgress = direction === 'Egress';
  const ofStore = { namespace: pod.metadata.namespace ?? 'default', selector: podSelectorOf(store.object) };
  const ofClient = { namespace, selector: podSelectorOf(object) };
  const [own, peer] = isEgress ? [ofClient, ofStore] : [ofStore, ofClient];
  const between = `${store.object.metadata.name ?? 'store'}-${isEgress ? 'from' : 'for'}-${object.metadata.name ?? 'client'}`;
  return {
    apiVersion: 'projectcalico.org/v3',
    kind: 'NetworkPolicy',
    metadata: { name: between, namespace: own.namespace },
    spec: {
      selector: own.selector,
      types: [direction],
      [direction.toLowerCase()]: [ruleFor(direction, { protocol: 'TCP', peer, ports })],
    },
  };
}
