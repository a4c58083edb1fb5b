import { literalsOf } from './atoms.ts';
import type { Atom } from './evaluate.ts';
import type { LabelField, SelectorRemark } from './remark.ts';

/**
 * What is odd about Calico's own labels: each exists only in some fields, and a selector that asks for it elsewhere
 * is accepted and does not work.
 * Source: Calico libcalico-go/lib/backend/k8s/conversion/workload_endpoint_default.go and the page on Calico labels.
 */
export function reservedRemarks(key: string, atoms: readonly Atom[], field: LabelField): SelectorRemark[] {
  return field === 'selector' || field === 'notSelector'
    ? endpointRemarks(key, atoms)
    : parentRemarks(key, atoms, field);
}

function endpointRemarks(key: string, atoms: readonly Atom[]): SelectorRemark[] {
  switch (key) {
    case 'projectcalico.org/name': {
      const message = `pods have no label ${key}: Calico adds it to namespaces and service accounts only`;
      const namespace = withValue('projectcalico.org/namespace', atoms);
      const remedy = `write ${namespace}, or put ${withValue(key, atoms)} into namespaceSelector`;
      return [{ code: 'reserved-name', key, message, remedy }];
    }
    case 'kubernetes.io/metadata.name': {
      const message = `pods have no label ${key}: Kubernetes adds it to namespaces only`;
      return [{ code: 'reserved-name', key, message, remedy: 'put it into namespaceSelector' }];
    }
    case 'projectcalico.org/orchestrator':
      return atoms
        .flatMap(literalsOf)
        .filter((value) => value !== 'k8s')
        .map((value) => ({
          code: 'reserved-value' as const,
          key,
          value,
          message: `${key} is never "${value}" in Kubernetes: Calico gives every pod the value k8s`,
          remedy: `write ${key} == "k8s"`,
        }));
    default:
      return [];
  }
}

function parentRemarks(key: string, atoms: readonly Atom[], field: LabelField): SelectorRemark[] {
  const parents = field === 'namespaceSelector' ? 'namespaces' : 'service accounts';
  if (/^pc(ns|sa)\./.test(key)) {
    const message = `${parents} have no label ${key}: Calico adds the prefix itself`;
    return [{ code: 'reserved-name', key, message, remedy: `write ${key.slice('pcns.'.length)}` }];
  }
  if (!endpointOnly.has(key)) return [];
  const message = `${parents} have no label ${key}: Calico adds it to pods only`;
  const own =
    field === 'namespaceSelector' ? 'projectcalico.org/namespace' : 'projectcalico.org/serviceaccount';
  const remedy = key === own ? `write ${withValue('projectcalico.org/name', atoms)}` : `put it into selector`;
  return [{ code: 'reserved-name', key, message, remedy }];
}

const endpointOnly: ReadonlySet<string> = new Set([
  'projectcalico.org/namespace',
  'projectcalico.org/orchestrator',
  'projectcalico.org/serviceaccount',
]);

/** `key == "value"` with the one value that conditions name, else `key` alone. */
function withValue(key: string, atoms: readonly Atom[]): string {
  const values = atoms.flatMap(literalsOf);
  return values.length === 1 ? `${key} == "${values[0]}"` : key;
}
