import type { Convention } from '../../conventions/convention/convention.ts';
import type { KubernetesObject, StringMap } from '../../kubernetes/object.ts';
import { stringMap } from '../../kubernetes/object.ts';
import { podTemplateOf, type PodTemplate } from '../../kubernetes/pod-template.ts';
import { deriveLabelValue, valueObstacle } from '../label/label-value.ts';
import { meshWorkloadOf } from './mesh-workload.ts';
import { record, text } from '../../kubernetes/read.ts';
import { rememberInScope } from '../../memo/scope.ts';
import type { RuleContext, Subject } from '../subject.ts';

/**
 * The Pod that the subject makes, as policies see it: with the labels that Linkerd's injector adds and, in files,
 * those that admission will add. Undefined for objects without a pod template.
 */
export const podOfSubject = rememberInScope(
  { name: 'pod of the subject' },
  (subject: Subject, context: RuleContext): KubernetesObject | undefined => {
    const template = podTemplateOf(subject.object);
    if (!template) return undefined;
    const injected = meshWorkloadOf(subject, context)?.wanted.labelsAdded ?? {};
    return podFrom(subject.object, template, {
      ...labelsToCome(subject.object, template, context),
      ...injected,
    });
  },
);

/** What tells the subject's pods apart for policies. */
export const identityOfSubject = rememberInScope(
  { name: 'identity of the pod of the subject' },
  (subject: Subject, context: RuleContext): string => {
    const made = podOfSubject(subject, context);
    return made ? podIdentity(made) : '';
  },
);

/** All of a pod that policies ask for, but for the names of its ports: pods with the same have the same policies. */
export function podIdentity({ metadata: { labels, namespace }, spec }: KubernetesObject): string {
  const { hostNetwork, serviceAccount, serviceAccountName } = record(spec);
  return JSON.stringify([namespace, serviceAccountName, serviceAccount, hostNetwork, labels]);
}

/** The Pod that a workload makes of a template, with some labels more. */
export function podFrom(
  { metadata }: KubernetesObject,
  { metadata: own, spec }: PodTemplate,
  labelsAdded: StringMap = {},
): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: metadata.name ?? '',
      namespace: metadata.namespace ?? 'default',
      labels: { ...labelsAdded, ...stringMap(own.labels) },
    },
    spec,
  };
}

/** The account that the pods of a template run under. */
export function accountOf({ spec }: PodTemplate): string {
  return text(spec.serviceAccountName) || text(spec.serviceAccount) || 'default';
}

/** A Pod about which nothing is known but its namespace and these labels. */
export function pod(namespace: string, labels: StringMap, serviceAccountName = 'default'): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'supposed', namespace, labels },
    spec: { serviceAccountName },
  };
}

/** The labels that admission adds to a template by its convention; in a cluster it has them already. */
export function labelsToCome(
  object: KubernetesObject,
  template: PodTemplate,
  { convention, inventory, point }: Pick<RuleContext, 'inventory' | 'point'> & { convention?: Convention },
): StringMap {
  if (point !== 'ci' || !convention) return {};
  const labels = convention.labels.flatMap((wanted) => {
    const value = wanted.value && deriveLabelValue(wanted.value, object, template, inventory);
    return value === undefined || valueObstacle(wanted, value) !== undefined ? [] : [[wanted.key, value]];
  });
  return Object.fromEntries(labels) as StringMap;
}
