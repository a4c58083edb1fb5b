import {
  hasWrittenMetadata,
  isDroppedFromPods,
  packedAnnotation,
  storedMetadata,
} from '../../calico/index.ts';
import type { Remark } from '../../facts/finding.ts';
import { pointerOf } from '../../kubernetes/json-pointer.ts';
import { labelsOf } from '../../kubernetes/object.ts';
import { defineRule } from '../define-rule.ts';

/**
 * A network set or host endpoint carries a label that Calico derives for pods, and so poses as a peer that it is not.
 * Sources: Calico libcalico-go/lib/backend/syncersv1/updateprocessors, networksetprocessor.go,
 * globalnetworksetprocessor.go and hostendpointprocessor.go copy labels; felix/labelindex/label_inheritance_index.go
 * lets own labels shadow inherited ones.
 */
export const forgedPeer = defineRule({
  id: 'policy/forged-peer',
  title: 'A network set or host endpoint has a label by which it poses as the pods of a namespace',
  appliesTo: {
    kinds: ['NetworkSet', 'GlobalNetworkSet', 'HostEndpoint'],
    operations: ['CREATE', 'UPDATE', 'STATE'],
  },
  defaultAction: 'deny',
  // The rules that find it can be those of any namespace.
  reaches: () => [],
  check: ({ object }, { inventory }) => {
    const { mode } = inventory.policyWorld.options;
    const { labels } = storedMetadata(object, mode);
    const own = labelsOf(object);
    const posing = Object.keys(labels).flatMap((key): readonly Remark[] => {
      if (!isDerived(key)) return [];
      const isOverwritten = object.kind === 'NetworkSet' && key === 'projectcalico.org/namespace';
      const isWritten = Object.hasOwn(own, key);
      const pointer = isWritten ? pointerOf('metadata', 'labels', key) : pointerOf('metadata', 'annotations');
      return [
        {
          pointer,
          message: isOverwritten
            ? `its label ${key} has no effect`
            : `by its label ${key} it poses as the pods of a namespace`,
          found: `${key}: ${labels[key] ?? ''}`,
          witness: isOverwritten
            ? 'Calico sets this label itself to the namespace of the set'
            : 'Calico derives this label for pods, and rules that ask for it find this object as well',
          expected: 'a label of your own, and rules that ask for it',
          ...(isWritten ? { fix: [{ pointer, remove: true as const }] } : {}),
          ...(isOverwritten ? { advisory: true as const } : {}),
        },
      ];
    });
    return hasWrittenMetadata(object, mode) ? [hidden, ...posing] : posing;
  },
});

/** Whatever its labels are, nobody sees them: the annotation is not shown any more once it is stored. */
const hidden: Remark = {
  pointer: pointerOf('metadata', 'annotations', packedAnnotation),
  message: `by its annotation ${packedAnnotation} it has other labels than it shows`,
  witness: "Calico's API server stores what the annotation says in place of the metadata",
  expected: 'no such annotation, and its labels as labels',
};

/** Whether Calico derives a label from where a pod is and what it runs as. */
function isDerived(key: string): boolean {
  return isDroppedFromPods(key) || derived.has(key);
}

const derived: ReadonlySet<string> = new Set([
  'projectcalico.org/namespace',
  'projectcalico.org/serviceaccount',
  'projectcalico.org/orchestrator',
]);
