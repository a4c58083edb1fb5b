import type { KubernetesObject } from '../../../kubernetes/object.ts';
import { podTemplateOf } from '../../../kubernetes/pod-template.ts';
import { injectAnnotation, type MisplacedSetting } from '../../../linkerd/index.ts';
import type { Remark } from '../../../facts/finding.ts';
import { pointerOf } from '../../../kubernetes/json-pointer.ts';
import { annotationsOf } from '../../../kubernetes/object.ts';
import { podPlacesOf, type PodPlaces } from '../../../workloads/custom/pod-places.ts';
import { defineRule } from '../../define-rule.ts';
import { isFromJudgedTemplate } from '../../../facts/workload/template-owner.ts';
import { misplacedInFull, misplacedOf } from '../../../facts/mesh/misplaced-setting.ts';
import { meshConventionOf } from '../../../facts/workload/mesh-workload.ts';

/**
 * The inject annotation on a workload's own metadata, or written as a label: in either place it neither asks for
 * the mesh nor keeps anything out of it.
 * Source: linkerd2 pkg/inject/report.go, pkg/healthcheck/healthcheck_labels.go.
 */
export const injectMisplaced = defineRule({
  id: 'mesh/inject-misplaced',
  title: 'The inject annotation stands where Linkerd does not look',
  appliesTo: { kinds: ['workload', 'pod-maker', 'Namespace'], operations: ['CREATE', 'UPDATE', 'STATE'] },
  defaultAction: 'warn',
  settledAtBirth: true,
  check: (subject, context) => {
    const { object } = subject;
    if (!meshConventionOf(context.convention) || isFromJudgedTemplate(subject, context)) return [];
    const places = podPlacesOf(object, context.convention?.workloads);
    if (places) return misplacedOnResource(object, places);
    return misplacedOf(subject, context)
      .filter(({ key }) => key === injectAnnotation)
      .map((setting) => remarkOn(object, setting));
  },
});

/** Moving `disabled` would take pods out of the mesh that are in it now: that is for somebody to decide. */
function remarkOn(object: KubernetesObject, setting: MisplacedSetting): Remark {
  const remark = misplacedInFull(object, setting);
  if (setting.value === 'enabled' || setting.value === 'ingress') return remark;
  const { fix: _fix, ...rest } = remark;
  if (setting.value !== 'disabled') return rest;
  return {
    ...rest,
    witness: `it keeps ${podTemplateOf(object) ? 'its pods' : 'the pods of the namespace'} out of nothing`,
    expected:
      'no such annotation here, and a waiver for mesh/opt-out beside one that takes pods out of the mesh',
  };
}

/** On a custom resource whose own annotations its operator is known to keep from the pods. */
function misplacedOnResource(object: KubernetesObject, { known }: PodPlaces): readonly Remark[] {
  const value = annotationsOf(object)[injectAnnotation];
  const [place] = known?.annotations ?? [];
  if (known?.ownAnnotations !== 'stay' || value === undefined || place === undefined) return [];
  return [
    {
      pointer: pointerOf('metadata', 'annotations', injectAnnotation),
      message: `${injectAnnotation} on the ${object.kind} itself reaches none of its pods`,
      found: `${injectAnnotation}: ${JSON.stringify(value)}`,
      expected: `${injectAnnotation} at ${place}`,
    },
  ];
}
