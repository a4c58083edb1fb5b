import type { AdmissionRequest } from '../kubernetes/admission-review.ts';
import type { KubernetesObject } from '../kubernetes/object.ts';
import type { Subject } from '../rules/rule.ts';
import { passReason } from './pass.ts';

/** What is judged of a request; undefined where it is let through unjudged. */
export function subjectOf(request: AdmissionRequest): Subject | undefined {
  const { operation, object, oldObject, user } = request;
  const subject = operation === 'DELETE' ? oldObject : object;
  if (!subject || operation === 'CONNECT' || passReason(request)) return undefined;
  return { operation, object: inNamespace(subject, request), user, ...(oldObject ? { oldObject } : {}) };
}

/** The mutating call of an object made with kubectl carries its namespace only in the request. */
function inNamespace(object: KubernetesObject, { namespace }: AdmissionRequest): KubernetesObject {
  if (!namespace || object.metadata.namespace) return object;
  return { ...object, metadata: { ...object.metadata, namespace } };
}
