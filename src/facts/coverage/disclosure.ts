import type { KubernetesObject } from '../../kubernetes/object.ts';
import { nameOf } from '../object-name.ts';
import type { Finding } from '../finding.ts';
import { ownNamespace } from './change-reach.ts';
import type { MayName } from './coverage-in-words.ts';

/**
 * The witness of what a change does in a namespace, as far as whoever asks may know it. Who changes an object of one
 * namespace is told what is in that namespace, and of others the name alone; the rest is for the log. A request for
 * the whole cluster is told all of it.
 */
export function witnessFor(
  object: KubernetesObject,
  namespace: string,
  write: (mayName: MayName) => string,
): Pick<Finding, 'witness' | 'forLog'> {
  const own = ownNamespace(object);
  const full = `in "${namespace}": ${write(() => true)}`;
  if (own === undefined) return { witness: full };
  if (own !== namespace) return { witness: `a pod of "${namespace}"${foundBy(object)}`, forLog: full };
  const witness = `in "${namespace}": ${write((name) => name === own)}`;
  return witness === full ? { witness } : { witness, forLog: full };
}

/** How an object of one namespace comes into the policies of another. */
function foundBy(object: KubernetesObject): string {
  if (object.kind === 'NetworkSet') return `; its policies find ${nameOf(object)} by labels or namespace`;
  if (object.kind === 'Namespace')
    return `; its policies find network sets of "${object.metadata.name ?? ''}" by the labels of their namespace`;
  return '';
}
