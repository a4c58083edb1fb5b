import type { StringMap } from '../../../kubernetes/object.ts';
import { netsLabels } from '../../state/endpoint-labels.ts';
import type { Address, Family as FamilyNumber } from '../../../kubernetes/net/address.ts';
import { containsAddress, type Net, overlaps, readNet } from '../../../kubernetes/net/net.ts';
import { holdTogether } from '../../../kubernetes/net/ranges.ts';
import type { Selector } from '../../selector/ast.ts';
import { evaluateSelector, type LabelLookup } from '../../selector/evaluate.ts';
import type { LabelledNets } from '../../state/endpoint.ts';
import { entriesOf, valueAt } from '../../state/layered-map.ts';
import type { PolicyWorld } from '../../state/policy-world.ts';
import { rememberByOwner } from '../../../memo/by-owner.ts';
import { type NoteKind, noteOf } from '../../state/notes.ts';
import type { WorldParts } from '../../state/world-parts.ts';
import { type NetCriterion, netCriterion, wideShare } from './other-end.ts';
import { signatureIn } from './signature.ts';

/** The network sets of a world, as far as coverage hangs on them. */
export interface NetworkSets {
  /** Equal for worlds whose large sets are the same; empty where there are none. */
  readonly largeSignature: string;
  /** Equal for worlds whose sets are all the same. */
  readonly signature: () => string;
  /** The sets of a namespace; only the policies of that namespace find them by labels alone. */
  readonly inNamespace: (namespace: string) => readonly FoundSet[];
  /** The set at a key of the world. */
  readonly at: (key: string) => FoundSet | undefined;
  /** The names of the large sets that a selector finds and that hold an address. */
  readonly holding: (selector: Selector, address: Address) => readonly SetName[];
  /** The blocks of the large sets that a selector finds; undefined where there are none of the family. */
  readonly largeOf: (selector: Selector, family: FamilyNumber) => NetCriterion | undefined;
  /** The blocks of each set that a selector finds; `everywhere` where no address lies outside of all of them. */
  readonly allOf: (selector: Selector, family: FamilyNumber) => readonly (readonly Net[])[] | 'everywhere';
}

/**
 * The share of a family's addresses from which on a set counts for the other end of a connection: it would take
 * thousands of smaller ones to leave no address that lies in none. One that may hold all pods counts as well.
 */
const largeShare = 2 ** -12;

/**
 * The share of a family's addresses from which on the small sets of a cluster count as well: a script makes thousands of
 * them as easily as one. Together they then weigh half of what makes an open door.
 */
const manyShare = wideShare / 2;

/** A network set with its labels as selectors see them. */
export interface FoundSet extends LabelledNets {
  readonly name: string;
  readonly labelOf: LabelLookup;
  readonly namespaceLabels: StringMap | undefined;
  /** Whether it counts for the other end of a connection. */
  readonly isLarge: boolean;
}

/** A NetworkSet, or without a namespace a GlobalNetworkSet. */
export interface SetName {
  readonly namespace?: string;
  readonly name: string;
}

/** The network sets with the labels of their namespaces, which make them stale. */
export const networkSets: NoteKind<NetworkSets | undefined> = {
  name: 'network sets',
  restsOn: ({ labelledNets, namespaces }) => [labelledNets, namespaces],
  create: readNetworkSets,
};

/** The network sets of a world; undefined where there are none. */
export function networkSetsOf(world: PolicyWorld): NetworkSets | undefined {
  return noteOf(world, networkSets);
}

function readNetworkSets(world: WorldParts): NetworkSets | undefined {
  const byKey = new Map<string, FoundSet>();
  const areManySmall = ([4, 6] as const).some((family) => smallShare(world, family) >= manyShare);
  // By key, so that nothing hangs on the order in which they came.
  const entries = [...entriesOf(world.labelledNets)].sort(([one], [other]) => (one < other ? -1 : 1));
  for (const [key, set] of entries) {
    if (isHostEndpoint(key)) continue;
    const { namespace } = set;
    const namespaceLabels = namespace === undefined ? undefined : valueAt(world.namespaces, namespace);
    const name = key.slice(key.lastIndexOf('/') + 1);
    byKey.set(key, {
      ...set,
      name,
      namespaceLabels,
      labelOf: netsLabels(world, set),
      isLarge: areManySmall || sizeOf(set).isLarge,
    });
  }
  if (byKey.size === 0) return undefined;
  const sets = [...byKey.values()];
  const large = sets.filter((set) => set.isLarge);
  const byNamespace = Map.groupBy(sets, ({ namespace }) => namespace);
  const largeFound = rememberByOwner({ name: 'large network sets by selector' }, (selector: Selector) => {
    const nets = matching(large, selector).flatMap((set) => set.nets);
    return { 4: netCriterion(nets, 4), 6: netCriterion(nets, 6) };
  });
  let signature: string | undefined;
  return {
    largeSignature: large.length === 0 ? '' : signatureOf(large),
    signature: () => (signature ??= signatureOf(sets)),
    inNamespace: (namespace) => byNamespace.get(namespace) ?? none,
    at: (setKey) => byKey.get(setKey),
    holding: (selector, address) =>
      matching(large, selector).flatMap(({ name, namespace, nets }) =>
        nets.some((net) => containsAddress(net, address))
          ? [{ name, ...(namespace === undefined ? {} : { namespace }) }]
          : [],
      ),
    largeOf: (selector, family) => (large.length === 0 ? undefined : largeFound(selector)[family]),
    allOf: (selector, family) => {
      const found = matching(sets, selector)
        .map(({ nets }) => nets.filter((net) => net.family === family))
        .filter((nets) => nets.length > 0);
      return netCriterion(found.flat(), family)?.isEverything ? 'everywhere' : found;
    },
  };
}

const none: readonly FoundSet[] = [];

function matching(sets: readonly FoundSet[], selector: Selector): readonly FoundSet[] {
  return sets.filter(({ labelOf }) => evaluateSelector(selector, labelOf));
}

/** How much of each family's addresses a set holds, at most, and whether that is much. */
interface SetSize {
  readonly share: Readonly<Record<FamilyNumber, number>>;
  readonly isLarge: boolean;
}

/** By the set: with any change of one all others stay what they are. */
const sizeOf = rememberByOwner({ name: 'sizes of network sets' }, ({ nets }: LabelledNets): SetSize => {
  const shareIn = (family: FamilyNumber) =>
    nets.reduce((sum, net) => (net.family === family ? sum + 2 ** -net.length : sum), 0);
  const share = { 4: shareIn(4), 6: shareIn(6) };
  return { share, isLarge: share[4] >= largeShare || share[6] >= largeShare || holdsPrivateBlock(nets) };
});

function smallShare({ labelledNets }: WorldParts, family: FamilyNumber): number {
  let sum = 0;
  for (const [key, set] of entriesOf(labelledNets)) {
    if (isHostEndpoint(key)) continue;
    const { isLarge, share } = sizeOf(set);
    if (!isLarge) sum += share[family];
  }
  return sum;
}

/** A host endpoint has the addresses of one node. */
function isHostEndpoint(key: string): boolean {
  return key.startsWith('HostEndpoint/');
}

/** The blocks for private use, in one of which the pods of nearly every cluster are. Source: RFC 1918, RFC 4193. */
const privateBlocks = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fd00::/8'].flatMap(
  (text) => readNet(text, 'calico') ?? [],
);

/** Whether blocks together hold every address of a block for private use: then most likely every pod is in them. */
export function holdsPrivateBlock(nets: readonly Net[]): boolean {
  return privateBlocks.some((block) => {
    const within = nets.filter((net) => overlaps(net, block));
    return within.length > 0 && holdTogether(within, block);
  });
}

function signatureOf(sets: readonly FoundSet[]): string {
  return signatureIn(sets.map(partsOfSet).sort());
}

function partsOfSet({ namespace, name, labels, namespaceLabels, nets }: FoundSet): string {
  const blocks = nets.map(({ family, address, length }) => `${family} ${address} ${length}`);
  return JSON.stringify([namespace, name, labels, namespaceLabels, blocks]);
}
