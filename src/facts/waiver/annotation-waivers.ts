import {
  type AnnotationNotice,
  reportAnnotationWaivers,
  waiverAnnotations,
} from '../../conventions/waiver/annotation-notices.ts';
import { pointerOf } from '../../kubernetes/json-pointer.ts';
import { annotationsOf, type KubernetesObject } from '../../kubernetes/object.ts';
import { podTemplateOf } from '../../kubernetes/pod-template.ts';
import type { Remark } from '../finding.ts';
import { rememberInScope } from '../../memo/scope.ts';
import type { KindMatcher, RuleContext, Subject } from '../subject.ts';
import { isFromJudgedTemplate } from '../workload/template-owner.ts';

/** The objects that other rules judge, so that there is something to waive. */
export const waivableObjects: KindMatcher = {
  kinds: [
    'workload',
    'policy',
    'Namespace',
    'ServiceAccount',
    'Service.',
    'Server.policy.linkerd.io',
    'AuthorizationPolicy.policy.linkerd.io',
  ],
  operations: ['CREATE', 'UPDATE', 'STATE'],
};

/**
 * What one rule about waivers says of those that an object carries as annotations. What is to be said about waivers
 * that are documents of their own is said where they are: in the report of a run, and in their status.
 */
export function annotationRemarks(
  rule: AnnotationNotice['rule'],
): (subject: Subject, context: RuleContext) => readonly Remark[] {
  return (subject, context) =>
    noticesOf(subject, context)
      .filter((notice) => notice.rule === rule)
      .map(({ pointer, message, expected }) => ({ pointer, message, expected }));
}

const noticesOf = rememberInScope(
  { name: 'waivers in annotations of the subject' },
  (subject: Subject, context: RuleContext): readonly AnnotationNotice[] => {
    // A controller copies the annotations of its object to what it makes.
    if (isFromJudgedTemplate(subject, context)) return [];
    const { object } = subject;
    const { convention, knownRules, now } = context;
    return [
      ...reportAnnotationWaivers(annotationsOf(object), convention, knownRules, now),
      ...misplacedIn(object),
    ];
  },
);

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
