import type { Inventory } from '../inventory/inventory.ts';
import type { AdmissionRequest } from '../kubernetes/admission-review.ts';
import type { KubernetesObject } from '../kubernetes/object.ts';
import type { Subject } from '../facts/subject.ts';
import { followedForm } from './followed-form.ts';
import { exemptionOf } from './exemptions.ts';

/** What is judged of a request; undefined where it is let through unjudged. */
export function subjectOf(request: AdmissionRequest, inventory: Inventory): Subject | undefined {
  const { operation, oldObject, user } = request;
  const subject = operation === 'DELETE' ? oldObject : request.object;
  if (!subject || operation === 'CONNECT') return undefined;
  const { namespace } = inNamespace(subject, request).metadata;
  if (exemptionOf(request, namespace === undefined ? undefined : inventory.namespace(namespace)))
    return undefined;
  const object = operation === 'DELETE' ? followedForm(subject, inventory) : subject;
  return { operation, object: inNamespace(object, request), user, ...(oldObject ? { oldObject } : {}) };
}

/** The mutating call of an object made with kubectl carries its namespace only in the request. */
function inNamespace(object: KubernetesObject, { namespace }: AdmissionRequest): KubernetesObject {
  if (!namespace || object.metadata.namespace) return object;
  return { ...object, metadata: { ...object.metadata, namespace } };
}
