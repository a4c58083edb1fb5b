import type { JsonPointer } from '../../kubernetes/json-pointer.ts';

/** The ways to bypass the mesh, or what it protects. */
export type BypassWay =
  | 'host-network'
  | 'opt-out'
  | 'excluding-label'
  | 'forged-mesh-label'
  | 'skip-inbound-ports'
  | 'skip-outbound-ports'
  | 'skip-subnets'
  | 'proxy-user'
  | 'proxy-group'
  | 'proxy-id'
  | 'network-admin'
  | 'fake-proxy'
  | 'proxy-image'
  | 'replaced-image'
  | 'proxy-environment'
  | 'proxy-template'
  | 'debug-sidecar'
  | 'logged-headers'
  | 'external-profiles'
  | 'admin-shutdown';

/** One way to bypass the mesh. */
export interface Bypass {
  readonly way: BypassWay;
  /** The effect, as a sentence without a full stop. */
  readonly message: string;
  /** Whether most or all traffic may bypass the proxy, also if that cannot be decided. */
  readonly total: boolean;
}

/** One way by which pods bypass the mesh, or what it protects, and where it is written. */
export interface MeshBypass extends Bypass {
  readonly pointer: JsonPointer;
}

/** A bypass for a part of the traffic only. */
export function partial(way: BypassWay, message: string): Bypass {
  return { way, message, total: false };
}
