import { comparePolicies, type Direction, directions, type Policy, rulesOf } from '../policy/policy.ts';
import type { PolicyRule } from '../policy/policy-rule.ts';
import { resolveSelector } from '../selector/resolve.ts';
import type { PolicyWorld } from '../state/policy-world.ts';
import type { Tier } from '../state/tier.ts';
import { createImplications, type Implications } from './implication.ts';
import { isInForce, knownLabelsFor, policiesBeside } from './neighbours.ts';
import { coversRule } from './rule-cover.ts';

/** Rules of a policy that no connection ever gets to, since something before them decides otherwise. */
export interface UnreachableRules {
  readonly direction: Direction;
  /** Indexes in the object's own list, ascending. */
  readonly rules: readonly number[];
  readonly decider: Decider;
}

/** What decides before a rule can: another rule, or the end of a tier that has a policy for the same pods. */
export interface Decider {
  readonly policy: Policy;
  /** The rule that decides; absent for the end of the policy's tier. */
  readonly rule?: PolicyRule;
  readonly action: 'Allow' | 'Deny' | 'Pass';
}

/** Pairs of policies, and of rules with their blocks, that are compared before the search is given up. */
const maximumPolicies = 1_000;
const maximumRules = 40_000;

/**
 * Finds rules that can't be reached: an earlier rule of the policy, of its tier or of an earlier tier matches all that
 * they match, for all pods of the policy, and does something else; or an earlier tier ends in Deny for those pods.
 * A rule that only repeats what is decided before is left alone. What two earlier rules cover together is not seen.
 * @param world as `createPolicyWorld` or `changeWorld` makes it
 * @param policy one of the world's, as `findPolicy` returns it
 * @example
 * const head = { apiVersion: 'projectcalico.org/v3', kind: 'NetworkPolicy' };
 * const metadata = { name: 'deny', namespace: 'shop' };
 * const ingress = [{ action: 'Deny' }, { action: 'Allow', protocol: 'TCP' }];
 * const world = createPolicyWorld([{ ...head, metadata, spec: { ingress } }], { mode: 'v3crd' });
 * const policy = findPolicy(world, { ...head, ...metadata });
 * findUnreachableRules(world, policy).map(({ rules }) => rules); // [[1]]
 */
export function findUnreachableRules(world: PolicyWorld, policy: Policy): readonly UnreachableRules[] {
  if (!isInForce(world, policy) || !selectsAny(world, policy)) return [];
  const search: Search = {
    world,
    policy,
    implications: createImplications(),
    policiesLeft: maximumPolicies,
    rulesLeft: maximumRules,
  };
  return directions.flatMap((direction) => unreachableIn(search, direction));
}

interface Search {
  readonly world: PolicyWorld;
  readonly policy: Policy;
  readonly implications: Implications;
  policiesLeft: number;
  rulesLeft: number;
}

function unreachableIn(search: Search, direction: Direction): readonly UnreachableRules[] {
  const rules = rulesOf(search.policy, direction);
  if (rules.length === 0) return [];
  const before = [...deciders(search, direction, new Set(rules.map(({ action }) => action)))];
  const found = new Map<number, Decider | undefined>();
  for (const rule of rules) {
    const decider = firstOf(search, before, rule);
    if (search.rulesLeft <= 0) break;
    // A written rule can be several here: it is unreachable if all of them are.
    if (!found.has(rule.index) || !decider) found.set(rule.index, decider);
    before.push(...deciderOf(search.policy, rule));
  }
  const groups = Map.groupBy(found, ([, decider]) => decider?.rule ?? decider?.policy);
  return [...groups.values()].flatMap((entries) => {
    const decider = entries[0]?.[1];
    return decider ? { direction, rules: entries.map(([index]) => index), decider } : [];
  });
}

/** What decides a rule's connections first, unless it does just what the rule says. */
function firstOf(search: Search, deciders: readonly Decider[], rule: PolicyRule): Decider | undefined {
  const first = deciders.find((decider) => {
    if (!decider.rule) return true;
    search.rulesLeft -= 1 + ((blocksOf(decider.rule) + blocksOf(rule)) >> 2);
    return search.rulesLeft > 0 && coversRule(decider.rule, rule, search.implications);
  });
  return first?.action === rule.action ? undefined : first;
}

function blocksOf({ source, destination }: PolicyRule): number {
  return source.nets.length + source.notNets.length + destination.nets.length + destination.notNets.length;
}

function deciderOf(policy: Policy, rule: PolicyRule): readonly Decider[] {
  return rule.action === 'Log' ? [] : [{ policy, rule, action: rule.action }];
}

/** What other policies decide for all pods of the policy before it is asked, in the order of the walk. */
function deciders(
  search: Search,
  direction: Direction,
  actions: ReadonlySet<PolicyRule['action']>,
): readonly Decider[] {
  const { world, policy } = search;
  const found: Decider[] = [];
  for (const tier of world.tiers) {
    const isOwn = tier.name === policy.tier;
    // Nobody knows where a tier stands that is not there, so what comes before its policies is not known either.
    if (isOwn && !tier.exists) found.length = 0;
    // In its own tier a policy of the cluster is hidden by none of a namespace.
    const reach = isOwn && policy.namespace === undefined ? noNamespace : policy;
    const policies = [...policiesBeside(world, reach, tier.name, direction)]
      .filter((other) => other !== policy && (!isOwn || comparePolicies(other, policy) < 0))
      .sort(comparePolicies);
    if (policies.length > 0)
      found.push(...decidersOfTier(search, direction, { tier, policies, isOwn }, actions));
    if (isOwn) break;
  }
  return found;
}

const noNamespace = { namespace: '' };

interface EarlierPolicies {
  readonly tier: Tier;
  readonly policies: readonly Policy[];
  readonly isOwn: boolean;
}

/** Nothing behind a Pass of an earlier tier is certain: the connection may have left the tier by it. */
function decidersOfTier(
  search: Search,
  direction: Direction,
  { tier, policies, isOwn }: EarlierPolicies,
  actions: ReadonlySet<PolicyRule['action']>,
): readonly Decider[] {
  const { world, policy } = search;
  const { implies, overlap } = search.implications;
  const found: Decider[] = [];
  const isWorthIt = (rule: PolicyRule) =>
    rule.action !== 'Log' && (actions.size > 1 || !actions.has(rule.action));
  const ends = !isOwn && tier.defaultAction === 'Deny' && tier.exists;
  let last: Policy | undefined;
  for (const other of policies) {
    const rules = rulesOf(other, direction);
    const passes = !isOwn && rules.some(({ action }) => action === 'Pass');
    // A policy of one namespace is for none of the pods of the others.
    const mayBeForAll = policy.namespace !== undefined || other.namespace === undefined;
    if (!passes && !(mayBeForAll && (ends || rules.some(isWorthIt)))) continue;
    if (--search.policiesLeft < 0) return [];
    const known = knownLabelsFor(world, policy, ...[policy, other].flatMap(({ selector }) => selector ?? []));
    const isForAll =
      mayBeForAll && policy.selector && other.selector && implies(policy.selector, other.selector, known);
    if (isForAll) last ??= other;
    for (const rule of rules) {
      if (!isOwn && rule.action === 'Pass') {
        if (policy.selector && other.selector && overlap(policy.selector, other.selector, known))
          return found;
      } else if (isForAll) found.push(...deciderOf(other, rule));
    }
  }
  return ends && last ? [...found, { policy: last, action: 'Deny' }] : found;
}

function selectsAny(world: PolicyWorld, policy: Policy): boolean {
  const { selector } = policy;
  return (
    selector !== undefined && resolveSelector(selector, knownLabelsFor(world, policy, selector)) !== false
  );
}
