import type { KubernetesObject } from '../../kubernetes/object.ts';
import type { PodTemplate } from '../../kubernetes/pod-template.ts';
import type { MeshWorkload } from '../../facts/workload/mesh-workload.ts';
import type { Transport } from './transport.ts';

/** An end of a connection, found. */
export type FlowEndFound = PodFound | AddressesFound;

/** Pods: those of a workload, or such as somebody supposes. */
export interface PodFound {
  readonly kind: 'pod';
  /** `Deployment shop/web` or `shop/{app=web}`. */
  readonly name: string;
  readonly namespace: string;
  readonly account: string;
  /** One of them, as policies see it. */
  readonly pod: KubernetesObject;
  readonly template: PodTemplate;
  /** The object that makes them; absent where they are supposed. */
  readonly object?: KubernetesObject;
  /** The labels by which its own pods can be told. */
  readonly selector: Readonly<Record<string, string>>;
  /** What Linkerd makes of them, where a convention wants them in the mesh. */
  readonly workload?: MeshWorkload;
  readonly mesh: 'in' | 'out' | 'unknown';
}

/** Addresses that no policy tells apart. */
export interface AddressesFound {
  readonly kind: 'addresses';
  /** The block that was asked for, such as `10.0.0.0/8`, or the part of it that these are. */
  readonly name: string;
  /** One of them. */
  readonly ip: string;
  /** All of them: what lies in the first and not in the second. */
  readonly nets: readonly string[];
  readonly notNets: readonly string[];
}

/** A port of the destination. */
export interface PortFound {
  readonly port: number;
  readonly protocol: Transport;
  /** The Service by which the source finds it, and the port on which that listens. */
  readonly by?: { readonly service: string; readonly port: number };
}
