import type { AdmissionRequest } from '../kubernetes/admission-review.ts';
import { isPolicyKind } from '../kubernetes/object-class.ts';

const namespaceController = 'system:serviceaccount:kube-system:namespace-controller';

/** By these a tenant changes what rules are about: a container that comes to a running pod is one of its containers. */
const judgedSubresources: ReadonlySet<string> = new Set(['ephemeralcontainers']);

/**
 * Why a review is let through without being judged; undefined where it must be judged.
 * Whatever is on its way out must get there: a refusal would leave a namespace or an object stuck for ever.
 */
export function passReason(request: AdmissionRequest): string | undefined {
  const { operation, object, oldObject, subResource, user } = request;
  if (subResource && !judgedSubresources.has(subResource)) return 'subresources are not judged';
  if (operation === 'UPDATE' && object?.metadata.deletionTimestamp) return 'the object is being deleted';
  if (operation !== 'DELETE') return undefined;
  if (user.username === namespaceController) return 'the namespace controller empties a namespace';
  if (oldObject && !isPolicyKind(oldObject) && oldObject.kind !== 'ServiceAccount') {
    return 'only the deletion of what policies are made of is judged';
  }
  return undefined;
}
