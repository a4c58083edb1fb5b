import type { JsonPointer } from '../../kubernetes/json-pointer.ts';

/** The ways around the mesh, or around what it protects. */
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
  | 'proxy-environment'
  | 'proxy-template'
  | 'debug-sidecar'
  | 'logged-headers'
  | 'external-profiles'
  | 'admin-shutdown';

/** One way around the mesh, and what it does. */
export interface Bypass {
  readonly way: BypassWay;
  /** What it does, as a sentence without a full stop. */
  readonly message: string;
  /** Whether it leaves the proxy hardly anything to do, or nobody can say that it does not. */
  readonly total: boolean;
}

/** One way by which pods get around the mesh, or around what it protects, and where it is written. */
export interface MeshBypass extends Bypass {
  readonly pointer: JsonPointer;
}

/** A bypass that leaves the proxy most of its work. */
export function partial(way: BypassWay, message: string): Bypass {
  return { way, message, total: false };
}

/** A value in quotes, cut where it is long. */
export function quoted(value: string): string {
  return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value);
}
