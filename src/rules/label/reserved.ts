import { isDroppedFromPods } from '../../calico/index.ts';
import { pointerOf } from '../../kubernetes/json-pointer.ts';
import { referenceOf } from '../../kubernetes/object.ts';
import { containersOf, podTemplateOf, type PodTemplate } from '../../kubernetes/pod-template.ts';
import { nameOf } from '../object-name.ts';
import type { Finding, Rule } from '../rule.ts';
import { carriesItsOwnersTemplate } from '../template-owner.ts';

/** Who sets a label, and what one set by hand does. */
interface LabelOwner {
  readonly owns: (key: string) => boolean;
  readonly effect: string;
  /** It deceives nobody, so it is a warning and no more. */
  readonly hasNoEffect?: true;
  /** The owner has set it on this very pod: the validating call sees a pod after all mutation. */
  readonly isOwners?: (template: PodTemplate) => boolean;
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
    isOwners: ({ pointer, spec }) =>
      pointer === '' && containersOf(spec).some(({ name }) => name === 'linkerd-proxy'),
  },
];

/**
 * A pod template carries a label that only Calico or Linkerd should set.
 * Sources: Calico libcalico-go/lib/backend/syncersv1/updateprocessors/workloadendpointprocessor.go; Linkerd
 * controller/api/destination (control-plane-ns marks a meshed pod).
 */
export const reservedLabel: Rule = {
  id: 'label/reserved',
  title: 'A pod template carries a label that only Calico or Linkerd should set',
  appliesTo: { kinds: ['workload'], operations: ['CREATE', 'UPDATE', 'STATE'] },
  defaultAction: 'deny',
  check: ({ object }) => {
    const template = podTemplateOf(object);
    if (!template || carriesItsOwnersTemplate(object)) return [];
    const findings: Finding[] = [];
    for (const key of Object.keys(template.labels)) {
      const owner = ownerOf(key);
      if (!owner || owner.isOwners?.(template)) continue;
      const pointer = template.pointer + pointerOf('metadata', 'labels', key);
      findings.push({
        rule: 'label/reserved',
        object: referenceOf(object),
        pointer,
        message: owner.hasNoEffect
          ? `${nameOf(object)}: the label ${key} of the pod template has no effect`
          : `${nameOf(object)}: the pod template sets the label ${key}, which is not a user's to set`,
        witness: owner.effect,
        expected: 'a label of your own',
        fix: [{ pointer, remove: true }],
        ...(owner.hasNoEffect ? { advisory: true as const } : {}),
      });
    }
    return findings;
  },
};

function ownerOf(key: string): LabelOwner | undefined {
  for (const owner of reserved) if (owner.owns(key)) return owner;
  return undefined;
}
