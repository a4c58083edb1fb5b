import { referenceOf } from '../../../kubernetes/object.ts';
import { injectAnnotation } from '../../../linkerd/index.ts';
import { nameOf } from '../../../facts/object-name.ts';
import type { Finding } from '../../../facts/finding.ts';
import type { Rule } from '../../rule.ts';
import {
  annotatedObjects,
  annotationFinding,
  faultyAnnotations,
} from '../../../facts/mesh/linkerd-annotations.ts';
import { meshWorkloadOf, type MeshWorkload } from '../../../facts/workload/mesh-workload.ts';

/**
 * An annotation makes Linkerd refuse every pod, or answer what the API server can't read, so that pods are refused
 * or come without a proxy.
 * Source: linkerd2 charts/partials _proxy.tpl and _proxy-init.tpl, charts/patch/templates/patch.json.
 */
export const annotationFatal: Rule = {
  id: 'mesh/annotation-fatal',
  title: 'An annotation keeps pods from being created, or from getting their proxy',
  appliesTo: annotatedObjects,
  defaultAction: 'deny',
  readsInventory: true,
  settledAtBirth: true,
  check: (subject, context) => {
    const { object } = subject;
    const own = faultyAnnotations(subject, context)
      .filter(({ fault, key }) => fault === 'fatal' && key !== injectAnnotation)
      .map(
        (annotation): Finding => ({
          ...annotationFinding('mesh/annotation-fatal', object, annotation),
          expected: annotation.expected ?? 'no such annotation',
        }),
      );
    if (object.kind === 'Namespace') return own;
    const workload = meshWorkloadOf(subject, context);
    if (!workload || workload.hasProxy || workload.wanted.podCreation === 'allowed') return [];
    return own.length > 0 ? own : [spoiltByNamespace(workload)];
  },
};

function spoiltByNamespace({ namespace, object, template, wanted }: MeshWorkload): Finding {
  return {
    rule: 'mesh/annotation-fatal',
    object: referenceOf(object),
    pointer: template.pointer,
    message: `${nameOf(object)}: Linkerd can't inject its pods, because of an annotation of their namespace`,
    witness: wanted.denialMessage ?? 'its answer to the API server is no JSON',
    expected: `another value on Namespace "${namespace.name}"`,
  };
}
