import { groupOf, type KubernetesObject } from '../../kubernetes/object.ts';
import { record, text } from '../../kubernetes/read.ts';
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

/** The kinds of Calico's API whose policies stand in a tier that their names say. */
export const tieredKinds: ReadonlySet<string> = new Set([
  'NetworkPolicy',
  'GlobalNetworkPolicy',
  'StagedNetworkPolicy',
  'StagedGlobalNetworkPolicy',
] satisfies readonly PolicyKind[]);

/**
 * The tier of a policy whose name does not say it, as the API until 3.31 wants it: with the tier and a dot before the
 * name, but for the default tier. Undefined where the name says it, and for what is no such policy. An object of the API
 * without it can only be one of 3.32 or later; nobody checks what is written to the storage itself.
 * Source: Calico 3.31 libcalico-go/lib/names/policy.go, ValidateTieredPolicyName.
 * @example
 * const head = { apiVersion: 'projectcalico.org/v3', kind: 'GlobalNetworkPolicy', spec: { tier: 'platform' } };
 * tierNotInName({ ...head, metadata: { name: 'platform.shut' } }); // undefined
 * tierNotInName({ ...head, metadata: { name: 'shut' } }); // 'platform'
 */
export function tierNotInName({ apiVersion, kind, metadata, spec }: KubernetesObject): string | undefined {
  const { name = '' } = metadata;
  if (groupOf(apiVersion) !== 'projectcalico.org' || !tieredKinds.has(kind) || name === '') return undefined;
  const tier = text(record(spec).tier) || 'default';
  return tierFromName(name) === tier ? undefined : tier;
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
