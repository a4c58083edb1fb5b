import { type KubernetesObject } from '../../kubernetes/object.ts';
import type { PolicyProblem } from '../policy/problem.ts';
import { record } from '../../kubernetes/read.ts';

/** A tier: a step of the walk that ends in its default action where none of its rules decided. */
export interface Tier {
  readonly name: string;
  /** `Infinity` for a tier that does not exist: it comes after all others. */
  readonly order: number;
  readonly defaultAction: 'Deny' | 'Pass';
  /** False for a tier that policies name although there is no such Tier. */
  readonly exists: boolean;
  readonly problems: readonly PolicyProblem[];
}

/** The order of the default tier, and of a tier without one. Source: Calico libcalico-go/lib/resources/tier.go. */
const defaultOrder = 1_000_000;

/** Reads a Tier object. */
export function readTier(object: KubernetesObject, problems: readonly PolicyProblem[]): Tier {
  const spec = record(object.spec);
  return {
    name: object.metadata.name ?? '',
    order: typeof spec.order === 'number' ? spec.order : defaultOrder,
    defaultAction: spec.defaultAction === 'Pass' ? 'Pass' : 'Deny',
    exists: true,
    problems,
  };
}

/** The tiers that Calico makes itself. Source: Calico api/pkg/apis/projectcalico/v3/tier.go. */
export function builtInTiers(kubernetesAdminKinds: ReadonlySet<string>): readonly Tier[] {
  const tiers = [builtIn('default', defaultOrder, 'Deny')];
  if (kubernetesAdminKinds.has('ClusterNetworkPolicy')) {
    tiers.push(builtIn('kube-admin', 1_000, 'Pass'), builtIn('kube-baseline', 10_000_000, 'Pass'));
  }
  if (kubernetesAdminKinds.has('AdminNetworkPolicy')) {
    tiers.push(builtIn('adminnetworkpolicy', 1_000, 'Pass'));
  }
  if (kubernetesAdminKinds.has('BaselineAdminNetworkPolicy')) {
    tiers.push(builtIn('baselineadminnetworkpolicy', 10_000_000, 'Pass'));
  }
  return tiers;
}

/** What stands in for a tier that policies name and that does not exist; Felix ends it in Deny. */
export function missingTier(name: string): Tier {
  return { name, order: Number.POSITIVE_INFINITY, defaultAction: 'Deny', exists: false, problems: [] };
}

/** Orders tiers as Calico does: missing ones last, then by order, then by name. */
export function compareTiers(left: Tier, right: Tier): number {
  if (left.exists !== right.exists) return left.exists ? -1 : 1;
  if (left.order !== right.order) return left.order < right.order ? -1 : 1;
  return left.name < right.name ? -1 : left.name > right.name ? 1 : 0;
}

function builtIn(name: string, order: number, defaultAction: Tier['defaultAction']): Tier {
  return { name, order, defaultAction, exists: true, problems: [] };
}
