import { referenceOf } from '../kubernetes/object.ts';
import { classOf } from '../kubernetes/object-class.ts';
import type { Decision } from './decision.ts';
import type { TakeAway } from './may-open-namespaces.ts';

/** Seconds after which to ask again: as soon as a client of Kubernetes can. */
const retryAfterSeconds = 1;

/**
 * The answer to a change that takes cover away where nobody could make sure that something else covers, and to a workload
 * of a held namespace where nobody could make sure that it keeps its cover: it is refused,
 * and kubectl and other clients of Kubernetes ask again by themselves. It has the status of a server that is busy.
 * Source: Kubernetes, apiserver `responsewriters.ErrorNegotiated` (Retry-After) and client-go `rest/with_retry.go`.
 * @param why a clause: what could not be done
 */
export function refuseUnconfirmed(decision: Decision, { subject }: TakeAway, why: string): Decision {
  const { kind, namespace, name } = referenceOf(subject.object);
  const called = `${kind} "${namespace === undefined ? '' : `${namespace}/`}${name}"`;
  const isWorkload = classOf(subject.object) === 'workload';
  const rule = isWorkload ? 'gate/held' : 'gate/default-deny-lost';
  const what = isWorkload
    ? `namespace "${namespace ?? 'default'}" takes workloads only while it is denied by default, and it could not be confirmed that it stays so`
    : 'this change takes cover from a namespace, and it could not be confirmed that something else covers it';
  const message = [
    `${rule}: ${called}: ${what}`,
    `  because: ${why}`,
    '  To fix: try again in a few seconds; nothing was changed',
    `  more: tollgate explain ${rule}`,
  ].join('\n');
  return {
    ...decision,
    allowed: false,
    status: { code: 503, reason: 'ServiceUnavailable', message, details: { retryAfterSeconds } },
    patch: [],
    auditAnnotations: { ...decision.auditAnnotations, unconfirmed: why },
  };
}
