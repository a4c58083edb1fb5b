import type { MeshConvention } from '../../conventions/convention/convention.ts';
import type { Inventory } from '../../inventory/inventory.ts';
import { isRecord, type KubernetesObject } from '../../kubernetes/object.ts';
import { podTemplateOf } from '../../kubernetes/pod-template.ts';
import { serviceCallsOf } from '../../kubernetes/service-calls.ts';
import {
  includesPort,
  inboundAccess,
  readSkipPorts,
  resolveTargetPort,
  servicePorts,
  serversByPort,
  skipRoute,
  type InboundAccess,
  type LinkerdProfile,
  type MeshPolicySet,
  type PolicyName,
} from '../../linkerd/index.ts';
import type { RuleContext } from '../subject.ts';
import { becomesMeshed, describeWorkload } from '../workload/mesh-workload.ts';
import { leadsTo } from './leading-services.ts';

/** The type of a Service by which clients from outside the cluster come, who have no mesh identity. */
export function outsideTypeOf({ spec }: KubernetesObject): 'LoadBalancer' | 'NodePort' | undefined {
  const type = isRecord(spec) ? spec.type : undefined;
  return type === 'LoadBalancer' || type === 'NodePort' ? type : undefined;
}

/**
 * Whether clients without a mesh identity reach a port that a Server governs: those from outside the cluster by a Service
 * of type LoadBalancer or NodePort, and the API server, as far as its webhooks are known. Nobody can name their
 * ServiceAccounts.
 */
export function reachedFromOutside(
  { name, namespace }: PolicyName,
  policies: MeshPolicySet,
  inventory: Inventory,
  profile: LinkerdProfile,
): boolean {
  const called = [...inventory.extensions(), ...inventory.others('')].flatMap(serviceCallsOf);
  for (const service of inventory.services(namespace)) {
    const isOutside = outsideTypeOf(service) !== undefined;
    const asked = called.filter(
      (call) => call.namespace === namespace && call.name === service.metadata.name,
    );
    if (!isOutside && asked.length === 0) continue;
    for (const workload of inventory.workloads(namespace)) {
      const template = podTemplateOf(workload);
      if (!template || !leadsTo(service, template)) continue;
      const servers = serversByPort(template, namespace, policies, profile);
      for (const { port: own, targetPort } of servicePorts(service, {}, profile)) {
        if (!isOutside && asked.every(({ port }) => port !== own)) continue;
        const port = resolveTargetPort(targetPort, template, profile);
        if (port !== undefined && servers.get(port)?.server.name === name) return true;
      }
    }
  }
  return false;
}

/** A port behind a Service on which each client without a mesh identity is refused. */
export interface ClosedPort {
  readonly workload: KubernetesObject;
  /** The index of the Service's port. */
  readonly index: number;
  /** The container port that it leads to. */
  readonly port: number;
  readonly access: InboundAccess;
}

/**
 * The ports behind a Service where nothing admits a client without an identity, from wherever it comes. What goes past
 * the proxy is not among them, nor are the proxy's own ports, on which other proxies come.
 * Source: linkerd2 policy-controller/k8s/index/src/defaults.rs, default_client_authz.
 */
export function closedPorts(
  service: KubernetesObject,
  mesh: MeshConvention,
  policies: MeshPolicySet,
  { inventory, point }: RuleContext,
  only?: number,
): readonly ClosedPort[] {
  const { linkerd } = mesh;
  const ports = servicePorts(service, {}, linkerd).filter(({ port }) => only === undefined || port === only);
  return [...inventory.workloads(service.metadata.namespace ?? 'default')].flatMap((object) => {
    const template = podTemplateOf(object);
    if (!template || !leadsTo(service, template)) return [];
    const workload = describeWorkload(object, mesh, inventory, point);
    if (!workload || !becomesMeshed(workload)) return [];
    const settings = workload.wanted.settings ?? linkerd;
    const skipped = readSkipPorts(settings.skipInboundPorts, skipRoute('inbound', linkerd));
    if (skipped.unreadable !== undefined) return [];
    const own: readonly number[] = Object.values(settings.ports);
    return ports.flatMap(({ index, targetPort }): ClosedPort[] => {
      const port = resolveTargetPort(targetPort, workload.template, linkerd);
      if (port === undefined || own.includes(port) || includesPort(skipped, port)) return [];
      const access = inboundAccess(workload.template, workload.namespace, port, policies, linkerd);
      return admitsStrangers(access) ? [] : [{ workload: object, index, port, access }];
    });
  });
}

/** What is refused because an authorization refers to nothing is told of the authorization. */
function admitsStrangers({ grants, ignored }: InboundAccess): boolean {
  return (
    ignored.length > 0 ||
    grants.some(({ clients: { identities, networks } }) => identities === 'anyone' && networks.length > 0)
  );
}
