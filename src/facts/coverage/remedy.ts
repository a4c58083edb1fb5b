import {
  type Direction,
  type DirectionCoverage,
  endOfTier,
  evaluateSelector,
  findDecider,
  hostEndpointsSelectedBy,
  type Policy,
  type PolicyWorld,
  rulesOf,
  type TrailStep,
  type UnknownReason,
} from '../../calico/index.ts';
import type { NamespaceIdentity } from '../../kubernetes/namespace.ts';
import { listInWords } from '../../text/list.ts';
import { policyInWords } from '../policy/policy-in-words.ts';
import { type MayName, namesOfSets } from './coverage-in-words.ts';
import { policyMeant } from './policy-meant.ts';

/**
 * What ends an escape: the rule that opens, where one does, since within a tier the first match decides and no further
 * policy takes anything away; the policy that was meant, where one misses the namespace; undefined where another policy
 * is all that lacks.
 * Source: Calico felix/rules/endpoints.go, the walk through tiers and policies.
 */
export function remedyFor(
  world: PolicyWorld,
  namespace: NamespaceIdentity,
  { direction, decidedBy, witness }: DirectionCoverage,
  mayName: MayName,
): string | undefined {
  const last = decidedBy.at(-1);
  const step = last?.kind === 'Profile' ? decidedBy.at(-2) : last;
  if (!step) return policyMeant(world, namespace, direction);
  const policy = step.rule === endOfTier ? undefined : findDecider(world, step);
  if (!policy) return undefined;
  const rule = `${direction.toLowerCase()} rule ${(step.written ?? step.rule) + 1} of ${policyInWords(policy)}`;
  const ways =
    step.verdict === 'pass'
      ? waysForPass(policy, rule, isBlockList(policy, step, direction))
      : [
          ...forHosts(world, policy),
          ...namesOfSets(witness?.sets ?? [], mayName)
            .slice(0, 1)
            .map((set) => `take the wide networks out of ${set}`),
          `restrict ${rule} to the peers and ports that are meant`,
          isBlockList(policy, step, direction) && policy.tier === 'default'
            ? 'move the policy to a tier before "default", with Pass instead of this Allow'
            : 'remove the rule',
        ];
  return ways.length === 0 ? undefined : listInWords(ways, { last: ', or' });
}

function waysForPass(policy: Policy, rule: string, isList: boolean): readonly string[] {
  if (policy.tier !== 'default')
    return [`a policy in a tier after "${policy.tier}" that selects every pod`, `remove ${rule}`];
  const move = 'move the policy to a tier before "default", where "default" then decides';
  return isList ? [move, `remove ${rule}`] : [`remove ${rule}`, move];
}

/** Whether a rule lets through what the rules before it do not deny. */
function isBlockList(policy: Policy, { rule }: TrailStep, direction: Direction): boolean {
  return rulesOf(policy, direction)
    .slice(0, rule)
    .some(({ action }) => action === 'Deny');
}

/**
 * A policy for labels of nodes also selects each pod that has such a label.
 * Source: Calico's documentation on protecting hosts; calico#8109.
 */
function forHosts(world: PolicyWorld, policy: Policy): readonly string[] {
  const { namespaceSelector, selector, serviceAccountSelector } = policy.written;
  if (policy.kind !== 'GlobalNetworkPolicy' || `${namespaceSelector}${serviceAccountSelector}` !== '')
    return [];
  if (selector.trim() === '' || !policy.selector || evaluateSelector(policy.selector, () => undefined))
    return [];
  const guard = `selector: (${selector}) && !has(projectcalico.org/namespace)`;
  return hostEndpointsSelectedBy(world, policy).length > 0
    ? [`keep ${policyInWords(policy)}, which selects host endpoints, off pods with ${guard}`]
    : [`if ${policyInWords(policy)} is meant for host endpoints, keep it off pods with ${guard}`];
}

/** What makes an answer possible, for each reason why there is none. */
export function repairsFor(reasons: readonly UnknownReason[]): readonly string[] {
  return [...new Set(reasons.map(repairFor))];
}

function repairFor({ code, tier = '' }: UnknownReason): string {
  switch (code) {
    case 'policy-invalid':
      return 'fix the policy that is not valid';
    case 'tier-missing':
      return `create Tier "${tier}" first, or judge it together with its policies`;
    case 'tier-invalid':
      return `fix Tier "${tier}"`;
    case 'view-incomplete':
      return 'fix or render what could not be read, then run again';
    default:
      return 'policies with fewer different labels and networks';
  }
}
