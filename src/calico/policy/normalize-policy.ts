import { createHash } from 'node:crypto';
import {
  groupOf,
  isRecord,
  type KubernetesObject,
  type ObjectReference,
  referenceOf,
} from '../../kubernetes/object.ts';
import { convertKubernetesPolicy } from './conversion/convert.ts';
import type { Conversion } from './conversion/conversion.ts';
import type { Selector } from '../selector/ast.ts';
import type { CalicoMode } from './calico-mode.ts';
import type { VersionTraits } from './calico-version.ts';
import { composeGlobalSubject, composeNamespacedSubject, parseComposed } from './compose-selector.ts';
import { kubernetesTypesOf, typesOf, writtenTypes } from './default-types.ts';
import type { Policy, PolicyKind } from './policy.ts';
import { canonicalName, positionOf } from './policy-name.ts';
import { readRules } from './read-rule.ts';
import { storedMetadata } from './stored-metadata.ts';
import { text, record } from '../../kubernetes/read.ts';

/** What decides how an object is read. */
export interface NormalizationContext {
  readonly mode: CalicoMode;
  readonly traits: VersionTraits;
  /** Calico's, where it is known. */
  readonly version?: string | undefined;
}

/** What Calico calls policies of an object's kind; undefined for objects that are no policies to it. */
function policyKindOf(
  { apiVersion, kind }: Pick<ObjectReference, 'apiVersion' | 'kind'>,
  { mode, traits }: NormalizationContext,
): PolicyKind | undefined {
  const group = groupOf(apiVersion);
  switch (group) {
    case 'projectcalico.org':
      return calicoKinds.get(kind);
    case 'crd.projectcalico.org':
      // With native custom resources, what is left of this group is not read by Calico any more.
      return mode === 'v3crd' ? undefined : calicoKinds.get(kind);
    case 'networking.k8s.io':
      return kind === 'NetworkPolicy' ? 'KubernetesNetworkPolicy' : undefined;
    case 'policy.networking.k8s.io':
      return traits.kubernetesAdminKinds.has(kind) ? adminKinds.get(kind) : undefined;
    default:
      return undefined;
  }
}

/** The name under which a world keeps a policy, whichever API group shows it; undefined for other objects. */
export function policyKeyOf(reference: ObjectReference, context: NormalizationContext): string | undefined {
  const kind = policyKindOf(reference, context);
  if (!kind) return undefined;
  const namespace = isClusterPolicy(kind) ? '' : (reference.namespace ?? '');
  return `${kind}/${namespace}/${canonicalName(reference.name, context.traits)}`;
}

/** What was found wrong about the object that a policy was written as. */
export type FoundProblems = Pick<Policy, 'problems' | 'unknownFields'>;

/** Brings a policy of any API into the form in which Calico judges it; undefined for what Calico does not read. */
export function normalizePolicy(
  object: KubernetesObject,
  context: NormalizationContext,
  found: FoundProblems,
): Policy | undefined {
  const kind = policyKindOf(object, context);
  if (!kind) return undefined;
  const group = groupOf(object.apiVersion);
  if (kind.includes('Kubernetes')) {
    const conversion = convertKubernetesPolicy(asKubernetesPolicy(object, kind, context.mode));
    const { policy } = conversion;
    return policy ? compile(policy, object, kind, { ...context, mode: 'raw' }, found, conversion) : undefined;
  }
  const mode = group === 'crd.projectcalico.org' ? 'raw' : context.mode;
  return compile(object, object, kind, { ...context, mode }, found);
}

const calicoKinds: ReadonlyMap<string, PolicyKind> = new Map([
  ['NetworkPolicy', 'NetworkPolicy'],
  ['GlobalNetworkPolicy', 'GlobalNetworkPolicy'],
  ['StagedNetworkPolicy', 'StagedNetworkPolicy'],
  ['StagedGlobalNetworkPolicy', 'StagedGlobalNetworkPolicy'],
  ['StagedKubernetesNetworkPolicy', 'StagedKubernetesNetworkPolicy'],
]);

const adminKinds: ReadonlyMap<string, PolicyKind> = new Map([
  ['ClusterNetworkPolicy', 'KubernetesClusterNetworkPolicy'],
  ['AdminNetworkPolicy', 'KubernetesAdminNetworkPolicy'],
  ['BaselineAdminNetworkPolicy', 'KubernetesBaselineAdminNetworkPolicy'],
]);

function isClusterPolicy(kind: PolicyKind): boolean {
  return kind.includes('Global') || [...adminKinds.values()].includes(kind);
}

/** The object with its types filled in, as it is once the API server has taken it. */
function asKubernetesPolicy(object: KubernetesObject, kind: PolicyKind, mode: CalicoMode): KubernetesObject {
  if (kind !== 'KubernetesNetworkPolicy' && kind !== 'StagedKubernetesNetworkPolicy') return object;
  const spec = record(object.spec);
  const policyTypes = kubernetesTypesOf(spec, kind === 'KubernetesNetworkPolicy' ? 'apiserver' : mode);
  return {
    ...object,
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    spec: { ...spec, policyTypes },
  };
}

/** `object` is what `calico` was written as. */
function compile(
  calico: KubernetesObject,
  object: KubernetesObject,
  kind: PolicyKind,
  { mode, traits }: NormalizationContext,
  { problems, unknownFields }: FoundProblems,
  conversion?: Conversion,
): Policy {
  const spec = record(calico.spec);
  const isGlobal = isClusterPolicy(kind);
  const namespace = isGlobal ? '' : (object.metadata.namespace ?? '');
  const name = canonicalName(storedMetadata(object, mode).name, traits);
  const written = {
    selector: text(spec.selector),
    namespaceSelector: isGlobal ? text(spec.namespaceSelector) : '',
    serviceAccountSelector: text(spec.serviceAccountSelector),
  };
  const ingress = readRules(spec.ingress, namespace, conversion?.origins?.ingress);
  const egress = readRules(spec.egress, namespace, conversion?.origins?.egress);
  const subject = isGlobal ? composeGlobalSubject(written) : composeNamespacedSubject(namespace, written);
  const selector = ingress && egress ? parseComposed(subject) : undefined;
  return {
    reference: referenceOf(object),
    kind,
    name,
    ...(isGlobal ? {} : { namespace }),
    ...positionOf({ kind, namespace, name, tier: text(spec.tier) }, traits),
    order: typeof spec.order === 'number' ? spec.order : Number.POSITIVE_INFINITY,
    types: typesOf(spec, mode),
    typesWritten: hasWrittenTypes(object),
    staged: kind.startsWith('Staged'),
    ...(kind.startsWith('Staged') ? { stagedAction: stagedActionOf(object) } : {}),
    hostOnly: isGlobal && (spec.doNotTrack === true || spec.preDNAT === true),
    selector,
    claims: selector ?? claimOf(namespace, isGlobal, written),
    confined: !isGlobal && (written.selector === '' || parseComposed(written.selector) !== undefined),
    fingerprint: createHash('sha256')
      .update(JSON.stringify([kind, name, mode, problems, object.spec]))
      .digest('base64'),
    written,
    ingress: ingress ?? [],
    egress: egress ?? [],
    problems,
    conversionError: conversion?.conversionError === true,
    unknownFields,
  };
}

function hasWrittenTypes({ spec }: KubernetesObject): boolean {
  if (!isRecord(spec)) return false;
  return writtenTypes(spec.types).length > 0 || writtenTypes(spec.policyTypes).length > 0;
}

function stagedActionOf({ spec }: KubernetesObject): string {
  return (isRecord(spec) && text(spec.stagedAction)) || 'Set';
}

/** Of what Calico drops, the part that names namespaces, if that much can be read. */
function claimOf(namespace: string, isGlobal: boolean, written: Policy['written']): Selector {
  const nothing = { selector: '', serviceAccountSelector: '' };
  const subject = isGlobal
    ? composeGlobalSubject({ ...nothing, namespaceSelector: written.namespaceSelector })
    : composeNamespacedSubject(namespace, { ...nothing, namespaceSelector: '' });
  return parseComposed(subject) ?? { kind: 'all' };
}
