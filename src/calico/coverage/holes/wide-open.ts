import { endOfTier, type TrailStep } from '../../flow/trail.ts';
import type { Direction } from '../../policy/policy.ts';
import type { PolicyRule } from '../../policy/policy-rule.ts';
import type { Family, WideOpening } from '../coverage.ts';
import type { ModelPolicy, NamespaceModel } from '../walk/namespace-model.ts';
import type { GenericRule } from '../facts/generic-rule.ts';
import { everyEnd, type OtherEnd, otherEnds, usableShare, wideShare } from '../facts/other-end.ts';
import { findJointEscape, type PodChoice, trailOf } from '../walk/pod-walk.ts';
import {
  destinationClasses,
  matchesTransport,
  type PortClass,
  sourcePorts,
  type Transport,
  transports,
} from '../facts/ports.ts';
import type { TierSteps, WalkStep } from '../walk/walk-steps.ts';
import { witnessOf } from '../walk/witness.ts';
import type { NamespaceParts } from '../facts/candidate.ts';

/** A protocol of which less than this share of the ports stays closed is open, as a rule that names as many is wide. */
const closedShare = 1 / 2;

/** Conditions that are looked at before the search is given up. */
const maximumWork = 200_000;

const both: readonly Transport[] = ['tcp', 'udp'];

/**
 * Whether what the rules of a namespace open together leaves neither TCP nor UDP closed to some pod, from or to
 * anywhere: each rule names a protocol, ports or networks, and so none of them alone opens what nobody asked for.
 * Told by the union of all rules, which reach the pod in their order: for most of the ports of both protocols, and for
 * more of the addresses than a hole has.
 */
export function wideOpening(
  parts: NamespaceParts,
  model: () => NamespaceModel,
  direction: Direction,
  families: readonly Family[],
): WideOpening | undefined {
  if (!both.every((transport) => mayOpen(parts, direction, transport))) return undefined;
  for (const family of families) {
    const found = openingIn(parts, model(), direction, family);
    if (found) return found;
  }
  return undefined;
}

function mayOpen({ tiers }: NamespaceParts, direction: Direction, transport: Transport): boolean {
  let share = 0;
  for (const { candidates } of tiers)
    for (const { facts, policy } of candidates)
      if (policy.types.includes(direction)) share += facts.openShare(direction)[transport];
  return share >= closedShare * wideShare;
}

const tooMany: WideOpening = {
  limit: 'the rules tell more ports, addresses or kinds of pods apart than are tried one by one',
};

function openingIn(
  { accounts, namespace }: NamespaceParts,
  model: NamespaceModel,
  direction: Direction,
  family: Family,
): WideOpening | undefined {
  const rules = model.tiers.flatMap(({ policies }) =>
    policies.flatMap((policy) => (isRead(policy, direction) ? policy.transport(direction, family) : [])),
  );
  const criteria = rules.flatMap(({ generic }) => [...generic.inside, ...generic.outside]);
  const ends = otherEnds(criteria, family);
  const written = rules.map(({ generic }) => generic.rule);
  const classes = destinationClasses(written);
  const sources = sourcePorts(written);
  if (!ends || !classes || !sources) return tooMany;
  const budget = { left: maximumWork };
  const openAmong = (among: readonly OtherEnd[]): OpenEnds => {
    let open = 0;
    let widest: OpenEnds['widest'];
    for (const end of among) {
      for (const from of sources) {
        const walks = walksFor(model, direction, family, end, from, classes);
        const { escapes, exhausted } = findJointEscape(model.space, budget, (escapesBy) =>
          chooseWalks(walks, escapesBy),
        );
        if (exhausted) return { open, exhausted: true };
        if (!escapes) continue;
        open += end.share;
        if (!widest || end.share > widest.end.share) widest = { end, pod: escapes, from };
        break;
      }
    }
    return { open, ...(widest ? { widest } : {}) };
  };
  let found = openAmong(ends);
  if (found.exhausted) return tooMany;
  if (found.open <= wideShare) {
    // No address that the lists leave out gets through; nor does it matter where they leave out next to none.
    const every = mayListAll(
      rules.map(({ generic }) => generic),
      family,
    )
      ? everyEnd(criteria, family)
      : undefined;
    found = every ? openAmong(every) : found;
    if (!found.widest || found.open < 1 - wideShare) return undefined;
  }
  const { widest } = found;
  if (!widest) return undefined;
  const { end, pod, from } = widest;
  const deciding = (transport: Transport): readonly TrailStep[] => {
    const walk = walksFor(model, direction, family, end, from, classes).find(
      (one) => one.transport === transport && allows(one, pod, namespace.name),
    );
    return walk ? trailOf(walk.steps, pod, namespace.name) : [];
  };
  return {
    witness: witnessOf(model.space, pod, family, end, accounts),
    tcp: deciding('tcp'),
    udp: deciding('udp'),
  };
}

/** What gets through, as a share of the addresses, and from or to the most of them. */
interface OpenEnds {
  readonly open: number;
  readonly widest?: { readonly end: OtherEnd; readonly pod: PodChoice; readonly from: number };
  readonly exhausted?: true;
}

/** Whether the lists of the rules that open are long enough to hold nearly all addresses, so that few are searched. */
function mayListAll(rules: readonly GenericRule[], family: Family): boolean {
  const listed = rules.reduce(
    (sum, { action, inside }) =>
      action === 'Deny' ? sum : sum + Math.min(1, ...inside.map(({ share }) => share)),
    0,
  );
  return listed >= usableShare(family) * (1 - wideShare);
}

/** The walk of connections by one protocol to one class of ports. */
interface Walk extends PortClass {
  readonly transport: Transport;
  readonly steps: readonly TierSteps[];
}

function walksFor(
  model: NamespaceModel,
  direction: Direction,
  family: Family,
  end: OtherEnd,
  from: number,
  classes: readonly PortClass[],
): readonly Walk[] {
  return both.flatMap((transport) =>
    classes.map((ports) => ({
      ...ports,
      transport,
      steps: stepsFor(model, direction, family, end, (rule) =>
        matchesTransport(rule, transports[transport], from, ports.port),
      ),
    })),
  );
}

/** Tries each walk, the most ports first, and does without it as long as not too many ports stay closed. */
function chooseWalks(
  walks: readonly Walk[],
  escapesBy: (tiers: readonly TierSteps[], then: () => boolean) => boolean,
): (then: () => boolean) => boolean {
  const from = (index: number, closed: Readonly<Record<Transport, number>>, then: () => boolean): boolean => {
    const walk = walks[index];
    if (!walk) return then();
    if (escapesBy(walk.steps, () => from(index + 1, closed, then))) return true;
    const left = closed[walk.transport] + walk.share;
    return left < closedShare && from(index + 1, { ...closed, [walk.transport]: left }, then);
  };
  return (then) => from(0, { tcp: 0, udp: 0 }, then);
}

const outcomes = { Allow: 'allow', Deny: 'deny', Pass: 'pass' } as const;

/** As for a generic connection; what nobody can read is passed over, as Calico does. */
function stepsFor(
  { tiers }: NamespaceModel,
  direction: Direction,
  family: Family,
  { liesIn }: OtherEnd,
  matches: (rule: PolicyRule) => boolean,
): readonly TierSteps[] {
  return tiers.map(({ tier, policies }) => {
    const selects = policies.filter((policy) => isRead(policy, direction));
    const steps = selects.flatMap(({ policy, transport }) =>
      transport(direction, family).flatMap(({ generic, condition }): readonly WalkStep[] => {
        const { action, index, inside, outside, rule } = generic;
        if (!matches(rule) || !inside.every(liesIn) || outside.some(liesIn)) return [];
        return [{ condition, outcome: outcomes[action], policy, rule: index, written: rule.index }];
      }),
    );
    return { tier, steps, selects };
  });
}

function isRead({ doubt, policy }: ModelPolicy, direction: Direction): boolean {
  return !doubt && policy.types.includes(direction);
}

function allows({ steps }: Walk, pod: PodChoice, namespace: string): boolean {
  const last = trailOf(steps, pod, namespace).at(-1);
  return last !== undefined && last.verdict === 'allow' && last.rule !== endOfTier;
}
