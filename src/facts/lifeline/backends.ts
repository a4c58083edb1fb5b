import type { Inventory } from '../../inventory/inventory.ts';
import type { KubernetesObject } from '../../kubernetes/object.ts';
import { podTemplateOf } from '../../kubernetes/pod-template.ts';
import { type Fields, optionalNumber, record, records, text } from '../../kubernetes/read.ts';
import { resolveTargetPort } from '../../linkerd/index.ts';
import { leadsTo } from '../mesh/leading-services.ts';
import { podFrom } from '../workload/workload-pod.ts';
import { fromApiServer, type Lifeline, toApiServer } from './lifeline.ts';

/** A Service that the API server calls, and for what. */
interface Called {
  readonly namespace: string;
  readonly name: string;
  readonly port: number;
  /** `the webhook "validate.example.com"`, `the API v1beta1.metrics.k8s.io`. */
  readonly what: string;
  readonly isGate: boolean;
}

/**
 * What answers the API server behind its webhooks and aggregated APIs, each backend once, as far as its Service and its
 * workload are seen.
 * Source: Kubernetes staging/src/k8s.io/apiserver/pkg/util/webhook/webhook.go (port 443 by default) and
 * kube-aggregator/pkg/apiserver/handler_proxy.go: both resolve the Service to its endpoints' addresses and ports.
 * @param isAsked whether anything of a namespace is wanted
 */
export function* backends(inventory: Inventory, isAsked: (namespace: string) => boolean): Iterable<Lifeline> {
  const groups = Map.groupBy(
    Array.from(inventory.extensions(), calledBy)
      .flat()
      .filter(({ namespace }) => isAsked(namespace)),
    ({ name, namespace, port }) => `${namespace}/${name}:${port}`,
  );
  for (const all of groups.values()) {
    const called = all.find(({ isGate }) => isGate) ?? all[0];
    const found = called && podBehind(called, inventory);
    if (!called || !found) continue;
    const { isGate, namespace, what } = called;
    yield {
      ...found,
      what: isGate ? 'tollgate itself' : what,
      namespace,
      ways: [fromApiServer(found.port), ...(isGate ? [toApiServer] : [])],
      whatBreaks: isGate
        ? 'nothing is judged any more, and with failurePolicy Fail nothing is admitted, not even what would put it right'
        : 'the API server waits for it in vain',
      vital: isGate,
    };
  }
}

function calledBy(extension: KubernetesObject): readonly Called[] {
  if (extension.kind === 'APIService')
    return serviceOf(record(extension.spec).service, `the API ${extension.metadata.name ?? ''}`);
  return records(extension['webhooks']).flatMap(({ clientConfig, name }) =>
    serviceOf(record(clientConfig).service, `the webhook "${text(name)}"`, text(name)),
  );
}

function serviceOf(value: unknown, what: string, webhook = ''): readonly Called[] {
  const { name, namespace, port } = record(value);
  if (typeof name !== 'string' || typeof namespace !== 'string') return [];
  const isGate = webhook.endsWith(gateDomain);
  return [{ name, namespace, port: optionalNumber(port) ?? 443, what, isGate }];
}

/** The names of all webhooks of the chart end so, whatever the release is called. */
const gateDomain = '.tollgate.dev';

/** A pod that a Service leads to, and the port on which it is called there. */
function podBehind(
  { name, namespace, port }: Called,
  inventory: Inventory,
): { readonly pod: KubernetesObject; readonly port: number } | undefined {
  const service = [...inventory.services(namespace)].find(({ metadata }) => metadata.name === name);
  const entry = records(record(service?.spec).ports).find((one) => one.port === port);
  if (!service || !entry) return undefined;
  for (const workload of inventory.workloads(namespace)) {
    const template = podTemplateOf(workload);
    if (!template || !leadsTo(service, template)) continue;
    const target = resolveTargetPort(targetOf(entry, port), template);
    if (target !== undefined) return { pod: podFrom(workload, template), port: target };
  }
  return undefined;
}

function targetOf({ targetPort }: Fields, port: number): number | string {
  const isNumber = typeof targetPort === 'number' && targetPort !== 0;
  return isNumber || (typeof targetPort === 'string' && targetPort !== '') ? targetPort : port;
}
