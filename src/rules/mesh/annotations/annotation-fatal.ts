import { injectAnnotation } from '../../../linkerd/index.ts';
import type { Remark } from '../../../facts/finding.ts';
import { defineRule } from '../../define-rule.ts';
import {
  annotatedObjects,
  faultInWords,
  faultyAnnotations,
} from '../../../facts/mesh/linkerd-annotations.ts';
import { isHandedOn } from '../../../facts/mesh/operator-annotations.ts';
import { meshWorkloadOf, type MeshWorkload } from '../../../facts/workload/mesh-workload.ts';

/**
 * An annotation makes Linkerd refuse every pod, or answer what the API server can't read, so that pods are refused
 * or come without a proxy.
 * Source: linkerd2 charts/partials _proxy.tpl and _proxy-init.tpl, charts/patch/templates/patch.json.
 */
export const annotationFatal = defineRule({
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
        (annotation): Remark => ({
          ...faultInWords(annotation),
          expected: annotation.expected ?? 'no such annotation',
          // What an operator makes of it is its own affair.
          ...(annotation.inResource ? { defaultAction: 'warn' } : {}),
        }),
      );
    if (object.kind === 'Namespace' || isHandedOn(object, context.convention?.workloads)) return own;
    const workload = meshWorkloadOf(subject, context);
    if (!workload || workload.hasProxy || workload.wanted.podCreation === 'allowed') return [];
    return own.length > 0 ? own : [spoiltByNamespace(workload)];
  },
});

function spoiltByNamespace({ namespace, template, wanted }: MeshWorkload): Remark {
  return {
    pointer: template.pointer,
    message: "Linkerd can't inject its pods, because of an annotation of their namespace",
    witness: wanted.denialMessage ?? 'its answer to the API server is no JSON',
    expected: `another value on Namespace "${namespace.name}"`,
  };
}
