import type { KubernetesObject } from '../../../kubernetes/object.ts';
import { podTemplateOf } from '../../../kubernetes/pod-template.ts';
import {
  includesPort,
  networkProbes,
  readSkipPorts,
  refusedProbes,
  skipRoute,
  type RefusedProbe,
} from '../../../linkerd/index.ts';
import type { Remark } from '../../../facts/finding.ts';
import { defineRule } from '../../define-rule.ts';
import { nameOf } from '../../../facts/object-name.ts';
import { meshPoliciesAround } from '../../../facts/mesh/mesh-policies.ts';
import {
  becomesMeshed,
  describeWorkload,
  meshConventionOf,
  meshWorkloadOf,
  type MeshWorkload,
} from '../../../facts/workload/mesh-workload.ts';

/**
 * The proxy of a pod would refuse the pod's own probes, so that it never gets ready or is restarted for ever. Linkerd
 * lets HTTP probes in by itself, but not where a route is attached to the port's Server, nor on opaque ports.
 * Source: linkerd2 policy-controller/k8s/index/src/inbound/index.rs, default_inbound_http_routes.
 */
export const probeAuthorization = defineRule({
  id: 'mesh/probe-authorization',
  title: 'The proxy of a pod would refuse its probes',
  appliesTo: {
    kinds: [
      'workload',
      'Server.policy.linkerd.io',
      'HTTPRoute.policy.linkerd.io',
      'HTTPRoute.gateway.networking.k8s.io',
      'GRPCRoute.gateway.networking.k8s.io',
    ],
    operations: ['CREATE', 'UPDATE', 'STATE'],
  },
  defaultAction: 'warn',
  readsInventory: true,
  targetsChange: true,
  check: (subject, context) => {
    const mesh = meshConventionOf(context.convention);
    if (!mesh) return [];
    const refusedOf = (workload: MeshWorkload) => {
      const { namespace, template } = workload;
      if (networkProbes(template).length === 0 || !becomesMeshed(workload)) return [];
      const { skipInboundPorts } = workload.wanted.settings ?? mesh.linkerd;
      const skipped = readSkipPorts(skipInboundPorts, skipRoute('inbound', mesh.linkerd));
      const policies = meshPoliciesAround(subject, context);
      return refusedProbes(template, namespace, policies, mesh.linkerd).filter(
        ({ port }) => !includesPort(skipped, port),
      );
    };
    const own = meshWorkloadOf(subject, context);
    if (own) return refusedOf(own).map(remarkOn);
    // In files it is told of the workload; here, of the policy that is about to refuse what is running.
    const { object, operation } = subject;
    if (operation === 'STATE' || podTemplateOf(object) || object.metadata.namespace === undefined) return [];
    for (const workload of context.inventory.workloads(object.metadata.namespace)) {
      const described = describeWorkload(workload, mesh, context.inventory, context.point);
      const refused = described && refusedOf(described).find((probe) => isBecauseOf(object, probe));
      if (!refused) continue;
      const remark = remarkOn(refused);
      return [{ ...remark, pointer: '', message: `by it ${nameOf(workload)}: ${remark.message}` }];
    }
    return [];
  },
});

function isBecauseOf({ kind, metadata }: KubernetesObject, { access }: RefusedProbe): boolean {
  if (kind === 'Server') return access.server?.server.name === metadata.name;
  return access.routes.some((route) => route.kind === kind && route.name === metadata.name);
}

function remarkOn(probe: RefusedProbe): Remark {
  const { access, kind, path, pointer, port, tls } = probe;
  const field = pointer.slice(pointer.lastIndexOf('/') + 1);
  const what = kind === 'http' ? `${tls === true ? 'HTTPS ' : ''}GET ${path ?? '/'}` : 'gRPC';
  return {
    pointer,
    message: `the ${field} (${what} on port ${port}) would be refused by the pod's own proxy`,
    witness: reasons[probe.because](probe),
    found: access.server
      ? `Server "${access.server.server.name}", access policy ${access.policy}`
      : `default inbound policy ${access.policy}`,
    expected: remedies[probe.because],
  };
}

const reasons: Readonly<Record<RefusedProbe['because'], (probe: RefusedProbe) => string>> = {
  route: ({ access }) =>
    `${access.routes.map(({ kind, name }) => `${kind} "${name}"`).join(' and ')} is attached to the port's Server, and then Linkerd lets no probe in by itself`,
  opaque: ({ port }) => `port ${port} is opaque, so the proxy does not see that this is a probe`,
  grpc: () => 'Linkerd lets only HTTP probes in by itself',
  protocol: ({ access, kind, tls }) =>
    `the Server takes ${access.server?.server.protocol ?? 'another protocol'} only, and the kubelet speaks ${kind === 'grpc' ? 'HTTP/2' : tls === true ? 'TLS' : 'HTTP/1.1'}`,
  tls: () => 'the kubelet speaks TLS of its own, so the proxy does not see that this is a probe',
  'no-probe-network': () => 'the installation names no networks that probes come from',
};

const remedies: Readonly<Record<RefusedProbe['because'], string>> = {
  route:
    "an HTTPRoute for the probe's path with an AuthorizationPolicy and a NetworkAuthentication of the nodes' networks",
  opaque: 'the probe on a port of its own that is not opaque',
  grpc: "an AuthorizationPolicy for the port with a NetworkAuthentication of the nodes' networks, or an HTTP probe",
  protocol: 'proxyProtocol: unknown on the Server, or a probe on a port that this Server does not select',
  tls: "an AuthorizationPolicy for the port with a NetworkAuthentication of the nodes' networks, or a probe with scheme HTTP on another port",
  'no-probe-network': "policyController.probeNetworks with the nodes' networks",
};
