import { type Address, printAddress } from '../../kubernetes/net/address.ts';
import { containsAddress, type Net } from '../../kubernetes/net/net.ts';
import type { LabelLookup } from '../selector/evaluate.ts';
import type { NamedPort, PodEndpoint, ServiceEndpoints } from '../state/endpoint.ts';
import { valuesOf } from '../state/layered-map.ts';
import { type NoteKind, noteOf } from '../state/notes.ts';
import type { PolicyWorld } from '../state/policy-world.ts';
import type { LabelParents, WorldParts } from '../state/world-parts.ts';
import { netsLabels, podLabels } from '../state/endpoint-labels.ts';

/** Something with labels at an address: a pod, a network set or a host endpoint. */
export interface Labelled {
  readonly labelOf: LabelLookup;
  readonly ports: readonly NamedPort[];
}

/** Finds what is known of an address. */
export interface FlowIndex {
  /** Pods and sets at an address. */
  readonly labelledAt: (address: Address) => readonly Labelled[];
  /** The endpoint slices of a service that hold an address. */
  readonly slicesAt: (namespace: string, service: string) => readonly ServiceEndpoints[];
}

/** Pods, sets and slices by address; stale with any change but one of policies, tiers and options. */
export const flowIndex: NoteKind<FlowIndex> = {
  name: 'what is at an address',
  restsOn: ({ pods, labelledNets, endpointSlices, namespaces, serviceAccounts }) => [
    pods,
    labelledNets,
    endpointSlices,
    namespaces,
    serviceAccounts,
  ],
  create: createFlowIndex,
};

/** The flow index of a world. */
export function flowIndexOf(world: PolicyWorld): FlowIndex {
  return noteOf(world, flowIndex);
}

function createFlowIndex(world: WorldParts): FlowIndex {
  const { namespaces, serviceAccounts } = world;
  // The index outlives its world, so it must not hold all of it.
  const parents: LabelParents = { namespaces, serviceAccounts };
  const pods = new Map<string, PodEndpoint[]>();
  for (const pod of valuesOf(world.pods)) {
    if (pod.hostNetwork) continue;
    for (const address of pod.addresses) push(pods, printAddress(address), pod);
  }
  const sets: { readonly net: Net; readonly labelled: Labelled }[] = [];
  for (const set of valuesOf(world.labelledNets)) {
    const labelled = { labelOf: netsLabels(world, set), ports: set.ports };
    for (const net of set.nets) sets.push({ net, labelled });
  }
  const slices = new Map<string, ServiceEndpoints[]>();
  for (const slice of valuesOf(world.endpointSlices)) {
    push(slices, `${slice.namespace}/${slice.service}`, slice);
  }
  return {
    labelledAt: (address) => [
      ...(pods.get(printAddress(address)) ?? []).map((pod) => labelledPod(parents, pod)),
      ...sets.filter(({ net }) => containsAddress(net, address)).map(({ labelled }) => labelled),
    ],
    slicesAt: (namespace, service) => slices.get(`${namespace}/${service}`) ?? [],
  };
}

export function labelledPod(world: LabelParents, pod: PodEndpoint): Labelled {
  return { labelOf: podLabels(world, pod), ports: pod.ports };
}

function push<Value>(map: Map<string, Value[]>, key: string, value: Value): void {
  const values = map.get(key);
  if (values) values.push(value);
  else map.set(key, [value]);
}
