import { groupOf, type KubernetesObject } from '../../kubernetes/object.ts';
import { record } from '../../kubernetes/read.ts';
import type { CalicoMode } from '../policy/calico-mode.ts';
import { isVersion, versionTraits } from '../policy/calico-version.ts';
import { tieredKinds, tierNotInName } from '../policy/policy-name.ts';
import { hasWrittenMetadata, packedAnnotation } from '../policy/stored-metadata.ts';
import type { PolicyProblem } from '../policy/problem.ts';

/** Which of Calico's APIs an object is sent to; what is absent counts as the newest, through Calico's API server. */
export interface CalicoApi {
  readonly version?: string | undefined;
  readonly mode?: CalicoMode | undefined;
}

/** The limits that came with the schemas of 3.32; earlier releases take what is beyond them. */
const newLimits: ReadonlySet<string> = new Set(['too-many', 'tier-built-in']);

/**
 * What only Calico's own code checks, in its API server and in calicoctl. The schemas and CEL rules of the native
 * custom resources know nothing of it, so such an object is stored, and Felix drops it.
 * Source: Calico libcalico-go/lib/validator/v3/validator.go against the CRDs of projectcalico.org/v3.
 */
const ownCodeOnly: ReadonlySet<string> = new Set([
  'address-invalid',
  'conversion',
  'global-combined',
  'http-direction',
  'http-methods',
  'http-path',
  'label-reserved',
  'name-form',
  'net-catch-all',
  'net-invalid',
  'net-version',
  'port-name',
  'port-without-protocol',
  'protocol-name',
  'selector-invalid',
  'service-direction',
  'service-namespace',
  'staged-delete',
]);

/** Whether a problem holds for a release at all. */
export function holdsIn({ version }: CalicoApi): (problem: PolicyProblem) => boolean {
  const hasLimits = versionTraits(version).schemaLimits;
  return ({ code }) => hasLimits || !newLimits.has(code);
}

/** Whether the API itself refuses an object for a problem, and does not leave it to Felix to drop it. */
export function isRefusedBy({ mode }: CalicoApi): (problem: PolicyProblem) => boolean {
  return ({ code, pointer }) =>
    code !== 'written-metadata' &&
    (mode !== 'v3crd' ||
      !(ownCodeOnly.has(code) || (code === 'annotation-invalid' && pointer.startsWith('/spec/'))));
}

/**
 * An object that says by an annotation what Calico packs into it: the API takes it, stores it as it is, and by it the
 * object has another name or other labels than it shows, or cannot be read at all.
 */
export function writtenMetadata(object: KubernetesObject, { mode }: CalicoApi): readonly PolicyProblem[] {
  if (!hasWrittenMetadata(object, mode)) return [];
  return [
    {
      pointer: `/metadata/annotations/${packedAnnotation.replace('/', '~1')}`,
      code: 'written-metadata',
      message: `the annotation ${packedAnnotation} is Calico's own: what it says counts in place of the metadata that the object shows`,
      expected: 'no such annotation',
    },
  ];
}

/**
 * What one version or one way of serving the API refuses, and the others take. An object that is stored all the same
 * counts: Calico reads it.
 */
export function refusedHereAlone(object: KubernetesObject, api: CalicoApi): readonly PolicyProblem[] {
  if (groupOf(object.apiVersion) !== 'projectcalico.org' || !tieredKinds.has(object.kind)) return [];
  return [...namedForAnotherTier(object, api), ...withoutAnyType(object, api)];
}

/** Source: Calico 3.31 libcalico-go/lib/names/policy.go, ValidateTieredPolicyName, in Create and Update. */
function namedForAnotherTier(object: KubernetesObject, { version }: CalicoApi): readonly PolicyProblem[] {
  if (!isVersion(version) || !versionTraits(version).tierFromName) return [];
  const tier = tierNotInName(object);
  if (tier === undefined) return [];
  const { name = '' } = object.metadata;
  const own = name.slice(name.indexOf('.') + 1);
  const message = `Calico until 3.31 does not accept the name "${name}" in tier "${tier}"`;
  return [
    { pointer: '/metadata/name', code: 'name-tier', message, expected: `metadata.name: ${tier}.${own}` },
  ];
}

/** The schema of the native custom resources asks for one type at least; Calico's API server fills them in. */
function withoutAnyType({ spec }: KubernetesObject, { mode }: CalicoApi): readonly PolicyProblem[] {
  const { types } = record(spec);
  if (mode !== 'v3crd' || !Array.isArray(types) || types.length > 0) return [];
  const message = 'types is an empty list';
  return [
    { pointer: '/spec/types', code: 'too-few', message, expected: 'Ingress, Egress or both, or no types' },
  ];
}
