import { pointerOf } from '../../kubernetes/json-pointer.ts';
import { annotationsOf } from '../../kubernetes/object.ts';
import { injectAnnotation, type InjectionNamespace, type LinkerdProfile } from '../../linkerd/index.ts';
import type { PodTemplate } from '../../kubernetes/pod-template.ts';
import { askForMesh } from '../../facts/mesh/if-meshed.ts';
import { injectionNamespaceOf } from '../../facts/workload/injection-namespace.ts';
import type { Remark } from '../../facts/finding.ts';
import { podPlacesOf, type PodPlaces } from '../../workloads/custom/pod-places.ts';
import { defineRule } from '../define-rule.ts';
import { injectValueOf, meshConventionOf, meshWorkloadOf } from '../../facts/workload/mesh-workload.ts';

/**
 * A workload, or a whole namespace, is kept out of the mesh by `linkerd.io/inject: disabled`. Leaving the mesh is a
 * decision that somebody answers for: a waiver says who, why and until when.
 */
export const optOut = defineRule({
  id: 'mesh/opt-out',
  title: 'A workload or a namespace opts out of the mesh',
  appliesTo: { kinds: ['workload', 'pod-maker', 'Namespace'], operations: ['CREATE', 'UPDATE', 'STATE'] },
  defaultAction: 'deny',
  readsInventory: true,
  settledAtBirth: true,
  check: (subject, context) => {
    const { object } = subject;
    if (object.kind === 'Namespace') {
      if (!meshConventionOf(context.convention) || injectValueOf(annotationsOf(object)) !== 'disabled')
        return [];
      return [
        {
          pointer,
          message: `${injectAnnotation}: disabled keeps its pods out of the mesh`,
          expected,
        },
      ];
    }
    const places = podPlacesOf(object, context.convention?.workloads);
    const mesh = meshConventionOf(context.convention);
    if (places)
      return mesh ? optOutsAt(places, injectionNamespaceOf(object, context.inventory), mesh.linkerd) : [];
    const workload = meshWorkloadOf(subject, context);
    if (!workload?.optOut || workload.hasProxy) return [];
    const why =
      workload.optOut === 'template'
        ? `the pod template says ${injectAnnotation}: disabled`
        : `its namespace says ${injectAnnotation}: disabled and the pod template says nothing`;
    return [
      {
        pointer: workload.template.pointer + pointer,
        message: `its pods would run outside the mesh, ${why}`,
        expected: inMeshOrWaived(askForMesh(workload.template, workload.namespace, workload.mesh.linkerd)),
      },
    ];
  },
});

const pointer = pointerOf('metadata', 'annotations', injectAnnotation);
/** Where pods cannot be in the mesh, or not as they are, asking for it alone would be the next finding. */
function inMeshOrWaived(inMesh: string | undefined): string {
  return `${inMesh === undefined ? '' : `${inMesh}, or `}a waiver for mesh/opt-out with owner, reason and end`;
}

const expected = inMeshOrWaived(`${injectAnnotation}: enabled`);

/** Where nothing but the structure says that pods are made of this, a warning is enough. */
function optOutsAt(
  { annotations: places, known, templates }: PodPlaces,
  namespace: InjectionNamespace,
  profile: LinkerdProfile,
): readonly Remark[] {
  const templateAt = (at: string) =>
    templates.find((template) => `${template.pointer}/metadata/annotations` === at);
  const expectedAt = (template: PodTemplate | undefined) =>
    template ? inMeshOrWaived(askForMesh(template, namespace, profile)) : expected;
  return places
    .filter(({ annotations }) => injectValueOf(annotations) === 'disabled')
    .map(({ pointer: at }) => ({
      pointer: at + pointerOf(injectAnnotation),
      message: `the pods made of it would run outside the mesh, ${at} says ${injectAnnotation}: disabled`,
      expected: expectedAt(templateAt(at)),
      ...(known ? {} : { defaultAction: 'warn' as const }),
    }));
}
