import { leadsTo } from '../../facts/mesh/leading-services.ts';
import type { KubernetesObject } from '../../kubernetes/object.ts';
import { didYouMean } from '../../text/did-you-mean.ts';
import { listInWords } from '../../text/list.ts';
import type { QuestionContext } from '../question-context.ts';
import { addressClasses } from './address-classes.ts';
import { podsOf, supposedPods } from './find-pods.ts';
import type { FlowEndFound, PodFound } from './flow-end.ts';
import type { WantedEnd } from './read-question.ts';

/** What is behind an end: pods or addresses, or a Service. Or why there is nothing. */
export type EndsFound =
  | { readonly ends: readonly FlowEndFound[]; readonly service?: KubernetesObject }
  | { readonly problem: string };

/** Short names of kubectl. Source: Kubernetes pkg/registry, ShortNames of each storage. */
const shortNames: Readonly<Record<string, string>> = {
  svc: 'service',
  po: 'pod',
  deploy: 'deployment',
  sts: 'statefulset',
  ds: 'daemonset',
  rs: 'replicaset',
  rc: 'replicationcontroller',
  cj: 'cronjob',
};

/** Finds what an end stands for; a destination may be a Service. */
export function findEnds(
  end: WantedEnd,
  role: 'source' | 'destination',
  question: QuestionContext,
): EndsFound {
  if (end.kind === 'addresses') return { ends: addressClasses(end, question.inventory.policyWorld) };
  if (end.kind === 'labels') {
    const pods = supposedPods(end.namespace, end.labels, question);
    return { ends: pods ? [pods] : [] };
  }
  return findObject(end, role, question);
}

function findObject(
  { name, namespace, type }: WantedEnd & { readonly kind: 'object' },
  role: 'source' | 'destination',
  question: QuestionContext,
): EndsFound {
  const { inventory } = question;
  const services = role === 'destination' ? [...inventory.services(namespace)] : [];
  const all = [...inventory.workloads(namespace), ...services];
  const wanted = type === undefined ? undefined : kindOf(type);
  const named = all.filter(
    (object) =>
      object.metadata.name === name && (wanted === undefined || object.kind.toLowerCase() === wanted),
  );
  if (named.length === 0) return { problem: nothingFound({ name, namespace, type }, all) };
  const service = named.find(({ kind }) => kind === 'Service');
  const workloads = named.filter((object) => object !== service);
  if (workloads.length > 1) {
    const kinds = workloads.map(({ kind }) => `${kind.toLowerCase()}/${namespace}/${name}`);
    return { problem: `${namespace}/${name} is ${listInWords(kinds)}: say which` };
  }
  const own = workloads.flatMap((object) => podsOf(object, question) ?? []);
  const behind = service ? podsBehind(service, question) : [];
  if (service && own.length > 0 && !behind.some(({ object }) => object === own[0]?.object))
    return {
      problem: `${namespace}/${name} is a Service and a ${own[0]?.object?.kind ?? 'workload'} to which it does not lead: say service/${namespace}/${name} or ${(own[0]?.object?.kind ?? '').toLowerCase()}/${namespace}/${name}`,
    };
  if (service && behind.length === 0)
    return { problem: `Service "${namespace}/${name}" leads to no workload that is known` };
  return { ends: service ? behind : own, ...(service ? { service } : {}) };
}

function kindOf(type: string): string {
  const lower = type.toLowerCase();
  return shortNames[lower] ?? lower;
}

function nothingFound(
  {
    name,
    namespace,
    type,
  }: { readonly name: string; readonly namespace: string; readonly type?: string | undefined },
  all: readonly KubernetesObject[],
): string {
  const what = type === undefined ? 'no workload or Service' : `no ${type}`;
  const names = all.flatMap(({ metadata }) => metadata.name ?? []);
  const hint = names.length === 0 ? '; nothing of that namespace is known' : didYouMean(name, names);
  return `there is ${what} "${namespace}/${name}"${hint}`;
}

/** The workloads whose pods a Service selects. */
function podsBehind(service: KubernetesObject, question: QuestionContext): readonly PodFound[] {
  const namespace = service.metadata.namespace ?? 'default';
  return [...question.inventory.workloads(namespace)].flatMap((object) => {
    const pods = podsOf(object, question);
    return pods && leadsTo(service, pods.template) ? [pods] : [];
  });
}
