import type { AdmissionRequest } from '../kubernetes/admission-review.ts';
import type { KubernetesObject } from '../kubernetes/object.ts';
import { classOf } from '../kubernetes/object-class.ts';
import type { Decision } from './decision.ts';
import { shortened } from './message.ts';
import { patchFor } from './patch.ts';

/** When the same writer undid the same addition to the same object by making it anew, in milliseconds; the latest last. */
export type TimesUndone = readonly number[];

/** So many times within this is a fight: an hour, and what a controller drifts that looks every half hour. */
const mostTimes = 3;
const withinMs = 65 * 60_000;
/** Nothing is added for so long after the last time; a controller that was put right meanwhile is met anew. */
const restMs = 24 * 60 * 60_000;
/** The API server may ask twice for one request, where another webhook has changed the object in between. */
const oneRequestMs = 1_000;
/** An object that is made anew so soon after it went is a replacement by its maker, not another try of somebody's. */
export const replacementMs = 60_000;

/**
 * Whether whoever makes an object anew has taken away by it what a patch would add: the one before had it. An update
 * undoes nothing, since what it takes away is back before it is stored: nothing rolls out, and the patch is still wanted.
 * Only service accounts count, as which controllers run: a person who deletes a workload and makes it again fights with
 * nobody. Pods and Jobs are made anew for many reasons, and no controller can compare their templates with what it wants,
 * since Linkerd changes them as well.
 *
 * @param decision The answer of the mutating webhook to the request.
 * @param former The object of that name that was there until now, if any.
 * @example
 * undoes(request, answerMutate(request, inventory, conventions, now), stored) // true: an operator replaced the object
 */
export function undoes(
  { operation, object, user }: AdmissionRequest,
  { patch, findings }: Decision,
  former: KubernetesObject | undefined,
): boolean {
  if (operation !== 'CREATE' || !object || !former || patch.length === 0) return false;
  if (!isCompared(object) || !isController(user)) return false;
  const edits = findings.flatMap(({ fix }) => fix ?? []);
  return patchFor(former, edits).length === 0;
}

function isController({ username }: AdmissionRequest['user']): boolean {
  return username.startsWith('system:serviceaccount:');
}

/** Whether a controller may compare an object's pod template with the one it wants. */
function isCompared(object: KubernetesObject): boolean {
  return classOf(object) === 'workload' && object.kind !== 'Pod' && object.kind !== 'Job';
}

/** With one time more; a time that belongs to the request of the one before is none. */
export function withTimeUndone(times: TimesUndone, at: number): TimesUndone {
  const last = times.at(-1);
  if (last !== undefined && at - last < oneRequestMs) return times;
  return [...times, at].slice(-mostTimes);
}

/** Whether nothing is to be added any more, since it would be undone again. */
export function isGivenUp(times: TimesUndone, now: number): boolean {
  const [first = 0] = times;
  const last = times.at(-1) ?? 0;
  return times.length === mostTimes && last - first <= withinMs && now - last < restMs;
}

/** The answer without its patch, which says whose writes undid it. What the object lacks the validating webhook judges. */
export function withhold(decision: Decision, writer: string): Decision {
  const rules = [...new Set(decision.findings.map(({ rule }) => rule))];
  return {
    ...decision,
    patch: [],
    findings: [],
    warnings: [
      shortened(`tollgate adds nothing (${rules.join(', ')}): taken away ${mostTimes} times by ${writer}`),
      ...decision.warnings,
    ],
    auditAnnotations: { withheld: rules.join(',') },
    withheld: { writer, rules },
  };
}
