import { isDroppedFromPods } from '../../calico/index.ts';
import { pointerOf } from '../../kubernetes/json-pointer.ts';
import { labelsOf, type KubernetesObject } from '../../kubernetes/object.ts';
import { podTemplateOf, type PodTemplate } from '../../kubernetes/pod-template.ts';
import { carriesProxy } from '../../facts/workload/mesh-workload.ts';
import type { Remark } from '../../facts/finding.ts';
import { defineRule } from '../define-rule.ts';
import type { Subject } from '../../facts/subject.ts';
import { isFromJudgedTemplate } from '../../facts/workload/template-owner.ts';

/** Who sets a label, and what one set by hand does. */
interface LabelOwner {
  readonly owns: (key: string) => boolean;
  readonly effect: string;
  /** It deceives nobody, so it is a warning and no more. */
  readonly hasNoEffect?: true;
  /** The owner has set it on this very pod: the validating call sees a pod after all mutation. */
  readonly isOwners?: (object: KubernetesObject, template: PodTemplate) => boolean;
}

/** Of the labels that Calico or Linkerd set themselves. */
const reserved: readonly LabelOwner[] = [
  {
    owns: isDroppedFromPods,
    effect:
      'Calico drops labels that begin with pcns. or pcsa. from pods; those of its namespace and service account are what selectors see',
    hasNoEffect: true,
  },
  {
    owns: (key) => key.startsWith('projectcalico.org/'),
    effect: 'Calico sets these itself and overwrites what is there',
  },
  {
    owns: (key) =>
      key === 'linkerd.io/control-plane-ns' ||
      key === 'linkerd.io/workload-ns' ||
      key.startsWith('linkerd.io/proxy-'),
    effect: "Linkerd's injector sets it; set by hand it makes Linkerd treat an unmeshed pod as meshed",
    isOwners: (object, template) => carriesProxy(object, template),
  },
];

/**
 * A pod template carries a label that only Calico or Linkerd should set.
 * Sources: Calico libcalico-go/lib/backend/syncersv1/updateprocessors/workloadendpointprocessor.go; Linkerd
 * controller/api/destination (control-plane-ns marks a meshed pod).
 */
export const reservedLabel = defineRule({
  id: 'label/reserved',
  title: 'A pod template carries a label that only Calico or Linkerd should set',
  appliesTo: { kinds: ['workload'], operations: ['CREATE', 'UPDATE', 'STATE'] },
  defaultAction: 'deny',
  check: (subject, context) => {
    const { object } = subject;
    const template = podTemplateOf(object);
    if (!template || isFromJudgedTemplate(subject, context)) return [];
    const findings: Remark[] = [...takenAway(subject)];
    const before = runningBefore(subject)?.labels;
    for (const key of Object.keys(template.labels)) {
      const owner = ownerOf(key);
      if (!owner) continue;
      // Of those that a running pod had, what becomes of them is told above.
      if (owner.isOwners && (before ? Object.hasOwn(before, key) : owner.isOwners(object, template)))
        continue;
      const pointer = template.pointer + pointerOf('metadata', 'labels', key);
      findings.push({
        pointer,
        message: owner.hasNoEffect
          ? `the label ${key} of the pod template has no effect`
          : `the pod template sets the label ${key}, which is not a user's to set`,
        witness: owner.effect,
        expected: 'a label of your own',
        fix: [{ pointer, remove: true }],
        ...(owner.hasNoEffect ? { advisory: true as const } : {}),
      });
    }
    return findings;
  },
});

/** A meshed pod that runs, as it was before a change. */
function runningBefore({ object, oldObject }: Subject): PodTemplate | undefined {
  const template = object.kind === 'Pod' && oldObject ? podTemplateOf(oldObject) : undefined;
  return oldObject && template && carriesProxy(oldObject, template, true) ? template : undefined;
}

/** The labels of a meshed pod that a change takes away or changes: without them clients take it for an unmeshed one. */
function takenAway(subject: Subject): readonly Remark[] {
  const { object } = subject;
  const before = runningBefore(subject)?.labels ?? {};
  const after = labelsOf(object);
  return Object.entries(before)
    .filter(([key, value]) => ownerOf(key)?.isOwners !== undefined && after[key] !== value)
    .map(([key, value]) => ({
      pointer: pointerOf('metadata', 'labels', key),
      message: `the change takes away the label ${key}: ${value} that Linkerd's injector has set`,
      witness: 'by these labels Linkerd knows a meshed pod: without them clients send it plain text',
      expected: `${key}: ${value}`,
    }));
}

function ownerOf(key: string): LabelOwner | undefined {
  for (const owner of reserved) if (owner.owns(key)) return owner;
  return undefined;
}
