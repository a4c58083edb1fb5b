import { evaluateFlow, type TrailStep } from '../../calico/index.ts';
import { clientAdmission } from '../../linkerd/index.ts';
import type { Invited } from './invited.ts';
import type { StoreGate } from './store-gate.ts';

/** What keeps an invited client from a port of a store. */
export interface Obstacle {
  readonly half: 'egress' | 'ingress' | 'lock';
  /** The port that the client connects on. */
  readonly dialed: number;
  /** What denies, of network policies. */
  readonly step?: TrailStep;
}

/**
 * What keeps an invited client out: its own policies, those of the store, or the Server; undefined where nothing is known
 * to. A rule that opens the port itself where both sides are meshed is told of by mesh/proxy-port-blocked.
 */
export function obstacleFor(gate: StoreGate, client: Invited, port: number): Obstacle | undefined {
  const { pod, proxy, world } = gate;
  const isProxied = client.meshed && proxy !== undefined && !proxy.skips(port) && !client.skips(port);
  const dialed = isProxied ? proxy.dialed(port) : port;
  const halves = (destinationPort: number) =>
    evaluateFlow(world, {
      source: { pod: client.pod },
      destination: { pod },
      protocol: 'TCP',
      destinationPort,
    });
  const flow = halves(dialed);
  const direct = dialed === port ? undefined : halves(port);
  for (const half of ['egress', 'ingress'] as const) {
    if (flow[half]?.verdict !== 'deny') continue;
    if (direct && direct[half]?.verdict !== 'deny') return undefined;
    const step = flow[half].trail.at(-1);
    return { half, dialed, ...(step ? { step } : {}) };
  }
  return proxy && !proxy.skips(port) && isLockedOut(gate, client, port)
    ? { half: 'lock', dialed }
    : undefined;
}

/** Whether no grant can be the client's; one for a route, or for some networks, may be. */
function isLockedOut({ proxy }: StoreGate, client: Invited, port: number): boolean {
  if (!proxy) return false;
  const { account: name, namespace } = client;
  const account = client.meshed && !client.skips(port) ? { account: { namespace, name } } : {};
  return clientAdmission(proxy.access(port), account, proxy.profile).admits === 'none';
}
