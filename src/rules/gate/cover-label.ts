import { labelsOf } from '../../kubernetes/object.ts';
import { pointerOf } from '../../kubernetes/json-pointer.ts';
import { defineRule } from '../define-rule.ts';

/**
 * A new namespace lacks the label by which a GlobalNetworkPolicy covers it ("born closed").
 * Only new ones get it: namespaces that were there before stay as they are until somebody labels them.
 */
export const coverLabel = defineRule({
  id: 'gate/cover-label',
  title: 'A new namespace lacks the label by which a policy covers it from its first second',
  appliesTo: { kinds: ['Namespace'], operations: ['CREATE'] },
  defaultAction: 'warn',
  mutates: true,
  check: ({ object }, { convention }) => {
    const wanted = convention?.defaultDeny?.coverLabel;
    if (!wanted || Object.hasOwn(labelsOf(object), wanted.key)) return [];
    const pointer = pointerOf('metadata', 'labels', wanted.key);
    return [
      {
        pointer,
        lead: `namespace "${object.metadata.name ?? ''}":`,
        message: `it has no label ${wanted.key}`,
        expected: `${wanted.key}: ${wanted.value}`,
        fix: [{ pointer, value: wanted.value }],
        advisory: true,
      },
    ];
  },
});
