import { asksForMesh } from '../../facts/workload/asks-for-mesh.ts';
import { accountOf, podOfSubject } from '../../facts/workload/workload-pod.ts';
import { selectorLabels } from '../../facts/workload/own-selector.ts';
import { becomesMeshed, meshWorkloadOf } from '../../facts/workload/mesh-workload.ts';
import type { Subject } from '../../facts/subject.ts';
import type { KubernetesObject } from '../../kubernetes/object.ts';
import { podTemplateOf } from '../../kubernetes/pod-template.ts';
import { contextIn, type QuestionContext } from '../question-context.ts';
import type { PodFound } from './flow-end.ts';

/** The pods of a workload; undefined for an object that makes none. */
export function podsOf(object: KubernetesObject, question: QuestionContext): PodFound | undefined {
  const template = podTemplateOf(object);
  if (!template) return undefined;
  const namespace = object.metadata.namespace ?? 'default';
  const context = contextIn(namespace, question);
  const subject: Subject = { operation: 'STATE', object };
  const pod = podOfSubject(subject, context);
  if (!pod) return undefined;
  const workload = meshWorkloadOf(subject, context);
  const asked = workload
    ? becomesMeshed(workload)
    : asksForMesh(template, question.inventory.namespace(namespace));
  return {
    kind: 'pod',
    name: `${object.kind} ${namespace}/${object.metadata.name ?? ''}`,
    namespace,
    account: accountOf(template),
    pod,
    template,
    object,
    selector: selectorLabels(object, template),
    ...(workload ? { workload } : {}),
    mesh: asked === undefined ? 'unknown' : asked ? 'in' : 'out',
  };
}

/** Pods that somebody supposes: with these labels, the default service account and nothing else that is known. */
export function supposedPods(
  namespace: string,
  labels: Readonly<Record<string, string>>,
  question: QuestionContext,
): PodFound | undefined {
  const spec = { serviceAccountName: 'default', containers: [{ name: 'supposed' }] };
  const metadata = { name: 'supposed', namespace, labels };
  const found = podsOf({ apiVersion: 'v1', kind: 'Pod', metadata, spec }, question);
  if (!found) return undefined;
  const { object: _, ...rest } = found;
  const written = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  return { ...rest, name: `${namespace}/{${written.join(',')}}`, selector: labels };
}
