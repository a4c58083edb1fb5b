import { findKind } from '../../kinds.ts';
import { groupOf, type KubernetesObject } from '../../kubernetes/object.ts';
import { pointerOf } from '../../kubernetes/json-pointer.ts';
import { injectAnnotation } from '../../linkerd/index.ts';
import { customWorkloadOf } from '../../workloads/custom/find-custom.ts';
import { foreignOwnerOf, undoesAnnotations } from '../../workloads/generated.ts';
import { defineRule } from '../define-rule.ts';
import { lacksOnlyAnnotation, meshWorkloadOf } from '../../facts/workload/mesh-workload.ts';

/**
 * The pods of a workload would not be meshed for want of the inject annotation on their template or namespace.
 * What could not live with the annotation does not get it: host networks, a Pod Security level that forbids
 * linkerd-init and Jobs that would never finish are findings of other rules.
 * Source: linkerd2 pkg/inject/report.go, only the pod's and the namespace's annotations are read.
 */
export const injectMissing = defineRule({
  id: 'mesh/inject-missing',
  title: 'A workload would run outside the mesh because nothing asks Linkerd to inject its pods',
  appliesTo: { kinds: ['workload'], operations: ['CREATE', 'UPDATE', 'STATE'] },
  defaultAction: { admission: 'deny', ci: 'warn', audit: 'warn' },
  mutates: true,
  readsInventory: true,
  settledAtBirth: true,
  check: (subject, context) => {
    const workload = meshWorkloadOf(subject, context);
    if (!workload || !lacksOnlyAnnotation(workload)) return [];
    const { mesh, object, template } = workload;
    const pointer = template.pointer + pointerOf('metadata', 'annotations', injectAnnotation);
    return [
      {
        pointer,
        message: `its pods would run outside the mesh, the pod template has no ${injectAnnotation} annotation`,
        ...(undoesAnnotations(object)
          ? { expected: placesInstead(object, mesh.inject) }
          : {
              expected: `${injectAnnotation}: ${mesh.inject} at ${template.pointer}/metadata/annotations`,
              fix: [{ pointer, value: mesh.inject }],
            }),
        // Nothing adds it to a custom resource: what is made of it gets the annotation when it is made.
        ...(findKind(groupOf(object.apiVersion), object.kind) ? {} : { defaultAction: 'warn' as const }),
        // Nothing adds it to a pod that runs.
        ...(object.kind === 'Pod' && context.point === 'audit' ? { defaultAction: 'deny' as const } : {}),
      },
    ];
  },
});

/** Where an operator that undoes what others add to its templates takes the annotation from, and the namespace. */
function placesInstead(object: KubernetesObject, value: string): string {
  const owner = foreignOwnerOf(object);
  const [at] = (owner && customWorkloadOf(owner)?.annotations) ?? [];
  const own = owner && at !== undefined ? `, or at ${at} of ${owner.kind} "${owner.name}"` : '';
  return `${injectAnnotation}: ${value} on the namespace${own}; the operator would undo it on the template`;
}
