import {
  evaluateSelector,
  maySelectIn,
  podLabels,
  type Peer,
  type Policy,
  type Selector,
} from '../../calico/index.ts';
import { namespaceIdentity } from '../../kubernetes/namespace.ts';
import { labelsOf, type KubernetesObject } from '../../kubernetes/object.ts';
import { podTemplateOf } from '../../kubernetes/pod-template.ts';
import { type LabelNeed, needsOf } from '../label/label-need.ts';
import type { Look } from '../limits.ts';
import type { RuleContext } from '../subject.ts';
import { asksForMesh } from '../workload/asks-for-mesh.ts';
import { becomesMeshed, describeWorkload, meshConventionOf } from '../workload/mesh-workload.ts';
import { accountOf, labelsToCome, podFrom } from '../workload/workload-pod.ts';
import { placeOf } from './peer-namespaces.ts';

/** A workload as an end of connections. */
export interface NamedEnd {
  readonly object: KubernetesObject;
  readonly namespace: string;
  /** Its pods as policies see them, with the labels that admission adds. */
  readonly pod: KubernetesObject;
  readonly meshed: boolean;
  /** Where the proxies of clients connect, if both ends are meshed. */
  readonly proxyPort: number;
}

/** Reads each workload once for all rules of a policy. */
export interface NamedEnds {
  /** The workloads that a policy selects. */
  readonly selectedBy: (policy: Policy) => readonly NamedEnd[];
  /**
   * The workloads that a peer names by labels of their own, those that bear the same ones together. Whoever is called
   * by a namespace or an address alone, or by what he is not, is nobody in particular.
   */
  readonly namedBy: (peer: Peer) => readonly (readonly NamedEnd[])[];
}

/** @param look how many workloads may be read; beyond that there are none */
export function createNamedEnds(context: RuleContext, look: Look): NamedEnds {
  const { inventory } = context;
  const known = new Map<KubernetesObject, NamedEnd | undefined>();
  const endOf = (object: KubernetesObject) => {
    if (!known.has(object)) known.set(object, readEnd(object, context));
    return known.get(object);
  };
  const within = (namespace: string, selector: Selector): NamedEnd[] =>
    [...inventory.workloads(namespace)].flatMap((object) => {
      const end = mayHave(needsOf(selector), object) && look.more(namespace) ? endOf(object) : undefined;
      return end && isSelected(end, selector, context) ? [end] : [];
    });
  const everywhere = () => [...inventory.namespaces()].map(({ metadata }) => metadata.name ?? '');
  return {
    selectedBy: (policy) => {
      const { namespace, selector } = policy;
      if (!selector) return [];
      const reaches = maySelectIn(policy);
      const reached = () =>
        everywhere().filter((name) => reaches(namespaceIdentity(name, inventory.namespace(name))));
      return (namespace === undefined ? reached() : [namespace]).flatMap((name) => within(name, selector));
    },
    namedBy: (peer) => {
      const { nets, notNets, selector, service } = peer;
      const keys = needsOf(selector).flatMap(({ key, values }) => (values ? [key] : []));
      if (!selector || keys.length === 0 || service || nets.length + notNets.length > 0) return [];
      const place = placeOf(peer);
      const found = (typeof place === 'string' ? everywhere() : place)
        .flatMap((name) => within(name, selector))
        .filter((end) => !peer.notSelector || !isSelected(end, peer.notSelector, context));
      const called = ({ namespace, pod }: NamedEnd) =>
        JSON.stringify([namespace, ...keys.map((key) => labelsOf(pod)[key])]);
      return [...Map.groupBy(found, called).values()];
    },
  };
}

/** Admission adds labels and replaces none, so another value than those asked for stays. */
function mayHave(needs: readonly LabelNeed[], object: KubernetesObject): boolean {
  const labels = podTemplateOf(object)?.labels;
  return (
    labels !== undefined &&
    needs.every(
      ({ key, values }) => !Object.hasOwn(labels, key) || !values || values.includes(labels[key] ?? ''),
    )
  );
}

/** What has no pods of its own, or pods that no policy reaches, is no end. */
function readEnd(object: KubernetesObject, context: RuleContext): NamedEnd | undefined {
  const { conventions, inventory, point } = context;
  const template = podTemplateOf(object);
  const { namespace = 'default' } = object.metadata;
  if (!template || template.spec.hostNetwork === true) return undefined;
  const convention = conventions.governing(namespaceIdentity(namespace, inventory.namespace(namespace)));
  const mesh = meshConventionOf(convention);
  const described = mesh && describeWorkload(object, mesh, inventory, point);
  const coming = labelsToCome(object, template, {
    inventory,
    point,
    ...(convention ? { convention } : {}),
  });
  const settings = described?.wanted.settings ?? mesh?.linkerd;
  return {
    object,
    namespace,
    pod: podFrom(object, template, { ...coming, ...described?.wanted.labelsAdded }),
    meshed: described
      ? becomesMeshed(described)
      : asksForMesh(template, inventory.namespace(namespace)) === true,
    proxyPort: settings?.ports.inbound ?? 4143,
  };
}

function isSelected({ namespace, object, pod }: NamedEnd, selector: Selector, context: RuleContext): boolean {
  const template = podTemplateOf(object);
  const serviceAccount = template ? accountOf(template) : 'default';
  const labels = podLabels(context.inventory.policyWorld, {
    namespace,
    labels: labelsOf(pod),
    serviceAccount,
  });
  return evaluateSelector(selector, labels);
}
