import type { LinkerdProfile } from '../linkerd/index.ts';
import type { CalicoMode } from '../calico/index.ts';
import type { StringMap } from '../kubernetes/object.ts';

/** What a convention needs to know of a namespace to tell whether it governs it. */
export interface NamespaceIdentity {
  readonly name: string;
  readonly labels: StringMap;
}

export type Direction = 'Ingress' | 'Egress';
export type Family = 'IPv4' | 'IPv6';

export interface DefaultDenyConvention {
  readonly directions: readonly Direction[];
  readonly families: readonly Family[];
  /** `reject`: an uncovered namespace is refused; `hold`: admitted, and its workloads refused until it is covered. */
  readonly onMissing: 'reject' | 'hold';
  /** Put on new governed namespaces by the mutating webhook, so that a GlobalNetworkPolicy covers them ("born closed"). */
  readonly coverLabel?: { readonly key: string; readonly value: string };
}

export interface MeshConvention {
  readonly inject: 'enabled' | 'ingress' | 'off';
  readonly linkerd: LinkerdProfile;
  /** Annotations that governed namespaces must carry; added when one is created, never overwritten. */
  readonly namespaces: StringMap;
}

/** Where the value of a label comes from; `firstOf` takes the first source that has one. */
export type LabelSource =
  | { readonly podLabel: string }
  | { readonly namespaceLabel: string }
  | { readonly workloadName: Readonly<Record<string, never>> }
  | { readonly namespaceName: Readonly<Record<string, never>> }
  | { readonly serviceAccount: Readonly<Record<string, never>> }
  | { readonly literal: string }
  | { readonly firstOf: readonly LabelSource[] };

export interface LabelConvention {
  readonly key: string;
  readonly value?: LabelSource;
  /** Denied where no value can be found. */
  readonly required: boolean;
  readonly allowed?: readonly string[];
  readonly pattern?: RegExp;
}

/** One convention, compiled: selectors parsed, globs and patterns ready, defaults filled in. */
export interface Convention {
  readonly name: string;
  readonly priority: number;
  readonly selects: (namespace: NamespaceIdentity) => boolean;
  readonly defaultDeny?: DefaultDenyConvention;
  readonly mesh?: MeshConvention;
  readonly labels: readonly LabelConvention[];
  /** How Calico runs, where it can't be detected (CI); undefined: detected, or Calico's default for files. */
  readonly calico: { readonly mode?: CalicoMode; readonly version?: string };
}
