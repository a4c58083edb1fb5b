import { openingRules } from '../../calico/index.ts';
import type { StoreClient } from '../../conventions/convention/convention.ts';
import { namespaceIdentity } from '../../kubernetes/namespace.ts';
import type { KubernetesObject } from '../../kubernetes/object.ts';
import { podTemplateOf } from '../../kubernetes/pod-template.ts';
import { becomesMeshed, describeWorkload, meshConventionOf } from '../workload/mesh-workload.ts';
import { nameOf } from '../object-name.ts';
import { placeOf, type PeerPlace } from '../policy/peer-namespaces.ts';
import type { Look } from '../limits.ts';
import type { RuleContext } from '../subject.ts';
import { pod, podFrom } from '../workload/workload-pod.ts';
import type { StoreGate } from './store-gate.ts';

/** Somebody whom nobody has invited to a store, and what is known of it. */
export interface Uninvited {
  readonly description: string;
  readonly pod: KubernetesObject;
  /** `either`: nobody knows whether it is in the mesh. */
  readonly meshed: boolean | 'either';
  readonly namespace: string;
  readonly account?: string;
}

/**
 * Whom to try at the gate of a store: pods that no rule can have meant and, where its clients are declared, workloads
 * that exist and are none of them, as many as may be looked at.
 */
export function* uninvitedTo(gate: StoreGate, context: RuleContext, look: Look): Iterable<Uninvited> {
  const own = gate.pod.metadata.namespace ?? 'default';
  const { clients } = gate.store;
  const foreign = [...new Set(clients?.map(({ namespace }) => namespace))].filter((name) => name !== own);
  const supposed = (namespace: string, description: string): Uninvited => ({
    description,
    pod: pod(namespace, {}, clients ? anotherAccount : 'default'),
    meshed: 'either',
    namespace,
  });
  const strangers = [
    supposed(anotherNamespace, 'a pod {} of any other namespace'),
    supposed(own, `a pod {} of its own namespace "${own}"`),
    ...foreign.map((name) => supposed(name, `a pod {} of namespace "${name}" under another service account`)),
  ];
  yield* strangers.filter(({ namespace }) => !isInvited(clients, namespace));
  if (clients) yield* uninvitedWorkloads(gate, [own, ...foreign], context, look);
}

/** A namespace and an account that no rule can have meant. */
const anotherNamespace = 'another-namespace';
const anotherAccount = 'another-account';

/** Without an account: whether all of the namespace are. */
function isInvited(clients: readonly StoreClient[] = [], namespace: string, account?: string): boolean {
  return clients.some(
    ({ serviceAccount, ...client }) =>
      client.namespace === namespace && (serviceAccount === undefined || serviceAccount === account),
  );
}

/** Those that exist, are no clients, and are where clients are or where a rule lets somebody in from. */
function* uninvitedWorkloads(
  gate: StoreGate,
  near: readonly string[],
  { conventions, inventory, point }: RuleContext,
  look: Look,
): Iterable<Uninvited> {
  const { clients, object, ports } = gate.store;
  const asked = ports.flatMap((port) => [port, gate.proxy?.dialed(port) ?? port]);
  const opened = [...new Set(asked)].flatMap((port) =>
    openingRules(gate.world, { pod: gate.pod, direction: 'Ingress', protocol: 'TCP', port }).flatMap(
      ({ rule }) => namespacesOf(placeOf(rule.source)),
    ),
  );
  for (const namespace of new Set([...near, ...opened])) {
    const identity = namespaceIdentity(namespace, inventory.namespace(namespace));
    const mesh = meshConventionOf(conventions.governing(identity));
    for (const workload of inventory.workloads(namespace)) {
      const template = podTemplateOf(workload);
      const isStore = workload.kind === object.kind && workload.metadata.name === object.metadata.name;
      if (!template || (isStore && namespace === object.metadata.namespace)) continue;
      const { serviceAccountName } = template.spec;
      const account = typeof serviceAccountName === 'string' ? serviceAccountName : 'default';
      if (isInvited(clients, namespace, account)) continue;
      if (!look.more()) return;
      const described = mesh && describeWorkload(workload, mesh, inventory, point);
      yield {
        description: `${nameOf(workload)} under service account "${account}"`,
        pod: podFrom(workload, template, described?.wanted.labelsAdded),
        meshed: described ? becomesMeshed(described) : 'either',
        namespace,
        account,
      };
    }
  }
}

/** Only what is called by name. */
function namespacesOf(place: PeerPlace): readonly string[] {
  return typeof place === 'string' ? [] : place;
}
