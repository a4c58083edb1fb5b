import {
  groupOf,
  type KubernetesObject,
  type ObjectReference,
  labelsOf,
  referenceOf,
  type StringMap,
} from '../../kubernetes/object.ts';
import { namespaceIdentity } from '../../kubernetes/namespace.ts';
import { type NormalizationContext, normalizePolicy, policyKeyOf } from '../policy/normalize-policy.ts';
import type { Policy } from '../policy/policy.ts';
import { checkPolicy } from '../validation/validate.ts';
import {
  type LabelledNets,
  type PodEndpoint,
  readEndpointSlice,
  readLabelledNets,
  readPod,
  type ServiceEndpoints,
} from './endpoint.ts';
import { readTier, type Tier } from './tier.ts';

/** What comes into a world or takes the place of its former self, and what goes. */
export interface WorldChange {
  readonly put?: readonly KubernetesObject[];
  readonly remove?: readonly ObjectReference[];
}

/** A change as a world takes it in: by where it keeps things and under which key, undefined for what goes. */
export interface WorldDelta {
  readonly policies: Map<string, Policy | undefined>;
  readonly tiers: Map<string, Tier | undefined>;
  readonly namespaces: Map<string, StringMap | undefined>;
  /** By namespace and name. */
  readonly serviceAccounts: Map<string, Map<string, StringMap | undefined>>;
  readonly pods: Map<string, PodEndpoint | undefined>;
  readonly labelledNets: Map<string, LabelledNets | undefined>;
  readonly endpointSlices: Map<string, ServiceEndpoints | undefined>;
}

/** Reads the objects of a change; what goes and comes at once is there. */
export function readChange(
  { put = [], remove = [] }: WorldChange,
  context: NormalizationContext,
): WorldDelta {
  const delta = emptyDelta();
  for (const reference of remove) addRemoval(delta, reference, context);
  for (const object of put) addObject(delta, object, context);
  return delta;
}

function emptyDelta(): WorldDelta {
  return {
    policies: new Map(),
    tiers: new Map(),
    namespaces: new Map(),
    serviceAccounts: new Map(),
    pods: new Map(),
    labelledNets: new Map(),
    endpointSlices: new Map(),
  };
}

function addObject(delta: WorldDelta, object: KubernetesObject, context: NormalizationContext): void {
  const reference = referenceOf(object);
  const policyKey = policyKeyOf(reference, context);
  if (policyKey !== undefined) {
    const rival = delta.policies.get(policyKey);
    if (rival && isStorageForm(reference) && !isStorageForm(rival.reference)) return;
    delta.policies.set(policyKey, normalizePolicy(object, context, checkPolicy(object, context)));
    return;
  }
  const kept = keptAt(reference, context.mode);
  if (kept === undefined) return;
  switch (kept.where) {
    case 'namespaces':
      delta.namespaces.set(kept.key, namespaceIdentity(reference.name, object).labels);
      return;
    case 'serviceAccounts':
      accountsOf(delta, reference).set(reference.name, labelsOf(object));
      return;
    case 'tiers':
      delta.tiers.set(kept.key, readTier(object, checkPolicy(object, context).problems));
      return;
    case 'pods':
      delta.pods.set(kept.key, readPod(object));
      return;
    case 'labelledNets':
      delta.labelledNets.set(kept.key, readLabelledNets(object, context.mode));
      return;
    default:
      delta.endpointSlices.set(kept.key, readEndpointSlice(object));
  }
}

function addRemoval(delta: WorldDelta, reference: ObjectReference, context: NormalizationContext): void {
  const policyKey = policyKeyOf(reference, context);
  const kept = keptAt(reference, context.mode);
  if (policyKey !== undefined) delta.policies.set(policyKey, undefined);
  else if (kept?.where === 'serviceAccounts') accountsOf(delta, reference).set(reference.name, undefined);
  else if (kept) delta[kept.where].set(kept.key, undefined);
}

/** Where the world keeps an object that is no policy, and under which key. */
export function keptAt(
  { apiVersion, kind, namespace = '', name }: ObjectReference,
  mode: NormalizationContext['mode'],
): { readonly where: Exclude<keyof WorldDelta, 'policies'>; readonly key: string } | undefined {
  const group = groupOf(apiVersion);
  if (group === '') {
    if (kind === 'Namespace') return { where: 'namespaces', key: name };
    if (kind === 'ServiceAccount') return { where: 'serviceAccounts', key: name };
    if (kind === 'Pod') return { where: 'pods', key: `${namespace}/${name}` };
    return undefined;
  }
  if (group === 'discovery.k8s.io') {
    return kind === 'EndpointSlice' ? { where: 'endpointSlices', key: `${namespace}/${name}` } : undefined;
  }
  if (group !== 'projectcalico.org' && (group !== 'crd.projectcalico.org' || mode === 'v3crd'))
    return undefined;
  if (kind === 'Tier') return { where: 'tiers', key: name };
  if (kind !== 'NetworkSet' && kind !== 'GlobalNetworkSet' && kind !== 'HostEndpoint') return undefined;
  return { where: 'labelledNets', key: `${kind}/${kind === 'NetworkSet' ? namespace : ''}/${name}` };
}

function accountsOf(
  delta: WorldDelta,
  { namespace = '' }: ObjectReference,
): Map<string, StringMap | undefined> {
  const accounts = delta.serviceAccounts.get(namespace) ?? new Map<string, StringMap | undefined>();
  delta.serviceAccounts.set(namespace, accounts);
  return accounts;
}

/** Whether an object is of the group in which Calico's API server stores what it is given. */
function isStorageForm({ apiVersion }: ObjectReference): boolean {
  return groupOf(apiVersion) === 'crd.projectcalico.org';
}
