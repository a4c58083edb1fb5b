import type { VersionTraits } from './calico-version.ts';
import type { PolicyKind } from './policy.ts';

/** Where a policy stands: its tier, and what decides between it and another of the same order. */
export interface PolicyPosition {
  readonly tier: string;
  readonly tieKey: string;
}

interface NamedPolicy {
  readonly kind: PolicyKind;
  readonly namespace: string;
  readonly name: string;
  /** `spec.tier`, or the tier that the kind has by itself; empty where there is none. */
  readonly tier: string;
}

/**
 * The tier of a policy and its key among equal orders, by the rules of a version of Calico.
 * Source: Calico libcalico-go/lib/names/policy.go; felix/calc/policy_sorter.go (3.32 and 3.31).
 */
export function positionOf(policy: NamedPolicy, traits: VersionTraits): PolicyPosition {
  const { kind, name, namespace } = policy;
  const isCalico = !kind.includes('Kubernetes');
  const written = policy.tier === '' ? 'default' : policy.tier;
  let tier = written;
  if (isCalico && !traits.tiers) tier = 'default';
  else if (isCalico && traits.tierFromName) tier = tierFromName(name);
  if (traits.tieKey === 'name-namespace-kind') return { tier, tieKey: `${name}/${namespace}/${kind}` };
  const staged = kind.startsWith('Staged') ? 'staged:' : '';
  const tiered = isCalico ? withTier(name) : `${kubernetesPrefix(kind)}${name}`;
  return { tier, tieKey: `${namespace === '' ? '' : `${namespace}/`}${staged}${tiered}` };
}

/** The name without the prefix `default.`, which Calico until 3.31 puts before the names of stored objects. */
export function canonicalName(name: string, traits: VersionTraits): string {
  return traits.tieKey === 'tiered-name' && name.startsWith('default.')
    ? name.slice('default.'.length)
    : name;
}

/**
 * Whether a name says its tier, as the API until 3.31 wants it: with the tier and a dot before it, but for the default
 * tier. An object of the API without it can only be one of 3.32 or later.
 * Source: Calico 3.31 libcalico-go/lib/names/policy.go, ValidateTieredPolicyName.
 * @example
 * acceptsName('platform.shut', 'platform'); // true
 * acceptsName('shut', 'platform'); // false
 */
export function acceptsName(name: string, tier: string): boolean {
  return tierFromName(name) === tier;
}

function tierFromName(name: string): string {
  if (name.startsWith('knp.default.') || name.startsWith('ossg.')) return 'default';
  const dot = name.indexOf('.');
  return dot < 0 ? 'default' : name.slice(0, dot);
}

function withTier(name: string): string {
  return name.includes('.') ? name : `default.${name}`;
}

function kubernetesPrefix(kind: PolicyKind): string {
  switch (kind) {
    case 'KubernetesAdminNetworkPolicy':
      return 'kanp.adminnetworkpolicy.';
    case 'KubernetesBaselineAdminNetworkPolicy':
      return 'kbanp.baselineadminnetworkpolicy.';
    default:
      return 'knp.default.';
  }
}
