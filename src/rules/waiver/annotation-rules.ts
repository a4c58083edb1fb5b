import {
  type AnnotationNotice,
  reportAnnotationWaivers,
  waiverAnnotations,
} from '../../conventions/waiver/annotation-notices.ts';
import { waiverTitles } from '../../conventions/waiver-report.ts';
import { pointerOf } from '../../kubernetes/json-pointer.ts';
import { annotationsOf, type KubernetesObject, referenceOf } from '../../kubernetes/object.ts';
import { podTemplateOf } from '../../kubernetes/pod-template.ts';
import { nameOf } from '../../facts/object-name.ts';
import { oncePerJudgement } from '../../facts/once.ts';
import type { Rule } from '../rule.ts';
import { isFromJudgedTemplate } from '../../facts/workload/template-owner.ts';

/** The kinds that other rules judge, so that there is something to waive. */
const kinds = [
  'workload',
  'policy',
  'Namespace',
  'ServiceAccount',
  'Service.',
  'Server.policy.linkerd.io',
  'AuthorizationPolicy.policy.linkerd.io',
];

/**
 * The rules about waivers that objects carry as annotations. What is to be said about waivers that are documents of
 * their own is said where they are: in the report of a run, and in their status.
 * The ids of all rules are asked for when something is judged, since these rules are among them.
 */
export function createAnnotationRules(knownRules: () => readonly string[]): readonly Rule[] {
  const noticesOf = oncePerJudgement((subject, context): readonly AnnotationNotice[] => {
    // A controller copies the annotations of its object to what it makes.
    if (isFromJudgedTemplate(subject, context)) return [];
    const { object } = subject;
    return [
      ...reportAnnotationWaivers(annotationsOf(object), context.convention, knownRules(), context.now),
      ...misplacedIn(object),
    ];
  });
  return (['waiver/expired', 'waiver/expires-soon', 'waiver/incomplete'] as const).map((id) => ({
    id,
    title: waiverTitles[id],
    appliesTo: { kinds, operations: ['CREATE', 'UPDATE', 'STATE'] },
    defaultAction: 'warn',
    check: (subject, context) =>
      noticesOf(subject, context)
        .filter(({ rule }) => rule === id)
        .map(({ pointer, message, expected }) => ({
          rule: id,
          object: referenceOf(subject.object),
          pointer,
          message: `${nameOf(subject.object)}: ${message}`,
          expected,
        })),
  }));
}

/** Waivers are read on the object itself: what stands on its pod template would have to be looked for on every pod. */
function misplacedIn(object: KubernetesObject): readonly AnnotationNotice[] {
  const template = podTemplateOf(object);
  if (!template || template.pointer === '') return [];
  return waiverAnnotations(template.annotations).map((key) => ({
    rule: 'waiver/incomplete',
    pointer: template.pointer + pointerOf('metadata', 'annotations', key),
    message: `the annotation ${key} waives nothing: it stands on the pod template`,
    expected: `the annotation at ${pointerOf('metadata', 'annotations')}, on the ${object.kind} itself`,
  }));
}
