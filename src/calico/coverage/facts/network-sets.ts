import type { StringMap } from '../../../kubernetes/object.ts';
import { netsLabels } from '../../labels/endpoint-labels.ts';
import type { Address, Family as FamilyNumber } from '../../../kubernetes/net/address.ts';
import { containsAddress, containsNet, type Net, readNet } from '../../../kubernetes/net/net.ts';
import type { Selector } from '../../selector/ast.ts';
import { evaluateSelector, type LabelLookup } from '../../selector/evaluate.ts';
import type { LabelledNets } from '../../state/endpoint.ts';
import { entriesOf, valueAt } from '../../state/layered-map.ts';
import type { PolicyWorld } from '../../state/policy-world.ts';
import { type NetCriterion, netCriterion } from './other-end.ts';
import type { PolicyFacts } from './policy-facts.ts';

/** The network sets of a world, as far as coverage hangs on them. */
export interface NetworkSets {
  /** Equal for worlds whose large sets are the same. */
  readonly large: string;
  /** Equal for worlds whose sets are all the same. */
  readonly key: () => string;
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
  /** What a policy says among these sets, by what it says without any. */
  readonly facts: WeakMap<PolicyFacts, PolicyFacts>;
}

/**
 * The share of a family's addresses from which on a set counts for the other end of a connection: it would take
 * thousands of smaller ones to leave no address that lies in none. One that may hold all pods counts as well.
 */
const largeShare = 2 ** -12;

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

/** The network sets of a world, read at the first question; undefined where there are none. */
export function networkSetsOf(world: PolicyWorld): NetworkSets | undefined {
  world.memory.networkSets ??= { found: readNetworkSets(world) };
  return world.memory.networkSets.found;
}

function readNetworkSets(world: PolicyWorld): NetworkSets | undefined {
  const byKey = new Map<string, FoundSet>();
  for (const [key, set] of entriesOf(world.labelledNets)) {
    // A host endpoint has the addresses of one node.
    if (key.startsWith('HostEndpoint/')) continue;
    const { namespace } = set;
    const namespaceLabels = namespace === undefined ? undefined : valueAt(world.namespaces, namespace);
    const name = key.slice(key.lastIndexOf('/') + 1);
    byKey.set(key, {
      ...set,
      name,
      namespaceLabels,
      labelOf: netsLabels(world, set),
      isLarge: isLarge(set),
    });
  }
  if (byKey.size === 0) return undefined;
  const sets = [...byKey.values()];
  const large = sets.filter((set) => set.isLarge);
  const byNamespace = Map.groupBy(sets, ({ namespace }) => namespace);
  const known = new Map<
    Selector,
    Partial<Record<FamilyNumber, { readonly found: NetCriterion | undefined }>>
  >();
  let key: string | undefined;
  return {
    large: large.map(signatureOf).sort().join(),
    key: () => (key ??= sets.map(signatureOf).sort().join()),
    inNamespace: (namespace) => byNamespace.get(namespace) ?? none,
    at: (setKey) => byKey.get(setKey),
    holding: (selector, address) =>
      matching(large, selector).flatMap(({ name, namespace, nets }) =>
        nets.some((net) => containsAddress(net, address))
          ? [{ name, ...(namespace === undefined ? {} : { namespace }) }]
          : [],
      ),
    largeOf: (selector, family) => {
      if (large.length === 0) return undefined;
      const answers = known.get(selector) ?? {};
      known.set(selector, answers);
      answers[family] ??= {
        found: netCriterion(
          matching(large, selector).flatMap(({ nets }) => nets),
          family,
        ),
      };
      return answers[family].found;
    },
    allOf: (selector, family) => {
      const found = matching(sets, selector)
        .map(({ nets }) => nets.filter((net) => net.family === family))
        .filter((nets) => nets.length > 0);
      return netCriterion(found.flat(), family)?.isEverything ? 'everywhere' : found;
    },
    facts: new WeakMap(),
  };
}

const none: readonly FoundSet[] = [];

function matching(sets: readonly FoundSet[], selector: Selector): readonly FoundSet[] {
  return sets.filter(({ labelOf }) => evaluateSelector(selector, labelOf));
}

function isLarge({ nets }: LabelledNets): boolean {
  if (holdsPrivateBlock(nets)) return true;
  return ([4, 6] as const).some(
    (family) =>
      nets.reduce((sum, net) => (net.family === family ? sum + 2 ** -net.length : sum), 0) >= largeShare,
  );
}

/** The blocks for private use, in one of which the pods of nearly every cluster are. Source: RFC 1918, RFC 4193. */
const privateBlocks = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fd00::/8'].flatMap(
  (text) => readNet(text, 'calico') ?? [],
);

/** Whether every address of a block for private use is among some blocks: then most likely every pod is. */
export function holdsPrivateBlock(nets: readonly Net[]): boolean {
  return nets.some((net) => privateBlocks.some((block) => containsNet(net, block)));
}

function signatureOf({ namespace, name, labels, namespaceLabels, nets }: FoundSet): string {
  const blocks = nets.map(({ family, address, length }) => `${family} ${address} ${length}`);
  return JSON.stringify([namespace, name, labels, namespaceLabels, blocks]);
}
