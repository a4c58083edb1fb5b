import type { Direction, Policy } from '../../policy/policy.ts';
import type { Selector } from '../../selector/ast.ts';
import type { Tier } from '../../state/tier.ts';
import type { NamespaceParts } from '../facts/candidate.ts';
import { allOf, always, anyOf, type Condition, never, not } from '../pods/condition.ts';
import type { Family, Hole, UnknownReason } from '../coverage.ts';
import { type GenericRule, netsInWords } from '../facts/generic-rule.ts';
import type { NetworkSets } from '../facts/network-sets.ts';
import { createPodSpace, type PodSpace } from '../pods/pod-space.ts';
import type { PolicyFacts } from '../facts/policy-facts.ts';
import { familyOf } from '../../../kubernetes/net/family.ts';

/** A namespace as a walk sees it: its tiers, their policies, and whom of all possible pods each of these selects. */
export interface NamespaceModel {
  readonly space: PodSpace;
  readonly tiers: readonly ModelTier[];
  readonly sets?: NetworkSets;
}

export interface ModelTier {
  readonly tier: Tier;
  readonly policies: readonly ModelPolicy[];
}

export interface ModelPolicy {
  readonly policy: Policy;
  readonly condition: Condition;
  /** The rules that a generic flow can match, in their order; asking can add variables to the space of pods. */
  readonly rules: (direction: Direction, family: Family) => readonly ModelRule[];
  /** Likewise the rules that a connection by TCP or UDP can match. */
  readonly transport: (direction: Direction, family: Family) => readonly ModelRule[];
  readonly isFamilySensitive: (direction: Direction) => boolean;
  /** What its rules open, by the index of the rule. */
  readonly holes: (direction: Direction) => readonly (Hole | undefined)[];
  /** Why nobody knows what the policy does; its rules then count for nothing. */
  readonly doubt?: UnknownReason;
}

export interface ModelRule {
  readonly generic: GenericRule;
  /** Which pods it applies to, of those the policy selects. */
  readonly condition: Condition;
}

export function createModel({ tiers, accounts, sets }: NamespaceParts): NamespaceModel {
  const resolved = new Map<Selector, Selector | boolean>();
  for (const { candidates } of tiers)
    for (const { podEnds } of candidates) for (const [asked, left] of podEnds) resolved.set(asked, left);
  const selectors: (Selector | boolean)[] = [...resolved.values()];
  for (const { candidates } of tiers) for (const { selector } of candidates) selectors.push(selector);
  const space = createPodSpace(selectors, accounts);
  /** By its labels, or by those of a network set in which its address lies. */
  const conditionOf = (selector: Selector, family: Family) => {
    const byLabels = space.conditionOf(resolved.get(selector) ?? selector);
    const blocks = sets?.allOf(selector, familyOf(family)) ?? [];
    if (blocks === 'everywhere') return always;
    return anyOf([byLabels, ...blocks.map((nets) => space.freeCondition(netsInWords(nets)))]);
  };
  return {
    space,
    ...(sets ? { sets } : {}),
    tiers: tiers.map(({ tier, candidates }) => ({
      tier,
      policies: candidates.flatMap(({ policy, facts, selector }) => {
        const condition = space.conditionOf(selector);
        if (condition === never) return [];
        const doubt = doubtOf(policy, tier);
        const ruleCondition = (generic: GenericRule, family: Family) =>
          allOf([condition, ...podConditions(generic, (selector) => conditionOf(selector, family), space)]);
        return {
          policy,
          condition,
          isFamilySensitive: facts.isFamilySensitive,
          holes: facts.holes,
          rules: compileRules(policy, facts.rules, ruleCondition),
          transport: compileRules(policy, facts.transport, ruleCondition),
          ...(doubt ? { doubt } : {}),
        };
      }),
    })),
  };
}

function compileRules(
  { ingress, egress }: Policy,
  rules: PolicyFacts['rules'],
  conditionOf: (rule: GenericRule, family: Family) => Condition,
): ModelPolicy['rules'] {
  if (ingress.length === 0 && egress.length === 0) return noRules;
  const known: Partial<Record<`${Direction} ${Family}`, readonly ModelRule[]>> = {};
  return (direction, family) =>
    (known[`${direction} ${family}`] ??= rules(direction, family).map((generic) => ({
      generic,
      condition: conditionOf(generic, family),
    })));
}

const noRules: ModelPolicy['rules'] = () => [];

function podConditions(
  { selector, notSelector, podNets, podNotNets }: GenericRule,
  conditionOf: (selector: Selector) => Condition,
  space: PodSpace,
): readonly Condition[] {
  const conditions: Condition[] = [];
  if (selector) conditions.push(conditionOf(selector));
  if (notSelector) conditions.push(not(conditionOf(notSelector)));
  if (podNets !== undefined) conditions.push(space.freeCondition(podNets));
  if (podNotNets !== undefined) conditions.push(not(space.freeCondition(podNotNets)));
  return conditions;
}

/** What keeps anybody from saying what a policy does. */
export function doubtOf(
  { problems, reference, selector, tier: tierName }: Policy,
  tier: Tier,
): UnknownReason | undefined {
  if (problems.length === 0 && selector && tier.exists && tier.problems.length === 0) return undefined;
  const { kind, namespace, name } = reference;
  const called = `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
  if (problems.length > 0 || !selector) {
    const why = problems[0]?.message ?? 'its selectors do not make sense together';
    const message = `${called} is not valid, so Calico may not enforce it: ${why}`;
    return { code: 'policy-invalid', message, object: reference, problems };
  }
  if (!tier.exists) {
    const message = `${called} is in tier "${tierName}", which does not exist`;
    return { code: 'tier-missing', message, object: reference, tier: tierName };
  }
  const message = `${called} is in tier "${tierName}", which is not valid: ${tier.problems[0]?.message}`;
  return { code: 'tier-invalid', message, object: reference, tier: tierName, problems: tier.problems };
}
