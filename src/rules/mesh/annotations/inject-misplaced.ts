import type { KubernetesObject } from '../../../kubernetes/object.ts';
import { podTemplateOf } from '../../../kubernetes/pod-template.ts';
import { injectAnnotation, type MisplacedSetting } from '../../../linkerd/index.ts';
import type { Remark } from '../../../facts/finding.ts';
import { pointerOf } from '../../../kubernetes/json-pointer.ts';
import { annotationsOf } from '../../../kubernetes/object.ts';
import { podPlacesOf, type PodPlaces } from '../../../workloads/custom/pod-places.ts';
import { customWorkloadOf } from '../../../workloads/custom/find-custom.ts';
import { isHandedOn } from '../../../facts/mesh/operator-annotations.ts';
import { defineRule } from '../../define-rule.ts';
import { isFromJudgedTemplate } from '../../../facts/workload/template-owner.ts';
import { misplacedInFull, misplacedOf } from '../../../facts/mesh/misplaced-setting.ts';
import { meshConventionOf } from '../../../facts/workload/mesh-workload.ts';

/**
 * The inject annotation on a workload's own metadata or a ServiceAccount, or written as a label: there it neither asks for
 * the mesh nor keeps anything out of it.
 * Source: linkerd2 pkg/inject/report.go, pkg/healthcheck/healthcheck_labels.go.
 */
export const injectMisplaced = defineRule({
  id: 'mesh/inject-misplaced',
  title: 'The inject annotation stands where Linkerd does not look',
  appliesTo: {
    kinds: ['workload', 'pod-maker', 'annotated', 'Namespace', 'ServiceAccount.'],
    operations: ['CREATE', 'UPDATE', 'STATE'],
  },
  defaultAction: 'warn',
  settledAtBirth: true,
  check: (subject, context) => {
    const { object } = subject;
    if (!meshConventionOf(context.convention) || isFromJudgedTemplate(subject, context)) return [];
    if (object.kind === 'ServiceAccount') return misplacedOnAccount(object);
    const places = podPlacesOf(object, context.convention?.workloads);
    if (places || isHandedOn(object, context.convention?.workloads))
      return misplacedOnResource(object, places);
    return misplacedOf(subject, context)
      .filter(({ key }) => key === injectAnnotation)
      .map((setting) => remarkOn(object, setting));
  },
});

/** Moving `disabled` would take pods out of the mesh that are in it now: that is for somebody to decide. */
function remarkOn(object: KubernetesObject, setting: MisplacedSetting): Remark {
  const remark = misplacedInFull(object, setting);
  if (setting.value === 'enabled' || setting.value === 'ingress') return remark;
  const { brief: _brief, fix: _fix, ...rest } = remark;
  if (setting.value !== 'disabled') return rest;
  return {
    ...rest,
    witness: `it keeps ${podTemplateOf(object) ? 'its pods' : 'the pods of the namespace'} out of nothing`,
    expected:
      'no such annotation here, and a waiver for mesh/opt-out beside one that takes pods out of the mesh',
  };
}

/** On a ServiceAccount, of which no pods are made. */
function misplacedOnAccount(object: KubernetesObject): readonly Remark[] {
  const value = annotationsOf(object)[injectAnnotation];
  if (value === undefined) return [];
  return [
    {
      pointer: pointerOf('metadata', 'annotations', injectAnnotation),
      message: `${injectAnnotation} does nothing on a ServiceAccount: Linkerd reads it on pod templates and namespaces`,
      found: `${injectAnnotation}: ${JSON.stringify(value)}`,
      expected: `${injectAnnotation} on the pod template of the workload, or on its namespace`,
    },
  ];
}

/** On a custom resource: some operators are known to keep its own annotations from the pods, of others nobody knows. */
function misplacedOnResource(object: KubernetesObject, places: PodPlaces | undefined): readonly Remark[] {
  const value = annotationsOf(object)[injectAnnotation];
  const known = places?.known ?? customWorkloadOf(object);
  if (value === undefined || (known && known.ownAnnotations !== 'stay')) return [];
  const place =
    known?.annotations[0] ?? places?.templates.map(({ pointer }) => `${pointer}/metadata/annotations`)[0];
  return [
    {
      pointer: pointerOf('metadata', 'annotations', injectAnnotation),
      message: known
        ? `${injectAnnotation} on the ${object.kind} itself reaches none of its pods`
        : `${injectAnnotation} on the ${object.kind} itself does nothing, unless its operator hands it on to its pods`,
      found: `${injectAnnotation}: ${JSON.stringify(value)}`,
      expected: `${injectAnnotation} ${place === undefined ? 'where the operator takes annotations of pods from' : `at ${place}`}`,
    },
  ];
}
