import {
  groupOf,
  isRecord,
  type KubernetesObject,
  type ObjectReference,
  referenceOf,
} from '../../kubernetes/object.ts';
import type { VersionTraits } from './calico-version.ts';
import type { CalicoMode } from './calico-mode.ts';
import { composeGlobalSubject, composeNamespacedSubject, parseComposed } from './compose-selector.ts';
import { typesOf, writtenTypes } from './default-types.ts';
import type { Policy, PolicyKind } from './policy.ts';
import { canonicalName, positionOf } from './policy-name.ts';
import type { PolicyProblem } from './problem.ts';
import { readRules } from './read-rule.ts';
import { storedMetadata } from './stored-metadata.ts';

export interface NormalizationContext {
  readonly mode: CalicoMode;
  readonly traits: VersionTraits;
}

/** Brings a policy of any API into the form in which Calico judges it; undefined for objects of other kinds. */
export function normalizePolicy(object: KubernetesObject, context: NormalizationContext): Policy | undefined {
  const kind = calicoKinds.get(object.kind);
  return kind && isCalicoGroup(object.apiVersion, context.mode)
    ? normalizeCalicoPolicy(object, kind, context, [])
    : undefined;
}

/** The name under which a world keeps a policy, whichever API group shows it; undefined for other kinds. */
export function policyKeyOf(
  { apiVersion, kind, namespace = '', name }: ObjectReference,
  { mode, traits }: NormalizationContext,
): string | undefined {
  const calicoKind = calicoKinds.get(kind);
  if (!calicoKind || !isCalicoGroup(apiVersion, mode)) return undefined;
  const isGlobal = calicoKind.includes('Global');
  return `${calicoKind}/${isGlobal ? '' : namespace}/${canonicalName(name, traits)}`;
}

const calicoKinds: ReadonlyMap<string, PolicyKind> = new Map([
  ['NetworkPolicy', 'NetworkPolicy'],
  ['GlobalNetworkPolicy', 'GlobalNetworkPolicy'],
  ['StagedNetworkPolicy', 'StagedNetworkPolicy'],
  ['StagedGlobalNetworkPolicy', 'StagedGlobalNetworkPolicy'],
]);

/** With native custom resources what is left of `crd.projectcalico.org` is not read by Calico any more. */
function isCalicoGroup(apiVersion: string, mode: CalicoMode): boolean {
  const group = groupOf(apiVersion);
  return group === 'projectcalico.org' || (group === 'crd.projectcalico.org' && mode !== 'v3crd');
}

function normalizeCalicoPolicy(
  object: KubernetesObject,
  kind: PolicyKind,
  { mode, traits }: NormalizationContext,
  problems: readonly PolicyProblem[],
): Policy {
  const spec = isRecord(object.spec) ? object.spec : {};
  const isGlobal = kind.includes('Global');
  const namespace = isGlobal ? '' : (object.metadata.namespace ?? '');
  const name = canonicalName(storedMetadata(object).name, traits);
  const ownMode = groupOf(object.apiVersion) === 'crd.projectcalico.org' ? 'raw' : mode;
  const written = {
    selector: text(spec.selector),
    namespaceSelector: isGlobal ? text(spec.namespaceSelector) : '',
    serviceAccountSelector: text(spec.serviceAccountSelector),
  };
  const ingress = readRules(spec.ingress, namespace);
  const egress = readRules(spec.egress, namespace);
  const subject = isGlobal ? composeGlobalSubject(written) : composeNamespacedSubject(namespace, written);
  const selector = ingress && egress ? parseComposed(subject) : undefined;
  return {
    reference: referenceOf(object),
    kind,
    name,
    ...(isGlobal ? {} : { namespace }),
    ...positionOf({ kind, namespace, name, tier: text(spec.tier) }, traits),
    order: typeof spec.order === 'number' ? spec.order : Number.POSITIVE_INFINITY,
    types: typesOf(spec, ownMode),
    typesWritten: writtenTypes(spec).length > 0,
    staged: kind.startsWith('Staged'),
    ...(kind.startsWith('Staged') ? { stagedAction: text(spec.stagedAction) || 'Set' } : {}),
    hostOnly: isGlobal && (spec.doNotTrack === true || spec.preDNAT === true),
    selector,
    written,
    ingress: ingress ?? [],
    egress: egress ?? [],
    problems,
  };
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
