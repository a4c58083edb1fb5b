import type { Inventory } from '../../inventory/inventory.ts';
import { podTemplateOf } from '../../kubernetes/pod-template.ts';
import { isRecord } from '../../kubernetes/object.ts';
import {
  resolveTargetPort,
  servicePorts,
  serversByPort,
  type LinkerdProfile,
  type MeshPolicySet,
  type PolicyName,
} from '../../linkerd/index.ts';
import { leadsTo } from './leading-services.ts';

/**
 * Whether clients from outside the cluster reach a port that a Server governs, by a Service of type LoadBalancer or
 * NodePort. Such clients have no mesh identity, so nobody can name their ServiceAccounts.
 */
export function reachedFromOutside(
  { name, namespace }: PolicyName,
  policies: MeshPolicySet,
  inventory: Inventory,
  profile: LinkerdProfile,
): boolean {
  for (const service of inventory.services(namespace)) {
    const type = isRecord(service.spec) ? service.spec.type : undefined;
    if (type !== 'LoadBalancer' && type !== 'NodePort') continue;
    for (const workload of inventory.workloads(namespace)) {
      const template = podTemplateOf(workload);
      if (!template || !leadsTo(service, template)) continue;
      const servers = serversByPort(template, namespace, policies, profile);
      for (const { targetPort } of servicePorts(service, {}, profile)) {
        const port = resolveTargetPort(targetPort, template, profile);
        if (port !== undefined && servers.get(port)?.server.name === name) return true;
      }
    }
  }
  return false;
}
