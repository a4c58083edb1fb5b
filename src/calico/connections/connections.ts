import type { Family } from '../../kubernetes/net/address.ts';
import { flowIndexOf } from '../flow/flow-index.ts';
import { policiesInDoubt, type PossibleEnd } from '../flow/possible-flow.ts';
import { icmp, icmpV6 } from '../policy/applies-to-family.ts';
import { besidesSourcePort, type RuleBesidesSourcePort } from '../flow/source-port.ts';
import type { SupposedPod } from '../flow/supposed-pod.ts';
import type { Direction } from '../policy/policy.ts';
import type { PolicyRule } from '../policy/policy-rule.ts';
import type { PolicyWorld } from '../state/policy-world.ts';
import { type EndSet, endSet, endsOf, hasEnd, put } from './end-set.ts';
import { createFinder, type Finder } from './find-peers.ts';
import { type KnownEnd, knowEnds } from './known-ends.ts';
import { common, either, type NumberSet, noNumbers, without } from '../../kubernetes/net/number-set.ts';
import {
  allIcmp,
  allPorts,
  isIcmp,
  numbersOfRule,
  type Reach,
  reachOfOwn,
  reachOfPeers,
  type Universe,
} from './rule-reach.ts';
import { beginWay, type Way } from './steps.ts';
import { type Stretch, walkHalf } from './walk-half.ts';

/** The protocols that connections are told apart by; ICMP is ICMPv6 in that family. */
export const connectionProtocols = ['TCP', 'UDP', 'SCTP', 'ICMP'] as const;
export type ConnectionProtocol = (typeof connectionProtocols)[number];

/** Connections from one end to another with the same verdict. */
export interface OpenPorts {
  /** Ports of the destination; for ICMP the types and codes, as `type << 8 | code`. */
  readonly numbers: NumberSet;
  readonly verdict: 'allow' | 'unknown';
  /** What decides at the source, from `stepsOf`; absent where no policy can select it. */
  readonly egress?: Way;
  readonly ingress?: Way;
}

/** Every connection between some ends. */
export interface Connections {
  /** What the policies of one end leave of its connections; undefined where none can select it. */
  readonly half: (
    end: number,
    direction: Direction,
    protocol: ConnectionProtocol,
    family: Family,
  ) => readonly Stretch[] | undefined;
  /** What of the connections from one end to another is not denied; nothing is in two of them. */
  readonly between: (
    from: number,
    to: number,
    protocol: ConnectionProtocol,
    family: Family,
  ) => readonly OpenPorts[];
  /** The ends to which something from an end is not denied, one of them once. */
  readonly from: (from: number, protocol: ConnectionProtocol, family: Family) => Iterable<number>;
}

/**
 * All connections at once: which ports of which ends the policies of both let through, as sets.
 *
 *     ends: one for each class of pods or addresses that no rule tells apart
 *        │  known-ends.ts     all that rules ask of each
 *        ▼
 *     for each end, direction, family and protocol
 *        │                  ends ──▶┌─────────┬────┐  walk-half.ts: everything that the end may
 *        │                  ports   │ rule 1  │    │  connect with, cut by one rule after the
 *        │                     │    ├────┬────┘    │  other; rule-reach.ts says what a rule
 *        │                     ▼    │ 2  │  end of │  matches, number-set.ts and end-set.ts
 *        │                          └────┴──tier───┘  do the cutting
 *        ▼
 *     two halves ──▶ egress of the source ∩ ingress of the destination
 *
 * The walk is that of `judgePossibleFlow`, done once for all: evaluated at any end and number they are the same, which
 * test/calico/connections-laws.test.ts holds. A rule is asked about each class and not about each pair, so that the cost
 * grows with the classes, and with the pairs only where something is open between them.
 *
 * Source: Calico felix/calc/policy_resolver.go, felix/rules/policy.go, as for one flow.
 * @param world as `createPolicyWorld` or `changeWorld` makes it
 * @param ends pods, which need not exist, and addresses; a pod without addresses counts for both families
 * @returns what is open between them, worked out as it is asked for
 * @example
 * const head = { apiVersion: 'projectcalico.org/v3', kind: 'NetworkPolicy' };
 * const spec = { types: ['Ingress'], ingress: [{ action: 'Allow', protocol: 'TCP', destination: { ports: [80, 81] } }] };
 * const world = createPolicyWorld([{ ...head, metadata: { name: 'in', namespace: 'shop' }, spec }], { mode: 'v3crd' });
 * const podNamed = (name) => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'shop' } });
 * const connections = findConnections(world, [{ pod: podNamed('db') }, { ip: '192.0.2.1' }]);
 * connections.between(1, 0, 'TCP', 4).map(({ numbers }) => numbers); // [[[80, 81]]]
 * [...connections.from(0, 'TCP', 4)]; // [0, 1]
 */
export function findConnections(world: PolicyWorld, ends: readonly PossibleEnd[]): Connections {
  const known = knowEnds(world, ends);
  const finder = createFinder(world, known);
  const doubts = createDoubts(world);
  const tables = new Map<string, Table>();
  const tableOf = (protocol: ConnectionProtocol, family: Family) => {
    const key = `${protocol} ${family}`;
    const table = tables.get(key) ?? createTable(finder, universeOf(world, protocol, family), doubts);
    tables.set(key, table);
    return table;
  };
  return {
    half: (end, direction, protocol, family) => tableOf(protocol, family).half(end, direction),
    between: (from, to, protocol, family) => tableOf(protocol, family).between(from, to),
    from: (from, protocol, family) => tableOf(protocol, family).from(from),
  };
}

const numbersOfProtocols = { TCP: 6, UDP: 17, SCTP: 132 } as const;

function universeOf(world: PolicyWorld, protocol: ConnectionProtocol, family: Family): Universe {
  const index = flowIndexOf(world);
  if (protocol === 'ICMP') return { family, protocol: family === 4 ? icmp : icmpV6, all: allIcmp, index };
  return { family, protocol: numbersOfProtocols[protocol], all: allPorts, index };
}

interface Table {
  readonly half: (end: number, direction: Direction) => readonly Stretch[] | undefined;
  readonly between: (from: number, to: number) => readonly OpenPorts[];
  readonly from: (from: number) => Iterable<number>;
}

/** The halves of all ends for one protocol and family; undefined for an end that no policy can select. */
function createTable(finder: Finder, universe: Universe, doubts: Doubts): Table {
  const { count, ends } = finder;
  const { family } = universe;
  const everywhere = endSet(count, (end) => ends[end]?.families.includes(family) === true);
  const walk = createWalk(finder, universe, everywhere, doubts);
  const halves = {
    Egress: ends.map((end) => once(() => walk(end, 'Egress'))),
    Ingress: ends.map((end) => once(() => walk(end, 'Ingress'))),
  };
  const takers = once(() => takersOf(halves.Ingress, count, everywhere, finder));
  return {
    half: (end, direction) => halves[direction][end]?.(),
    between: (from, to) => {
      if (!hasEnd(everywhere, from) || !hasEnd(everywhere, to)) return [];
      const egress = stretchesAt(halves.Egress[from]?.(), to, universe.all);
      const ingress = stretchesAt(halves.Ingress[to]?.(), from, universe.all);
      return meet(egress, isOnNode(ends[from]) ? withNode(ingress, universe.all) : ingress);
    },
    *from(from) {
      if (!hasEnd(everywhere, from)) return;
      const half = halves.Egress[from]?.();
      const open = takers()[from];
      if (!open) return;
      for (const to of endsOf(open)) if (!half || half.some((stretch) => hasEnd(stretch.ends, to))) yield to;
    },
  };
}

/** For each end those that may take something from it. */
function takersOf(
  ingress: readonly (() => readonly Stretch[] | undefined)[],
  count: number,
  everywhere: EndSet,
  { ends }: Finder,
): readonly (EndSet | undefined)[] {
  const takers = Array.from({ length: count }, () => new Uint32Array(Math.ceil(count / 32)));
  for (const to of endsOf(everywhere)) {
    const half = ingress[to]?.();
    const from = half ? half.flatMap((stretch) => [...endsOf(stretch.ends)]) : [...endsOf(everywhere)];
    for (const end of from) {
      const set = takers[end];
      if (set) put(set, to);
    }
  }
  return takers.map((set, from) => (isOnNode(ends[from]) ? everywhere : set));
}

/** The way of an end of which nobody knows which policies select it; undefined where that is known. */
type Doubts = (pod: SupposedPod, direction: Direction) => Way | undefined;

function createDoubts(world: PolicyWorld): Doubts {
  const known = new Map<SupposedPod, Map<Direction, Way | undefined>>();
  return (pod, direction) => {
    const own = known.get(pod) ?? new Map<Direction, Way | undefined>();
    known.set(pod, own);
    if (!own.has(direction)) own.set(direction, wayOfDoubts(world, pod, direction));
    return own.get(direction);
  };
}

function wayOfDoubts(world: PolicyWorld, { endpoint }: SupposedPod, direction: Direction): Way | undefined {
  const unsure = policiesInDoubt(world, endpoint, direction);
  if (unsure.length === 0) return undefined;
  return unsure.reduce((before, policy) => {
    const tier = world.tiers.find(({ name }) => name === policy.tier);
    return before.onward({ tier, policy, verdict: 'allow', matches: 'maybe' });
  }, beginWay());
}

function createWalk(
  finder: Finder,
  universe: Universe,
  everywhere: EndSet,
  doubts: Doubts,
): (end: KnownEnd, direction: Direction) => readonly Stretch[] | undefined {
  const peers = new Map<PolicyRule, readonly Reach[]>();
  const numbers = new Map<PolicyRule, NumberSet>();
  const besides = new Map<PolicyRule, RuleBesidesSourcePort>();
  const besidesPort = (rule: PolicyRule) => {
    const known = besides.get(rule) ?? besidesSourcePort(rule);
    besides.set(rule, known);
    return isIcmp(universe) ? { rule, asksSourcePort: false } : known;
  };
  return (end, direction) => {
    const { pod } = end;
    if (!pod || pod.endpoint.hostNetwork) return undefined;
    if (!end.families.includes(universe.family)) return [];
    const way = doubts(pod, direction);
    if (way) return [{ ends: everywhere, numbers: universe.all, verdict: 'unknown', way }];
    const reachOf = (asking: PolicyRule): readonly Reach[] => {
      const { asksSourcePort, rule } = besidesPort(asking);
      const left = numbers.get(rule) ?? numbersOfRule(rule, universe);
      numbers.set(rule, left);
      if (left.length === 0) return [];
      const own = reachOfOwn(rule, direction, end, universe);
      if (!own) return [];
      const found = peers.get(rule) ?? reachOfPeers(rule, direction, universe, finder);
      peers.set(rule, found);
      const rest = common(left, own.numbers);
      return found.flatMap((reach) => {
        const both = common(rest, reach.numbers);
        return both.length === 0
          ? []
          : [{ ends: reach.ends, numbers: both, isSure: reach.isSure && own.isSure && !asksSourcePort }];
      });
    };
    return walkHalf(pod.policies(direction), direction, everywhere, universe.all, reachOf);
  };
}

/** What a half says of its connections with one end. */
type HalfOfPair = readonly (Pick<OpenPorts, 'numbers' | 'verdict'> & { readonly way?: Way })[];

function stretchesAt(half: readonly Stretch[] | undefined, end: number, all: NumberSet): HalfOfPair {
  if (!half) return [{ numbers: all, verdict: 'allow' }];
  return half.flatMap(({ ends, numbers, verdict, way }) =>
    hasEnd(ends, end) ? [{ numbers, verdict, way }] : [],
  );
}

function meet(egress: HalfOfPair, ingress: HalfOfPair): readonly OpenPorts[] {
  return egress.flatMap((out) =>
    ingress.flatMap((into): readonly OpenPorts[] => {
      const numbers = common(out.numbers, into.numbers);
      if (numbers.length === 0) return [];
      const isSure = out.verdict === 'allow' && into.verdict === 'allow';
      return [
        {
          numbers,
          verdict: isSure ? 'allow' : 'unknown',
          ...(out.way ? { egress: out.way } : {}),
          ...(into.way ? { ingress: into.way } : {}),
        },
      ];
    }),
  );
}

function isOnNode(end: KnownEnd | undefined): boolean {
  return end?.pod?.endpoint.hostNetwork === true;
}

/**
 * What a node sends to its own pods no ingress policy sees, so that what is denied to a pod on its network is not known.
 * Source: Calico felix/rules/static.go, filterOutputChain.
 */
function withNode(ingress: HalfOfPair, all: NumberSet): HalfOfPair {
  const open = ingress.map(({ numbers }) => numbers).reduce(either, noNumbers);
  const rest = without(all, open);
  return rest.length === 0 ? ingress : [...ingress, { numbers: rest, verdict: 'unknown' }];
}

/** Worked out at the first question. */
function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined;
  return () => (made ??= { value: make() }).value;
}
