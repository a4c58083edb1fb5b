import type { CalicoMode } from './calico-mode.ts';
import type { Direction } from './policy.ts';
import { texts } from '../../kubernetes/read.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * The directions a Calico policy governs: as written, else defaulted. Calico's API server and calicoctl look at the
 * length of the lists of rules, the admission policy of native custom resources at their presence; where nothing
 * defaults, no types are both.
 * Source: Calico api/pkg/defaults/networkpolicy.go, api/admission/networkpolicy.mutatingadmissionpolicy.yaml,
 * felix/calc/policy_sorter.go.
 * @param spec of a NetworkPolicy or GlobalNetworkPolicy, staged or not
 * @example
 * typesOf({ ingress: [], egress: [{ action: 'Allow' }] }, 'apiserver'); // ['Egress']
 * typesOf({ ingress: [], egress: [{ action: 'Allow' }] }, 'v3crd'); // ['Ingress', 'Egress']
 */
export function typesOf(spec: Fields, mode: CalicoMode): readonly Direction[] {
  const written = writtenTypes(spec.types);
  if (written.length > 0) return written;
  if (mode === 'raw' || (mode === 'v3crd' && isPresent(spec.types))) return both;
  const given = mode === 'apiserver' ? hasItems : isPresent;
  if (!given(spec.egress)) return ['Ingress'];
  return given(spec.ingress) ? both : ['Egress'];
}

/**
 * The directions a Kubernetes NetworkPolicy governs: ingress always, egress where it has rules for it. The admission
 * policy of native custom resources takes an empty list for rules in Calico's staged form of it.
 * Source: Kubernetes pkg/apis/networking/v1/defaults.go; Calico api/admission/networkpolicy.mutatingadmissionpolicy.yaml.
 */
export function kubernetesTypesOf(spec: Fields, mode: CalicoMode): readonly Direction[] {
  const written = writtenTypes(spec.policyTypes);
  if (written.length > 0) return written;
  return (mode === 'v3crd' ? isPresent(spec.egress) : hasItems(spec.egress)) ? both : ['Ingress'];
}

/** The directions in a list, without regard to case, each once; anything else in it counts for nothing. */
export function writtenTypes(types: unknown): readonly Direction[] {
  const written = new Set(texts(types).map((type) => type.toLowerCase()));
  return both.filter((direction) => written.has(direction.toLowerCase()));
}

const both: readonly Direction[] = ['Ingress', 'Egress'];

function hasItems(rules: unknown): boolean {
  return Array.isArray(rules) && rules.length > 0;
}

function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null;
}
