import { isDeepStrictEqual } from 'node:util';
import { type Direction, directions, type Policy } from '../policy/policy.ts';
import type { PolicyWorld } from '../state/policy-world.ts';
import { selectsPlainPod } from './walk/closed-to-all.ts';
import type { GenericRule } from './facts/generic-rule.ts';
import { candidateTiers, namespaceCase, partsOf } from './memory/namespace-case.ts';
import { doubtOf } from './walk/namespace-model.ts';
import type { NamespaceLike } from '../labels/namespace-labels.ts';
import type { Candidate, NamespaceParts } from './facts/candidate.ts';
import { resultsOf } from './memory/result-memory.ts';
import { familyNames } from '../../kubernetes/net/family.ts';

/**
 * Whether the cover of a namespace can hang on a policy: whether, of all choices that can be made among its policies,
 * there may be one that is closed with the policy and open without it. So two changes can be made at once, and in
 * either order, where one of them touches a policy of which this is false. True where in doubt.
 *
 * It is false of what most policies are: rules that allow for some pods, beside policies that select all of them. A pod
 * without labels is then selected by none but the latter, so one of these closes whatever is closed; and it closes the
 * other pods as well, since nothing passes anybody around it.
 * @param policy one of the world's
 * @example
 * const head = { apiVersion: 'projectcalico.org/v3', kind: 'NetworkPolicy' };
 * const metadata = { name: 'deny', namespace: 'shop' };
 * const deny = { ...head, metadata, spec: { types: ['Ingress'] } };
 * const world = createPolicyWorld([deny], { mode: 'v3crd' });
 * const shop = { name: 'shop', labels: {} };
 * const policy = findPolicy(world, { ...head, ...metadata });
 * mayHoldClosed(world, shop, policy); // true
 */
export function mayHoldClosed(world: PolicyWorld, namespace: NamespaceLike, policy: Policy): boolean {
  const parts = partsOf(namespaceCase(world, namespace), 'unknown');
  return policy.types.some((direction) => holdsDirection(parts, policy, direction));
}

function holdsDirection({ tiers, accounts }: NamespaceParts, policy: Policy, direction: Direction): boolean {
  const own = tiers.findIndex(({ candidates }) => candidates.some((one) => one.policy === policy));
  if (own < 0) return false;
  for (const [index, { tier, candidates }] of tiers.entries()) {
    for (const candidate of candidates) {
      if (!candidate.policy.types.includes(direction)) continue;
      if (index > own || doubtOf(candidate.policy, tier)) return true;
      const isTotal = candidate.selector === true;
      if (candidate.policy === policy) {
        if (isTotal || closesByRule(policy, direction)) return true;
      } else if (index < own && (!isTotal || candidate.facts.podSelectors.length > 0)) return true;
      if (!isTotal && selectsPlainPod(candidate, accounts)) return true;
    }
  }
  return false;
}

/** Whether a rule keeps connections from policies that come later: by refusing them, or by passing them on. */
function closesByRule({ ingress, egress }: Policy, direction: Direction): boolean {
  return (direction === 'Ingress' ? ingress : egress).some(
    ({ action }) => action === 'Deny' || action === 'Pass',
  );
}

/**
 * Whether a policy would open a namespace to everybody if nothing came before it: then it is closed only for as long
 * as something does.
 * @param policy one of the world's
 * @example
 * const head = { apiVersion: 'projectcalico.org/v3', kind: 'NetworkPolicy' };
 * const metadata = { name: 'deny', namespace: 'shop' };
 * const spec = { ingress: [{ action: 'Allow' }] };
 * const world = createPolicyWorld([{ ...head, metadata, spec }], { mode: 'v3crd' });
 * const shop = { name: 'shop', labels: {} };
 * const policy = findPolicy(world, { ...head, ...metadata });
 * mayOpen(world, shop, policy); // true
 */
export function mayOpen(world: PolicyWorld, namespace: NamespaceLike, policy: Policy): boolean {
  const candidate = candidateIn(world, namespace, policy);
  if (!candidate) return false;
  return directions.some((direction) =>
    genericRulesOf(candidate, direction).some((rule) => rule.action !== 'Deny' && !isNarrow(rule)),
  );
}

/** The share of all addresses, that of 10.0.0.0/8, up to which a rule has no part in leaving a namespace open. */
const narrowShare = 2 ** -8;

function isNarrow({ inside }: GenericRule): boolean {
  return inside.some(({ share }) => share <= narrowShare);
}

/**
 * Whether two versions of a policy are one and the same to every verdict on a namespace's cover, whatever else there
 * is: they differ in rules for known peers, protocols or ports, in which no connection that nobody asked for has a part.
 * @param before the policy as it was, with its world, and `after` as it will be
 * @example
 * const head = { apiVersion: 'projectcalico.org/v3', kind: 'NetworkPolicy' };
 * const metadata = { name: 'deny', namespace: 'shop' };
 * const deny = { ...head, metadata, spec: { types: ['Ingress'] } };
 * const allow = { action: 'Allow', protocol: 'TCP', destination: { ports: [80] } };
 * const later = { ...deny, spec: { ...deny.spec, ingress: [allow] } };
 * const read = (object) => {
 *   const world = createPolicyWorld([object], { mode: 'v3crd' });
 *   return { world, policy: findPolicy(world, { ...head, ...metadata }) };
 * };
 * closesAlike({ name: 'shop', labels: {} }, read(deny), read(later)); // true
 */
export function closesAlike(
  namespace: NamespaceLike,
  before: { readonly world: PolicyWorld; readonly policy: Policy },
  after: { readonly world: PolicyWorld; readonly policy: Policy },
): boolean {
  const one = candidateIn(before.world, namespace, before.policy);
  const other = candidateIn(after.world, namespace, after.policy);
  if (!one || !other) return one === other;
  return (
    isDeepStrictEqual(frameOf(one), frameOf(other)) &&
    directions.every((direction) =>
      isDeepStrictEqual(
        genericRulesOf(one, direction).map(partsOfRule),
        genericRulesOf(other, direction).map(partsOfRule),
      ),
    )
  );
}

/**
 * What decides whether a namespace is covered, as an identity: the same for two worlds, or two namespaces, between
 * which no verdict on cover can tell.
 * @param world as `createPolicyWorld` or `changeWorld` makes it
 * @param namespace its name and its labels; it need not be in the world
 * @example
 * const head = { apiVersion: 'projectcalico.org/v3', kind: 'NetworkPolicy' };
 * const metadata = { name: 'deny', namespace: 'shop' };
 * const deny = { ...head, metadata, spec: { types: ['Ingress'] } };
 * const world = createPolicyWorld([deny], { mode: 'v3crd' });
 * const [one, other] = ['cart', 'pay'].map((name) => coverageQuestion(world, { name, labels: {} }));
 * one === other; // true
 * one === coverageQuestion(world, { name: 'shop', labels: {} }); // false
 */
export function coverageQuestion(world: PolicyWorld, namespace: NamespaceLike): object {
  return resultsOf(world, {
    ...namespaceCase(world, namespace),
    families: familyNames,
    doubts: 'unknown',
  });
}

function candidateIn(world: PolicyWorld, namespace: NamespaceLike, policy: Policy): Candidate | undefined {
  for (const { candidates } of candidateTiers(namespaceCase(world, namespace))) {
    const found = candidates.find((candidate) => candidate.policy === policy);
    if (found) return found;
  }
  return undefined;
}

function genericRulesOf({ facts, policy }: Candidate, direction: Direction): readonly GenericRule[] {
  if (!policy.types.includes(direction)) return [];
  return [...facts.rules(direction, 'IPv4'), ...facts.rules(direction, 'IPv6')];
}

/** All of a policy but its rules. */
function frameOf({ policy, selector, facts }: Candidate) {
  const { types, tier, order, tieKey, staged, stagedAction, hostOnly, problems, confined } = policy;
  const { podSelectors } = facts;
  return {
    types,
    tier,
    order,
    tieKey,
    staged,
    stagedAction,
    hostOnly,
    problems,
    confined,
    selector,
    podSelectors,
  };
}

/** A rule without its place among those that are left out. */
function partsOfRule({ rule, index: _index, ...parts }: GenericRule) {
  return { ...parts, ipVersion: rule.ipVersion };
}
