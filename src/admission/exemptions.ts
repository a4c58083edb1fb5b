import type { AdmissionRequest } from '../kubernetes/admission-review.ts';
import { isTerminating } from '../kubernetes/namespace.ts';
import type { KubernetesObject } from '../kubernetes/object.ts';
import { isPolicyKind } from '../kubernetes/object-class.ts';
import { decidesAlike, metadataDecidesAlike } from './deciding-parts.ts';

/** By these a tenant changes what rules are about: a container that comes to a running pod is one of its containers. */
const judgedSubresources: ReadonlySet<string> = new Set(['ephemeralcontainers']);

/**
 * Why a review is allowed without being judged; undefined where it must be judged. What is being deleted must be able
 * to go, or a namespace or an object would be stuck for ever; who asks is never a reason.
 * @param namespace the namespace of the object, as far as it is known
 */
export function exemptionOf(request: AdmissionRequest, namespace?: KubernetesObject): string | undefined {
  const { operation, object, oldObject, subResource } = request;
  const writesLabels = subResource !== undefined && isLabelSubresource(request);
  if (subResource && !writesLabels && !judgedSubresources.has(subResource))
    return 'the subresource changes nothing that is judged';
  if (operation === 'UPDATE' && object && oldObject) {
    if (object.metadata.deletionTimestamp && decidesAlike(oldObject, object))
      return 'the object is being deleted and its meaning is unchanged';
    if (writesLabels && metadataDecidesAlike(oldObject, object))
      return 'the subresource leaves the labels as they are';
  }
  if (operation !== 'DELETE') return undefined;
  if (namespace && isTerminating(namespace)) return 'the namespace is being deleted with everything in it';
  if (oldObject && !isPolicyKind(oldObject) && oldObject.kind !== 'ServiceAccount') {
    return 'only the deletion of what policies are made of is judged';
  }
  return undefined;
}

/**
 * The subresources by which labels can be written: those of namespaces and pods keep spec and status apart, not
 * metadata. The status of a custom resource takes nothing from its metadata.
 * Source: Kubernetes `pkg/registry/core/{namespace,pod}/strategy.go`; `apiextensions-apiserver`
 * `pkg/registry/customresource/status_strategy.go`.
 */
function isLabelSubresource({ kind, subResource }: AdmissionRequest): boolean {
  return (
    kind.group === '' &&
    ((kind.kind === 'Namespace' && (subResource === 'status' || subResource === 'finalize')) ||
      (kind.kind === 'Pod' && subResource === 'status'))
  );
}
