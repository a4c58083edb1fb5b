import { isDeepStrictEqual } from 'node:util';
import { pathOf, pointerOf, valueOf, type JsonPointer } from '../kubernetes/json-pointer.ts';
import { isRecord, type KubernetesObject } from '../kubernetes/object.ts';
import { carriesTemplate } from '../workloads/owners.ts';
import { podTemplateOf, type PodTemplate } from '../kubernetes/pod-template.ts';

/**
 * Whether a pod is not as its workload's template has it, at the place of a finding. Where it is, the finding is the
 * workload's, which is judged itself; a pod that lost a label or has another annotation answers for itself, whoever it
 * says made it.
 */
export function departsAt(pod: KubernetesObject, workload: KubernetesObject, pointer: JsonPointer): boolean {
  const template = podTemplateOf(workload);
  const own = podTemplateOf(pod);
  if (!template || !own || !carriesTemplate(own, template)) return true;
  if (accountOf(own) !== accountOf(template)) return true;
  if (pointer === '' || pointer === '/metadata/labels')
    return Object.keys(own.labels).some((key) => !Object.hasOwn(template.labels, key) && !isControllers(key));
  const path = pathOf(namedPointer(pod, pointer));
  const [left, right] = [own, template].map(({ metadata, spec }) => at({ metadata, spec }, path));
  return !isSame(left, right);
}

/** A pointer that calls the containers of a pod by their names: the injector moves them. */
export function namedPointer(pod: KubernetesObject, pointer: JsonPointer): JsonPointer {
  let value: unknown = pod;
  const path = pathOf(pointer).map((key) => {
    const container = value;
    value = valueOf(container, key);
    return Array.isArray(container) && isRecord(value) && typeof value.name === 'string' ? value.name : key;
  });
  return pointerOf(...path);
}

function accountOf({ spec }: PodTemplate): unknown {
  return spec.serviceAccountName ?? spec.serviceAccount ?? 'default';
}

/** The value at a path, with items of lists found by their names. */
function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (container, key) =>
      (Array.isArray(container)
        ? container.find((item) => isRecord(item) && item.name === key)
        : undefined) ?? valueOf(container, key),
    value,
  );
}

/** Admission adds to what a template says of a container, such as the mount of a token. */
function isSame(left: unknown, right: unknown): boolean {
  if (isRecord(left) && isRecord(right) && typeof left.name === 'string')
    return left.name === right.name && left.image === right.image;
  return isDeepStrictEqual(left, right);
}

/**
 * The labels that Kubernetes' controllers and Linkerd's injector put on pods.
 * Source: Kubernetes api/apps/v1 and api/batch/v1 (well-known labels), plugin/pkg/admission/podtopologylabels.
 */
function isControllers(key: string): boolean {
  return controllers.has(key) || key.startsWith('linkerd.io/');
}

const controllers: ReadonlySet<string> = new Set([
  'apps.kubernetes.io/pod-index',
  'batch.kubernetes.io/controller-uid',
  'batch.kubernetes.io/job-completion-index',
  'batch.kubernetes.io/job-name',
  'controller-revision-hash',
  'controller-uid',
  'job-name',
  'pod-template-generation',
  'pod-template-hash',
  'statefulset.kubernetes.io/pod-name',
  'topology.kubernetes.io/region',
  'topology.kubernetes.io/zone',
]);
