/** The routes by which Linkerd leads what its proxies send, as rules ask for their kinds. */
export const outboundRouteKinds: readonly string[] = [
  'HTTPRoute.policy.linkerd.io',
  'HTTPRoute.gateway.networking.k8s.io',
  'GRPCRoute.gateway.networking.k8s.io',
  'TLSRoute.gateway.networking.k8s.io',
  'TCPRoute.gateway.networking.k8s.io',
];
