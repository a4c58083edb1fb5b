import { referenceOf, type KubernetesObject } from '../../../kubernetes/object.ts';
import { injectAnnotation, misplacedSettings, type MisplacedSetting } from '../../../linkerd/index.ts';
import { listed } from '../../../facts/listed.ts';
import { nameOf } from '../../../facts/object-name.ts';
import { oncePerJudgement } from '../../../facts/once.ts';
import type { Finding } from '../../../facts/finding.ts';
import type { Rule } from '../../rule.ts';
import {
  annotatedObjects,
  annotationFinding,
  faultyAnnotations,
} from '../../../facts/mesh/linkerd-annotations.ts';
import { meshConventionOf } from '../../../facts/workload/mesh-workload.ts';
import { moveTo } from '../../../facts/mesh/moved-annotation.ts';
import { cut } from '../../../text/cut.ts';

/**
 * An annotation or label of Linkerd's that does nothing where it stands, in this version, or without another one.
 * Source: linkerd2 pkg/inject, pkg/healthcheck/healthcheck_labels.go, policy-controller outbound index.
 */
export const annotationDead: Rule = {
  id: 'mesh/annotation-dead',
  title: "A setting of Linkerd's does nothing where it stands",
  appliesTo: annotatedObjects,
  defaultAction: 'warn',
  check: (subject, context) => {
    if (!meshConventionOf(context.convention)) return [];
    const dead = faultyAnnotations(subject, context).filter(({ fault }) => fault === 'dead');
    const told = new Set(dead.map(({ pointer }) => pointer));
    const misplaced = misplacedOf(subject, context).filter(
      ({ key, pointer }) => key !== injectAnnotation && !told.has(pointer),
    );
    return [
      ...dead.map((annotation) => ({
        ...annotationFinding('mesh/annotation-dead', subject.object, annotation),
        expected: 'no such annotation here',
      })),
      ...listed(
        misplaced,
        (setting) => misplacedFinding('mesh/annotation-dead', subject.object, setting),
        (setting) => misplacedInBrief('mesh/annotation-dead', subject.object, setting),
      ),
    ];
  },
};

/** What stands in the wrong place; two rules ask. */
export const misplacedOf = oncePerJudgement(({ object }) => misplacedSettings(object));

/** A setting in the wrong place, with the edits that bring it to the right one. */
export function misplacedFinding(
  rule: Finding['rule'],
  object: KubernetesObject,
  setting: MisplacedSetting,
): Finding {
  const { belongs, key, pointer } = setting;
  return {
    ...misplacedInBrief(rule, object, setting),
    expected: `${key} at ${belongs.slice(0, belongs.lastIndexOf('/'))}`,
    fix: moveTo(object, pointer, belongs),
  };
}

function misplacedInBrief(
  rule: Finding['rule'],
  object: KubernetesObject,
  { key, message, pointer, value }: MisplacedSetting,
): Finding {
  return {
    rule,
    object: referenceOf(object),
    pointer,
    message: `${nameOf(object)}: ${message}`,
    found: `${key}: ${JSON.stringify(cut(value, 200, { mark: '' }))}`,
  };
}
