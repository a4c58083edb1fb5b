import type { ProxyProtocol } from './server.ts';

/** What hangs on a Server and is served, or not, by its protocol. */
export type ServedKind = 'HTTPRoute' | 'GRPCRoute' | 'HTTPLocalRateLimitPolicy';

/**
 * The protocols of Servers that serve a kind of object. A gRPC Server serves GRPCRoutes alone; detection, HTTP/1 and
 * HTTP/2 serve HTTPRoutes and rate limits; opaque and TLS serve none.
 * Source: Linkerd policy-controller/grpc/src/inbound.rs, to_server.
 *
 * @param kind The kind of a route or of a rate limit.
 * @returns The values of `proxyProtocol`, `unknown` for detection.
 * @example
 * protocolsServing('GRPCRoute'); // ['gRPC']
 */
export function protocolsServing(kind: ServedKind): readonly ProxyProtocol[] {
  return kind === 'GRPCRoute' ? grpc : http;
}

const grpc: readonly ProxyProtocol[] = ['gRPC'];
const http: readonly ProxyProtocol[] = ['HTTP/1', 'HTTP/2', 'unknown'];
