import { predictInjection } from '../../linkerd/index.ts';
import { referenceOf } from '../../kubernetes/object.ts';
import { pointerOf } from '../../kubernetes/json-pointer.ts';
import { podTemplateOf } from '../../kubernetes/pod-template.ts';
import { nameOf } from '../object-name.ts';
import { injectionNamespaceOf } from '../injection-namespace.ts';
import type { Rule } from '../rule.ts';
import { carriesItsOwnersTemplate } from '../template-owner.ts';

const annotation = 'linkerd.io/inject';

/**
 * The pods of a workload would not be meshed for want of the inject annotation on their template or namespace.
 * Source: linkerd2 pkg/inject/report.go, only the pod's and the namespace's annotations are read.
 */
export const injectMissing: Rule = {
  id: 'mesh/inject-missing',
  title: 'A workload would run outside the mesh because nothing asks Linkerd to inject its pods',
  appliesTo: { kinds: ['workload'], operations: ['CREATE', 'UPDATE', 'STATE'] },
  defaultAction: { admission: 'deny', ci: 'warn', audit: 'warn' },
  mutates: true,
  readsInventory: true,
  check: ({ object }, { convention, inventory }) => {
    const template = podTemplateOf(object);
    const mesh = convention?.mesh;
    if (!template || !mesh || mesh.inject === 'off' || carriesItsOwnersTemplate(object)) return [];
    const namespace = injectionNamespaceOf(object, inventory);
    const { reasons } = predictInjection(object, namespace, mesh.linkerd);
    if (reasons.length !== 1 || reasons[0] !== 'injection_enable_annotation_absent') return [];
    const pointer = pointerOf('metadata', 'annotations', annotation);
    const value = template.metadata.annotations?.[annotation];
    if (value === 'disabled') return [];
    return [
      {
        rule: 'mesh/inject-missing',
        object: referenceOf(object),
        pointer: template.pointer + pointer,
        message: `${nameOf(object)}: its pods would run outside the mesh, the pod template has no ${annotation} annotation`,
        expected: `${annotation}: ${mesh.inject} at ${template.pointer}/metadata/annotations`,
        fix: [{ pointer: template.pointer + pointer, value: mesh.inject }],
      },
    ];
  },
};
