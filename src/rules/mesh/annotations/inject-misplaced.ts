import type { KubernetesObject } from '../../../kubernetes/object.ts';
import { podTemplateOf } from '../../../kubernetes/pod-template.ts';
import { injectAnnotation, type MisplacedSetting } from '../../../linkerd/index.ts';
import type { Finding } from '../../../facts/finding.ts';
import type { Rule } from '../../rule.ts';
import { isFromJudgedTemplate } from '../../../facts/workload/template-owner.ts';
import { misplacedFinding, misplacedOf } from './annotation-dead.ts';
import { meshConventionOf } from '../../../facts/workload/mesh-workload.ts';

/**
 * The inject annotation on a workload's own metadata, or written as a label: in either place it neither asks for
 * the mesh nor keeps anything out of it.
 * Source: linkerd2 pkg/inject/report.go, pkg/healthcheck/healthcheck_labels.go.
 */
export const injectMisplaced: Rule = {
  id: 'mesh/inject-misplaced',
  title: 'The inject annotation stands where Linkerd does not look',
  appliesTo: { kinds: ['workload', 'Namespace'], operations: ['CREATE', 'UPDATE', 'STATE'] },
  defaultAction: 'warn',
  settledAtBirth: true,
  check: (subject, context) => {
    const { object } = subject;
    if (!meshConventionOf(context.convention) || isFromJudgedTemplate(subject, context)) return [];
    return misplacedOf(subject, context)
      .filter(({ key }) => key === injectAnnotation)
      .map((setting) => findingFor(object, setting));
  },
};

/** Moving `disabled` would take pods out of the mesh that are in it now: that is for somebody to decide. */
function findingFor(object: KubernetesObject, setting: MisplacedSetting): Finding {
  const finding = misplacedFinding('mesh/inject-misplaced', object, setting);
  if (setting.value === 'enabled' || setting.value === 'ingress') return finding;
  const { fix: _fix, ...rest } = finding;
  if (setting.value !== 'disabled') return rest;
  return {
    ...rest,
    witness: `it keeps ${podTemplateOf(object) ? 'its pods' : 'the pods of the namespace'} out of nothing`,
    expected:
      'no such annotation here, and a waiver for mesh/opt-out beside one that takes pods out of the mesh',
  };
}
