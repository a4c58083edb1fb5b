import { groupOf, type KubernetesObject } from '../../kubernetes/object.ts';
import type { PolicyProblem } from '../policy/problem.ts';
import { type CalicoApi, holdsIn, isRefusedBy, refusedHereAlone, writtenMetadata } from './calico-api.ts';
import { hostEndpointSpec } from './host-endpoint.ts';
import {
  globalNetworkPolicyName,
  metadata,
  type NameRule,
  networkPolicyName,
  subdomainName,
  tierName,
} from './names.ts';
import { networkSetLabels, networkSetSpec } from './network-set.ts';
import {
  globalNetworkPolicySpec,
  networkPolicySpec,
  stagedGlobalNetworkPolicySpec,
  stagedNetworkPolicySpec,
} from './policy-spec.ts';
import { profileSpec } from './profile.ts';
import { type Check, problemsOf } from './report.ts';
import { all, anything, fields } from './schema.ts';
import { stagedKubernetesPolicySpec } from './staged-kubernetes-policy.ts';
import { builtInTier, tierSpec } from './tier.ts';
import {
  adminNetworkPolicySpec,
  baselineAdminNetworkPolicySpec,
  clusterNetworkPolicySpec,
  onlyDefault,
} from './kubernetes/cluster-policy.ts';
import { kubernetesNetworkPolicySpec } from './kubernetes/network-policy.ts';

/**
 * What Calico's API would refuse about an object of its kinds, and the API server of Kubernetes about the policies of
 * Kubernetes; nothing about other objects. Calico's answer depends on the version and on how the API is served: the
 * native custom resources take more (no selector is parsed there), and what they take so is dropped by Felix, which
 * `checkPolicy` tells.
 * Source: Calico libcalico-go/lib/validator/v3/validator.go and the schemas and CEL rules of its CRDs.
 * @param object of `projectcalico.org/v3`, or as it is stored in `crd.projectcalico.org/v1`
 * @param api the version and the mode; the newest Calico API server where they are absent
 * @example
 * const head = { apiVersion: 'projectcalico.org/v3', kind: 'NetworkPolicy' };
 * const metadata = { name: 'deny', namespace: 'shop' };
 * const policy = { ...head, metadata, spec: { selector: 'app = web' } };
 * validatePolicy(policy).map(({ pointer }) => pointer); // ['/spec/selector']
 * validatePolicy(policy, { mode: 'v3crd' }); // []
 */
export function validatePolicy(object: KubernetesObject, api: CalicoApi = {}): readonly PolicyProblem[] {
  const { problems } = checkPolicy(object, api);
  // The API server of Kubernetes refuses its own policies whatever Calico does.
  if (!isOfCalico(object)) return problems;
  return [...problems.filter(isRefusedBy(api)), ...refusedHereAlone(object, api)];
}

export interface CheckedPolicy {
  /** What would be refused, or taken by the API and dropped by Felix. */
  readonly problems: readonly PolicyProblem[];
  /**
   * The fields that Calico does not know. kubectl and calicoctl refuse them, everything else drops them, and a rule
   * without the criterion its writer meant matches more.
   */
  readonly unknownFields: readonly PolicyProblem[];
}

/**
 * What `validatePolicy` finds, what Felix drops although the API takes it, and the fields that are not known.
 * @example
 * const head = { apiVersion: 'projectcalico.org/v3', kind: 'NetworkPolicy' };
 * const metadata = { name: 'deny', namespace: 'shop' };
 * const policy = { ...head, metadata, spec: { selektor: 'all()' } };
 * checkPolicy(policy).unknownFields.map(({ pointer }) => pointer); // ['/spec/selektor']
 */
export function checkPolicy(object: KubernetesObject, api: CalicoApi = {}): CheckedPolicy {
  const all = problemsOfObject(object);
  const found = isOfCalico(object) ? [...all.filter(holdsIn(api)), ...writtenMetadata(object, api)] : all;
  if (found.length === 0) return nothingFound;
  return {
    problems: found.filter(({ code }) => code !== 'unknown-field'),
    unknownFields: found.filter(({ code }) => code === 'unknown-field'),
  };
}

const nothingFound = { problems: [], unknownFields: [] } as const;

function isOfCalico({ apiVersion }: KubernetesObject): boolean {
  const group = groupOf(apiVersion);
  return group === 'projectcalico.org' || group === 'crd.projectcalico.org';
}

function problemsOfObject(object: KubernetesObject): readonly PolicyProblem[] {
  const check = isOfCalico(object)
    ? kinds.get(object.kind)
    : kubernetesKinds.get(`${groupOf(object.apiVersion)}/${object.kind}`);
  return check ? problemsOf(check, object) : [];
}

function kind(name: string, rule: NameRule, spec: Check): Check {
  return fields(
    `a ${name}`,
    { apiVersion: anything, kind: anything, metadata: metadata(rule), spec, status: anything },
    { required: { metadata: 'with a name', spec: 'an object' } },
  );
}

const kinds: ReadonlyMap<string, Check> = new Map([
  ['NetworkPolicy', kind('NetworkPolicy', networkPolicyName, networkPolicySpec)],
  ['GlobalNetworkPolicy', kind('GlobalNetworkPolicy', globalNetworkPolicyName, globalNetworkPolicySpec)],
  ['StagedNetworkPolicy', kind('StagedNetworkPolicy', networkPolicyName, stagedNetworkPolicySpec)],
  [
    'StagedGlobalNetworkPolicy',
    kind('StagedGlobalNetworkPolicy', globalNetworkPolicyName, stagedGlobalNetworkPolicySpec),
  ],
  [
    'StagedKubernetesNetworkPolicy',
    kind('StagedKubernetesNetworkPolicy', subdomainName, stagedKubernetesPolicySpec),
  ],
  ['Tier', all(kind('Tier', tierName, tierSpec), builtInTier)],
  ['NetworkSet', all(kind('NetworkSet', subdomainName, networkSetSpec), networkSetLabels)],
  ['GlobalNetworkSet', all(kind('GlobalNetworkSet', subdomainName, networkSetSpec), networkSetLabels)],
  ['HostEndpoint', kind('HostEndpoint', subdomainName, hostEndpointSpec)],
  ['Profile', kind('Profile', subdomainName, profileSpec)],
]);

/** Policies of Kubernetes: the API server refuses an unknown field of theirs, so each of their problems is one. */
const kubernetesKinds: ReadonlyMap<string, Check> = new Map([
  ['networking.k8s.io/NetworkPolicy', kubernetesKind('NetworkPolicy', kubernetesNetworkPolicySpec)],
  [
    'policy.networking.k8s.io/ClusterNetworkPolicy',
    kubernetesKind('ClusterNetworkPolicy', clusterNetworkPolicySpec, { spec: 'an object' }),
  ],
  [
    'policy.networking.k8s.io/AdminNetworkPolicy',
    kubernetesKind('AdminNetworkPolicy', adminNetworkPolicySpec, { spec: 'an object' }),
  ],
  [
    'policy.networking.k8s.io/BaselineAdminNetworkPolicy',
    all(
      kubernetesKind('BaselineAdminNetworkPolicy', baselineAdminNetworkPolicySpec, { spec: 'an object' }),
      onlyDefault,
    ),
  ],
]);

function kubernetesKind(name: string, spec: Check, required: Readonly<Record<string, string>> = {}): Check {
  return fields(
    `a ${name}`,
    { apiVersion: anything, kind: anything, metadata: metadata(subdomainName), spec, status: anything },
    { strict: true, required: { metadata: 'with a name', ...required } },
  );
}
