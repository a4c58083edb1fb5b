import { isDeepStrictEqual } from 'node:util';
import { isPolicyKind } from '../kubernetes/object-class.ts';
import type { Subject } from '../rules/rule.ts';

/**
 * Whether a change may take from a namespace what it relies on: a policy or a network set that goes or says something
 * else, and other labels of what policies select by them. Whether something else holds then is asked of what exists at
 * this very moment: of two policies deleted one right after the other, the first must not vouch for the second.
 */
export function mayTakeAway({ operation, object, oldObject }: Subject): boolean {
  if (operation === 'DELETE') return isPolicyKind(object) || object.kind === 'ServiceAccount';
  if (operation !== 'UPDATE') return false;
  const isRespecified = isPolicyKind(object) && !isDeepStrictEqual(object.spec, oldObject?.spec);
  const isRelabelled =
    selectedKinds.has(object.kind) &&
    !isDeepStrictEqual(object.metadata.labels ?? {}, oldObject?.metadata.labels ?? {});
  return isRespecified || isRelabelled;
}

/** What policies select by its labels, workloads left out: those take nothing from anybody else. */
const selectedKinds = new Set([
  'Namespace',
  'ServiceAccount',
  'NetworkSet',
  'GlobalNetworkSet',
  'HostEndpoint',
]);
