import type { StringMap } from '../../kubernetes/object.ts';
import type { PodTemplate } from '../../kubernetes/pod-template.ts';
import type { LinkerdProfile } from '../installation/installation.ts';
import { inboundAccess, type InboundAccess } from './inbound-access.ts';
import { admitsAnyone } from './clients.ts';
import type { MeshPolicySet } from './mesh-policy-set.ts';
import type { ProxyProtocol } from './server.ts';
import { networkProbes, type NetworkProbe } from '../ports/probe.ts';

/** A probe that the pod's own proxy would refuse, so that the pod never gets ready or is restarted again and again. */
export interface RefusedProbe extends NetworkProbe {
  readonly access: InboundAccess;
  /**
   * - `route`: routes are attached to the port's Server; probes are authorized automatically only without any
   * - `opaque`: the port is opaque, so the proxy does not see that this is a probe
   * - `grpc`: only HTTP probes are authorized automatically
   * - `protocol`: the Server's protocol takes nothing of what the kubelet speaks, and no authorization helps
   * - `tls`: the kubelet speaks TLS, so the proxy does not see that this is a probe
   * - `no-probe-network`: the installation authorizes no probe automatically
   */
  readonly because: 'route' | 'opaque' | 'grpc' | 'protocol' | 'tls' | 'no-probe-network';
}

/**
 * Finds the probes of a template's pods that their inbound policy would refuse. A probe comes from the node without a
 * mesh identity, so it needs a port that is open to anyone, or the exception that Linkerd makes for HTTP probes.
 * What the Server's protocol does not understand is refused whoever sends it.
 * Source: Linkerd policy-controller/k8s/index/src/inbound/index.rs, default_inbound_http_routes.
 *
 * @param template The pod template: its metadata, what of its labels and annotations is text, and the pod's spec.
 * @param namespace The name and the annotations of the namespace of the pods.
 * @param policies The inbound policy objects, from `createMeshPolicySet`.
 * @param installation The Linkerd installation, from `defaultProfile` or `profileFromLinkerdConfig`.
 * @returns Each refused probe with its port, the JSON pointer to it and the reason.
 * @example
 * const spec = { containers: [{ name: 'web', readinessProbe: { grpc: { port: 8080 } } }] };
 * const template = { pointer: '', metadata: {}, labels: {}, annotations: {}, spec } as const;
 * const shop = { name: 'shop', annotations: { 'config.linkerd.io/default-inbound-policy': 'deny' } };
 * refusedProbes(template, shop, createMeshPolicySet([]), defaultProfile()).map(({ because }) => because); // ['grpc']
 */
export function refusedProbes(
  template: PodTemplate,
  namespace: { readonly name: string; readonly annotations: StringMap },
  policies: MeshPolicySet,
  installation: LinkerdProfile,
): readonly RefusedProbe[] {
  return networkProbes(template).flatMap((probe) => {
    const access = inboundAccess(template, namespace, probe.port, policies, installation);
    if (!isUnderstood(probe, access.server?.server.protocol))
      return [{ ...probe, access, because: 'protocol' }];
    if (access.grants.some(({ clients }) => admitsAnyone(clients))) return [];
    const because = refusal(probe, access, installation);
    return because === undefined ? [] : [{ ...probe, access, because }];
  });
}

/**
 * Whether a Server's protocol takes what the kubelet sends: HTTP/1.1 for httpGet, HTTP/2 for grpc, TLS for HTTPS. A
 * protocol without detection takes nothing else; detection, opaque and TLS take everything as bytes at least.
 * Source: linkerd2-proxy linkerd/app/inbound/src/detect.rs.
 */
function isUnderstood({ kind, tls }: NetworkProbe, protocol: ProxyProtocol | undefined): boolean {
  if (protocol === 'HTTP/1') return kind === 'http' && tls !== true;
  if (protocol === 'HTTP/2' || protocol === 'gRPC') return kind === 'grpc';
  return true;
}

function refusal(
  { kind, tls }: NetworkProbe,
  { opaque, routes }: InboundAccess,
  { probeNetworks }: LinkerdProfile,
): RefusedProbe['because'] | undefined {
  if (kind === 'grpc') return 'grpc';
  if (opaque) return 'opaque';
  if (tls === true) return 'tls';
  if (routes.length > 0) return 'route';
  return probeNetworks.length === 0 ? 'no-probe-network' : undefined;
}
