import type { Inventory } from '../../inventory/inventory.ts';
import type { KubernetesObject } from '../../kubernetes/object.ts';
import { podTemplateOf } from '../../kubernetes/pod-template.ts';
import { record, records } from '../../kubernetes/read.ts';
import { targetPortOf } from '../../kubernetes/service-port.ts';
import { serviceCallsOf, type ServiceCall } from '../../kubernetes/service-calls.ts';
import { resolveTargetPort } from '../../linkerd/index.ts';
import { leadsTo } from '../mesh/leading-services.ts';
import { podFrom } from '../workload/workload-pod.ts';
import { fromApiServer, type Lifeline, toApiServer } from './lifeline.ts';

/**
 * What answers the API server behind its webhooks and aggregated APIs, each backend once, as far as its Service and its
 * workload are seen.
 * Source: Kubernetes staging/src/k8s.io/apiserver/pkg/util/webhook/webhook.go (port 443 by default) and
 * kube-aggregator/pkg/apiserver/handler_proxy.go: both resolve the Service to its endpoints' addresses and ports.
 * @param isAsked whether anything of a namespace is wanted
 */
export function* backends(inventory: Inventory, isAsked: (namespace: string) => boolean): Iterable<Lifeline> {
  const groups = Map.groupBy(
    Array.from(inventory.extensions(), serviceCallsOf)
      .flat()
      .filter(({ namespace }) => isAsked(namespace)),
    ({ name, namespace, port }) => `${namespace}/${name}:${port}`,
  );
  for (const all of groups.values()) {
    const called = all.find(isGate) ?? all[0];
    const found = called && podBehind(called, inventory);
    if (!called || !found) continue;
    const { namespace, webhook, what } = called;
    const isOwn = isGate(called);
    yield {
      ...found,
      what: isOwn ? 'tollgate itself' : webhook === undefined ? what : `the webhook "${webhook}"`,
      namespace,
      ways: [fromApiServer(found.port), ...(isOwn ? [toApiServer] : [])],
      whatBreaks: isOwn
        ? 'nothing is judged any more, and with failurePolicy Fail nothing is admitted, not even what would put it right'
        : 'the API server waits for it in vain',
      vital: isOwn,
    };
  }
}

function isGate({ webhook = '' }: ServiceCall): boolean {
  return webhook.endsWith(gateDomain);
}

/** The names of all webhooks of the chart end so, whatever the release is called. */
const gateDomain = '.tollgate.dev';

/** A pod that a Service leads to, and the port on which it is called there. */
function podBehind(
  { name, namespace, port }: ServiceCall,
  inventory: Inventory,
): { readonly pod: KubernetesObject; readonly port: number } | undefined {
  const service = [...inventory.services(namespace)].find(({ metadata }) => metadata.name === name);
  const entry = records(record(service?.spec).ports).find((one) => one.port === port);
  if (!service || !entry) return undefined;
  for (const workload of inventory.workloads(namespace)) {
    const template = podTemplateOf(workload);
    if (!template || !leadsTo(service, template)) continue;
    const target = resolveTargetPort(targetPortOf(entry, port), template);
    if (target !== undefined) return { pod: podFrom(workload, template), port: target };
  }
  return undefined;
}
