import type { PolicyWorld } from '../../calico/index.ts';
import type { KubernetesObject } from '../../kubernetes/object.ts';
import { inboundProxyOf, type InboundProxy } from '../mesh/inbound-proxy.ts';
import { meshPoliciesAround } from '../mesh/mesh-policies.ts';
import { becomesMeshed, meshWorkloadOf, type MeshWorkload } from '../workload/mesh-workload.ts';
import type { RuleContext, Subject } from '../subject.ts';
import { rememberInScope } from '../../memo/scope.ts';
import { podOfSubject } from '../workload/workload-pod.ts';
import { storeOf, type Store } from './store.ts';

/** A store with what stands between it and its clients. */
export interface StoreGate {
  readonly store: Store;
  /** One of its pods, as policies see it. */
  readonly pod: KubernetesObject;
  readonly world: PolicyWorld;
  /** Where a convention wants it in the mesh: what Linkerd makes of it. */
  readonly workload?: MeshWorkload;
  /** Where its pods are in the mesh. */
  readonly proxy?: InboundProxy;
}

/** The gate of the subject, where that is a store with a network of its own. */
export const storeGateOf = rememberInScope(
  { name: 'gate of the subject as a store' },
  (subject: Subject, context: RuleContext): StoreGate | undefined => {
    const store = storeOf(subject, context);
    const pod = store && podOfSubject(subject, context);
    if (!store || !pod || store.template.spec.hostNetwork === true) return undefined;
    const workload = meshWorkloadOf(subject, context);
    const proxy =
      workload && becomesMeshed(workload)
        ? inboundProxyOf(workload, () => meshPoliciesAround(subject, context))
        : undefined;
    return {
      store,
      pod,
      world: context.inventory.policyWorld,
      ...(workload ? { workload } : {}),
      ...(proxy ? { proxy } : {}),
    };
  },
);
