import type { CalicoMode } from './calico-mode.ts';
import type { Direction } from './policy.ts';

/**
 * The directions a Calico policy governs: as written, else defaulted. Calico's API server and calicoctl look at the
 * length of the lists of rules, the admission policy of native custom resources at their presence; where nothing
 * defaults, no types are both.
 * Source: Calico api/pkg/defaults/networkpolicy.go, api/admission/networkpolicy.mutatingadmissionpolicy.yaml,
 * felix/calc/policy_sorter.go.
 */
export function typesOf(spec: Readonly<Record<string, unknown>>, mode: CalicoMode): readonly Direction[] {
  const written = writtenTypes(spec);
  if (written.length > 0) return written;
  if (mode === 'raw' || (mode === 'v3crd' && spec.types !== undefined && spec.types !== null)) return both;
  const given = mode === 'apiserver' ? hasItems : isPresent;
  if (!given(spec.egress)) return ['Ingress'];
  return given(spec.ingress) ? both : ['Egress'];
}

/** The directions in `types`, without regard to case, each once; anything else in the list counts for nothing. */
export function writtenTypes(spec: Readonly<Record<string, unknown>>): readonly Direction[] {
  const types = Array.isArray(spec.types) ? spec.types : [];
  return both.filter((direction) =>
    types.some((type) => typeof type === 'string' && type.toLowerCase() === direction.toLowerCase()),
  );
}

const both: readonly Direction[] = ['Ingress', 'Egress'];

function hasItems(rules: unknown): boolean {
  return Array.isArray(rules) && rules.length > 0;
}

function isPresent(rules: unknown): boolean {
  return rules !== undefined && rules !== null;
}
