import { type NumberSet, numberSet } from '../../kubernetes/net/number-set.ts';
import { inboundProxyOf, portsSkippedOut, type InboundProxy } from '../../facts/mesh/inbound-proxy.ts';
import { meshPoliciesOf } from '../../facts/mesh/mesh-policies.ts';
import type { InboundAccess, MeshPolicySet } from '../../linkerd/index.ts';
import type { PodFound } from '../flow/flow-end.ts';
import type { QuestionContext } from '../question-context.ts';

/** The proxies of pods, as all connections meet them. */
export interface MeshDoor {
  /** Ports of others at which the pods go past their own proxy. */
  readonly skippedOut: NumberSet;
  /** Their own ports in parts for which the proxy does the same; empty where no proxy is in front of them. */
  readonly parts: readonly DoorPart[];
  readonly profile?: InboundProxy['profile'];
  /** Equal for pods whose proxies do the same. */
  readonly key: string;
}

/** Ports for which a proxy does the same. */
export interface DoorPart {
  readonly ports: NumberSet;
  /** Traffic goes past the proxy. */
  readonly isSkipped: boolean;
  /** The port that meshed clients dial instead; absent where it is the port itself. */
  readonly dialed?: number;
  readonly access: InboundAccess;
}

/** Creates the reading of doors; the policies of a namespace are read once. */
export function createDoors({ inventory }: QuestionContext): (pods: PodFound) => MeshDoor {
  const policies = new Map<string, MeshPolicySet>();
  const policiesOf = (namespace: string) => {
    const known = policies.get(namespace) ?? meshPoliciesOf(namespace, inventory);
    policies.set(namespace, known);
    return known;
  };
  return (pods) => doorOf(pods, policiesOf);
}

function doorOf(
  { mesh, namespace, workload }: PodFound,
  policiesOf: (namespace: string) => MeshPolicySet,
): MeshDoor {
  if (mesh !== 'in' || !workload)
    return { skippedOut: [], parts: [], key: mesh === 'in' ? 'not known how' : mesh };
  const proxy = inboundProxyOf(workload, () => policiesOf(namespace));
  const skippedOut = numberSet(portsSkippedOut(workload).ranges.map(({ lower, upper }) => [lower, upper]));
  const found = new Map<string, DoorPart>();
  for (const [first, last] of stretchesOf(proxy)) {
    const access = proxy.access(first);
    const isSkipped = proxy.skips(first);
    const dialed = proxy.dialed(first);
    const ownPort = dialed === first;
    const key = JSON.stringify([
      isSkipped,
      ownPort ? '' : dialed,
      { ...access, port: 0, server: nameOf(access) },
    ]);
    const known = found.get(key);
    found.set(key, {
      ports: [...(known?.ports ?? []), [first, last]],
      isSkipped,
      ...(ownPort ? {} : { dialed }),
      access,
    });
  }
  const parts = [...found].map(([key, part]) => [key, part.ports] as const);
  const key = JSON.stringify([skippedOut, parts]);
  return { skippedOut, parts: [...found.values()], profile: proxy.profile, key };
}

function nameOf({ server }: InboundAccess): string {
  return server ? `${server.server.namespace}/${server.server.name}` : '';
}

/** All ports, cut wherever the proxy tells them apart. */
function stretchesOf(proxy: InboundProxy): readonly (readonly [number, number])[] {
  const begins = new Set([1]);
  for (const { lower, upper } of proxy.toldApart())
    for (const port of [lower, upper + 1]) if (port > 1 && port <= 65_535) begins.add(port);
  const sorted = [...begins].sort((one, other) => one - other);
  return sorted.map((first, index) => [first, (sorted[index + 1] ?? 65_536) - 1]);
}
