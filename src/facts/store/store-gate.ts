import type { PolicyWorld } from '../../calico/index.ts';
import type { KubernetesObject } from '../../kubernetes/object.ts';
import {
  dialedPort,
  inboundAccess,
  includesPort,
  opaquePortsOfPod,
  readSkipPorts,
  skipRoute,
} from '../../linkerd/index.ts';
import type { InboundAccess, LinkerdProfile, ProxySettings } from '../../linkerd/index.ts';
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
  readonly proxy?: StoreProxy;
}

/** The proxy before a store. */
export interface StoreProxy {
  readonly profile: LinkerdProfile;
  readonly settings: ProxySettings;
  /** The port on which meshed clients reach a port of the store; the port itself where they go past the proxy. */
  readonly dialed: (port: number) => number;
  /** Whether a port's traffic goes past the proxy. */
  readonly skips: (port: number) => boolean;
  /** Whom the proxy lets connect to a port. */
  readonly access: (port: number) => InboundAccess;
}

/** The gate of the subject, where that is a store with a network of its own. */
export const storeGateOf = rememberInScope(
  { name: 'gate of the subject as a store' },
  (subject: Subject, context: RuleContext): StoreGate | undefined => {
    const store = storeOf(subject, context);
    const pod = store && podOfSubject(subject, context);
    if (!store || !pod || store.template.spec.hostNetwork === true) return undefined;
    const workload = meshWorkloadOf(subject, context);
    const proxy = workload && becomesMeshed(workload) ? proxyOf(workload) : undefined;
    return {
      store,
      pod,
      world: context.inventory.policyWorld,
      ...(workload ? { workload } : {}),
      ...(proxy ? { proxy } : {}),
    };

    function proxyOf({ mesh, namespace, template, wanted }: MeshWorkload): StoreProxy {
      const profile = mesh.linkerd;
      const settings = wanted.settings ?? profile;
      const opaquePorts = opaquePortsOfPod(template, namespace.annotations, profile).forClients;
      const skipped = readSkipPorts(settings.skipInboundPorts, skipRoute('inbound', profile));
      return {
        profile,
        settings,
        skips: (port) => includesPort(skipped, port),
        dialed: (port) => dialedPort(port, { settings, opaquePorts }, profile),
        access: (port) =>
          inboundAccess(template, namespace, port, meshPoliciesAround(subject, context), profile),
      };
    }
  },
);
