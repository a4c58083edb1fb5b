import { pointerOf } from '../../kubernetes/json-pointer.ts';
import { annotationsOf } from '../../kubernetes/object.ts';
import { injectAnnotation } from '../../linkerd/index.ts';
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
    if (places) return meshConventionOf(context.convention) ? optOutsAt(places) : [];
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
        expected,
      },
    ];
  },
});

const pointer = pointerOf('metadata', 'annotations', injectAnnotation);
const expected = `${injectAnnotation}: enabled, or a waiver for mesh/opt-out with owner, reason and end`;

/** Where nothing but the structure says that pods are made of this, a warning is enough. */
function optOutsAt({ annotations: places, known }: PodPlaces): readonly Remark[] {
  return places
    .filter(({ annotations }) => injectValueOf(annotations) === 'disabled')
    .map(({ pointer: at }) => ({
      pointer: at + pointerOf(injectAnnotation),
      message: `the pods made of it would run outside the mesh, ${at} says ${injectAnnotation}: disabled`,
      expected,
      ...(known ? {} : { defaultAction: 'warn' as const }),
    }));
}
