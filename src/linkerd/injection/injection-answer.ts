import type { StringMap } from '../../kubernetes/object.ts';
import type { ProxySettings } from '../installation/proxy-settings.ts';

/** Linkerd's own strings for why a pod gets no proxy; the empty one is what `linkerd inject` says of an opt-out. */
export type InjectionReason =
  | 'host_network_enabled'
  | 'sidecar_already_exists'
  | 'unsupported_resource'
  | 'invalid_inject_annotation_at_ns'
  | 'invalid_inject_annotation_at_workload'
  | 'injection_disable_annotation_present'
  | 'injection_enable_annotation_absent'
  | 'disabled_automount_service_account_token_account'
  | '';

/** What the injector needs to know of a namespace. */
export interface InjectionNamespace {
  readonly name: string;
  readonly labels: StringMap;
  readonly annotations: StringMap;
}

/** `webhook`: what happens in the cluster; `cli`: what the command `linkerd inject` would do. */
export type InjectionOrigin = 'webhook' | 'cli';

/** What Linkerd would do to the pods of a workload, or to a Service. */
export interface Injection {
  readonly injected: boolean;
  /** Why not, in Linkerd's order; empty if injected, if the injector is not called, and if its answer is unusable. */
  readonly reasons: readonly InjectionReason[];
  /** Whether the API server sends the pod or Service to the injector at all. */
  readonly webhookCalled: boolean;
  /** `undecodable-patch`: the answer is invalid JSON, so the webhook's failure policy decides. */
  readonly podCreation: 'allowed' | 'denied' | 'undecodable-patch';
  /** For an undecodable patch: the result under each failure policy. */
  readonly podCreationByFailurePolicy?: { readonly Fail: string; readonly Ignore: string };
  /** Why the pod is refused, or what is wrong with the patch. */
  readonly denialMessage?: string;
  /** Annotations that the patch adds, without those every injected pod gets (created-by, version, trust root). */
  readonly annotationsAdded: StringMap;
  readonly labelsAdded: StringMap;
  readonly ingressMode: boolean;
  /** Which kind of container the proxy is; undefined if there is none. */
  readonly proxyAs?: 'container' | 'initContainer';
  /** The settings of the proxy, if there is one. */
  readonly settings?: ProxySettings;
  /** Whether some container has a UDP port, which the proxy does not handle. */
  readonly udpWarning: boolean;
}

const nothing: Injection = {
  injected: false,
  reasons: [],
  webhookCalled: true,
  podCreation: 'allowed',
  udpWarning: false,
  annotationsAdded: {},
  labelsAdded: {},
  ingressMode: false,
};

/** The answer for a pod or Service that Linkerd does not change, with the given facts. */
export function untouched(facts: Partial<Injection>): Injection {
  return { ...nothing, ...facts };
}

/** The answer for a pod whose patch is broken by an annotation of the namespace. */
export function undecodable(key: string, udpWarning: boolean): Injection {
  return untouched({
    podCreation: 'undecodable-patch',
    podCreationByFailurePolicy: {
      Fail: 'denied',
      Ignore: 'created without a proxy on kube-apiserver >= 1.34, denied on <= 1.33',
    },
    denialMessage: `patch is not valid JSON: the namespace's ${key} is printed into it unescaped`,
    udpWarning,
  });
}
