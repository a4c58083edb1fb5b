import { findPolicy, type Policy } from '../../calico/index.ts';
import { pointerOf, valueAt } from '../../kubernetes/json-pointer.ts';
import { groupOf, isRecord, type KubernetesObject, referenceOf } from '../../kubernetes/object.ts';
import type { Remark } from '../../facts/finding.ts';
import { findKind } from '../../kinds.ts';
import { defineRule } from '../define-rule.ts';
import type { RuleContext, Subject } from '../../facts/subject.ts';
import { isWrittenByCalico, checked } from '../../facts/policy/policy-of.ts';
import { quotedValue, ruleAt } from '../../facts/policy/policy-in-words.ts';

/**
 * A policy, or a part of one, is stored and counts for nothing: Calico does not know a field, does not read the kind,
 * or does not look at rules of a direction that the policy does not govern.
 * Source: Calico felix/calc/policy_sorter.go; libcalico-go/lib/backend/k8s/conversion and lib/names/policy.go;
 * felix/calc/event_sequencer.go for policies of host endpoints.
 */
export const ineffective = defineRule({
  id: 'policy/ineffective',
  title: 'A policy or a part of one is stored and counts for nothing',
  appliesTo: { kinds: ['policy'], operations: ['CREATE', 'UPDATE', 'STATE'] },
  defaultAction: 'warn',
  check: (subject, context) => {
    const { object } = subject;
    if (isWrittenByCalico(subject)) return [];
    return [
      ...namespaceRemarks(object),
      ...fieldRemarks(subject, context),
      ...policyRemarks(object, context),
    ];
  },
});

/**
 * An object of the whole cluster that names a namespace.
 * Source: Kubernetes apiserver pkg/registry/rest/meta.go, EnsureObjectNamespaceMatchesRequestNamespace, clears it.
 */
function namespaceRemarks({
  apiVersion,
  kind,
  metadata: { namespace },
}: KubernetesObject): readonly Remark[] {
  if (!namespace || findKind(groupOf(apiVersion), kind)?.scope !== 'Cluster') return [];
  return [
    {
      pointer: '/metadata/namespace',
      message: `its namespace counts for nothing, a ${kind} is of the whole cluster`,
      found: namespace,
      witness: 'the API server clears the namespace of what is in none',
      expected: kind.endsWith('NetworkPolicy')
        ? `no namespace, or ${kind.startsWith('Staged') ? 'a StagedNetworkPolicy' : 'a NetworkPolicy'} of namespace "${namespace}"`
        : 'no namespace',
      fix: [{ pointer: '/metadata/namespace', remove: true }],
    },
  ];
}

function fieldRemarks(subject: Subject, context: RuleContext): readonly Remark[] {
  const { object } = subject;
  return checked(subject, context).unknownFields.map(({ pointer, message, expected }) => {
    const rule = ruleAt(pointer);
    return {
      pointer,
      message: `${rule === undefined ? '' : `in ${rule}, `}${message}`,
      found: quotedValue(valueAt(object, pointer)),
      ...(expected === undefined ? {} : { expected }),
      ...(rule === undefined ? {} : { witness: 'a rule without the condition it was to have matches more' }),
    };
  });
}

function policyRemarks(object: KubernetesObject, { inventory }: RuleContext): readonly Remark[] {
  const { policyWorld } = inventory;
  const policy = findPolicy(policyWorld, referenceOf(object));
  if (groupOf(object.apiVersion) === 'policy.networking.k8s.io') {
    return policy
      ? conversionRemarks(policy, object)
      : unreadKind(object, policyWorld.traits.kubernetesAdminKinds);
  }
  if (!policy) return [];
  if (groupOf(object.apiVersion) === 'networking.k8s.io') {
    return [...conversionRemarks(policy, object), ...directionRemarks(object, policy)];
  }
  return [
    ...directionRemarks(object, policy),
    ...droppedWhole(policy),
    ...(policyWorld.traits.tierFromName ? otherTier(object, policy) : []),
  ];
}

function unreadKind({ kind }: KubernetesObject, readKinds: ReadonlySet<string>): readonly Remark[] {
  const isNew = kind === 'ClusterNetworkPolicy';
  if (readKinds.has(kind)) {
    return [
      { pointer: '/spec', message: 'it says no tier or no subject that Calico knows, so Calico drops it' },
    ];
  }
  return [
    {
      pointer: '/kind',
      message: isNew
        ? 'Calico reads ClusterNetworkPolicies from 3.32 on, this version does not'
        : `Calico from 3.32 on does not read kind ${kind}`,
      found: kind,
      expected: isNew
        ? 'AdminNetworkPolicy, or a GlobalNetworkPolicy'
        : 'ClusterNetworkPolicy, or a GlobalNetworkPolicy',
    },
  ];
}

function conversionRemarks(
  { conversionError, problems }: Policy,
  object: KubernetesObject,
): readonly Remark[] {
  // What the API server refuses is reported by policy/invalid, at its field.
  if (!conversionError || problems.length > 0) return [];
  const isNamespaced = object.kind === 'NetworkPolicy';
  return [
    {
      pointer: '/spec',
      message: `Calico cannot read one of its rules and ${isNamespaced ? 'leaves it out' : 'leaves it out, or denies everything where it would deny or pass'}`,
      expected: isNamespaced
        ? 'ports from 1 to 65535, and an endPort not below its port'
        : 'peers by namespaces, pods or networks, and ports by number',
    },
  ];
}

/** Rules of a direction that the policy does not govern. */
function directionRemarks(
  { spec }: KubernetesObject,
  { types, typesWritten, kind }: Policy,
): readonly Remark[] {
  if (!isRecord(spec) || !typesWritten) return [];
  const field = kind.endsWith('KubernetesNetworkPolicy') ? 'policyTypes' : 'types';
  return (['Ingress', 'Egress'] as const).flatMap((direction) => {
    const list = direction.toLowerCase();
    const rules = spec[list];
    if (!Array.isArray(rules) || rules.length === 0 || types.includes(direction)) return [];
    const count = rules.length === 1 ? `its ${list} rule counts` : `its ${rules.length} ${list} rules count`;
    return [
      {
        pointer: pointerOf('spec', list),
        message: `${count} for nothing, ${field} is [${types.join(', ')}]`,
        expected: `${field}: [Ingress, Egress], or no ${list} rules`,
      },
    ];
  });
}

/** Each selector parses by itself, and what Calico puts together of them does not. */
function droppedWhole({ problems, selector, written }: Policy): readonly Remark[] {
  if (problems.length > 0 || selector) return [];
  const isBlank = written.selector !== '' && written.selector.trim() === '';
  return [
    {
      pointer: isBlank ? '/spec/selector' : '/spec',
      message: `Calico drops it: ${isBlank ? 'a selector of blanks' : 'one of its selectors'} does not parse beside others`,
      ...(isBlank
        ? { found: JSON.stringify(written.selector), expected: 'all()' }
        : { expected: 'all() instead of blanks' }),
    },
  ];
}

/** Until 3.31 the tier is the part of the name before the first dot, whatever the object says. */
function otherTier({ apiVersion, spec }: KubernetesObject, { name, tier }: Policy): readonly Remark[] {
  const said = isRecord(spec) && typeof spec.tier === 'string' && spec.tier !== '' ? spec.tier : 'default';
  if (said === tier) return [];
  const expected = `metadata.name: ${said}.${name.slice(name.indexOf('.') + 1)}`;
  if (groupOf(apiVersion) === 'projectcalico.org')
    return [
      {
        pointer: '/spec/tier',
        message: `Calico until 3.31 does not accept this name, which has to begin with the tier "${said}"`,
        found: name,
        expected,
      },
    ];
  return [
    {
      pointer: '/spec/tier',
      message: `it is in tier "${tier}", Calico until 3.31 takes the tier from the name and not from spec.tier`,
      found: said,
      expected,
    },
  ];
}
