import type { PolicyWorld } from '../calico/index.ts';
import type { KubernetesObject } from '../kubernetes/object.ts';

/** A part of the picture that is missing, and why: a kind that could not be read, a file that could not be parsed. */
export interface Gap {
  readonly what: string;
  readonly why: string;
}

/**
 * The immutable read model of "what exists", from a live cluster or from files.
 * Objects are raw JSON, slimmed: `status` (but for a namespace's phase) and managed fields may be missing. Asked twice for
 * the same, a store answers with the same list for as long as nothing in it has changed.
 */
export interface Inventory {
  readonly namespaces: () => Iterable<KubernetesObject>;
  readonly namespace: (name: string) => KubernetesObject | undefined;
  /** The names of namespaces that may hold workloads or services, whether or not the namespaces themselves are known. */
  readonly populated: () => Iterable<string>;
  /** Every object with a pod template of a namespace; pods that a controller made are left out. */
  readonly workloads: (namespace: string) => Iterable<KubernetesObject>;
  readonly services: (namespace: string) => Iterable<KubernetesObject>;
  readonly serviceAccounts: (namespace: string) => Iterable<KubernetesObject>;
  /** Linkerd's Server, AuthorizationPolicy, MeshTLSAuthentication, NetworkAuthentication and their like. */
  readonly meshPolicies: (namespace: string) => Iterable<KubernetesObject>;
  /**
   * The custom resources of a namespace of which nothing is judged but that operators make objects of them; also its LimitRanges
   * and, of no namespace (an empty name), CustomResourceDefinitions whose conversion is a Service. A live view follows none.
   */
  readonly others: (namespace: string) => Iterable<KubernetesObject>;
  /** What says whom the API server calls: webhook configurations and aggregated APIs. */
  readonly extensions: () => Iterable<KubernetesObject>;
  /** Every network policy of any kind, tier, network set and host endpoint. */
  readonly policies: () => Iterable<KubernetesObject>;
  /** The same policies, compiled by the Calico engine together with namespaces and service accounts. */
  readonly policyWorld: PolicyWorld;
  /** The world without the policies that are being deleted; the same one where there are none. */
  readonly lastingWorld: PolicyWorld;
  /** How earlier versions of Calico read the same policies; empty where the version is known. */
  readonly otherVersions: readonly OtherVersion[];
  /** Parts of the picture that are missing; coverage is `unknown` where there are any. */
  readonly gaps: readonly Gap[];
}

/** The policies as an earlier version of Calico reads them: the last one that does so, such as `3.31`. */
export interface OtherVersion extends Pick<Inventory, 'policyWorld' | 'lastingWorld'> {
  readonly version: string;
}
