import { isRecord, type KubernetesObject } from '../../kubernetes/object.ts';
import { readNetworks, type NetworkMatch } from './clients.ts';
import { policyName, refused, type PolicyName, type PolicyProblem, type Reading } from './reading.ts';
import { canonicalKind, readTargetReference, targetKind, type TargetReference } from './target-reference.ts';
import { list, text } from '../../kubernetes/read.ts';

/** A MeshTLSAuthentication: clients by mesh identity, given as text or by ServiceAccount or Namespace. */
export interface MeshTlsAuthentication extends PolicyName {
  readonly identities: readonly string[];
  readonly identityRefs: readonly TargetReference[];
}

/** A NetworkAuthentication: clients by address. */
export interface NetworkAuthentication extends PolicyName {
  readonly networks: readonly NetworkMatch[];
}

/** Reads a MeshTLSAuthentication. Source: Linkerd policy-controller inbound/meshtls_authentication.rs, validation.rs. */
export function readMeshTlsAuthentication(object: KubernetesObject): Reading<MeshTlsAuthentication> {
  const { spec } = object;
  if (!isRecord(spec)) return refused('/spec', 'a MeshTLSAuthentication needs a spec');
  const problems: PolicyProblem[] = [];
  const identities = list(spec.identities).map(text);
  for (const [index, identity] of identities.entries()) {
    if (!isIdentity(identity))
      problems.push({
        pointer: `/spec/identities/${index}`,
        message: `"${identity}" is no identity: neither a SPIFFE id nor a DNS name, of which only the first label may be *`,
      });
  }
  const identityRefs: TargetReference[] = [];
  for (const [index, item] of list(spec.identityRefs).entries()) {
    const reference = readTargetReference(item);
    const problem = identityProblem(reference);
    if (problem !== undefined) problems.push({ pointer: `/spec/identityRefs/${index}`, message: problem });
    else if (reference) identityRefs.push(reference);
  }
  if (identities.length + identityRefs.length === 0 && problems.length === 0)
    return refused('/spec', 'a MeshTLSAuthentication needs identities or identityRefs');
  return problems.length > 0
    ? { problems }
    : { value: { ...policyName(object), identities, identityRefs }, problems };
}

/** Reads a NetworkAuthentication. Source: Linkerd policy-controller/runtime/src/admission.rs. */
export function readNetworkAuthentication(object: KubernetesObject): Reading<NetworkAuthentication> {
  const { spec } = object;
  if (!isRecord(spec) || list(spec.networks).length === 0)
    return refused('/spec/networks', 'a NetworkAuthentication needs at least one network');
  const { networks, problems } = readNetworks(spec.networks, '/spec/networks');
  return problems.length > 0 ? { problems } : { value: { ...policyName(object), networks }, problems };
}

function identityProblem(reference: TargetReference | undefined): string | undefined {
  if (!reference) return 'an identity reference needs a kind and a name';
  const kind = targetKind(reference);
  if (kind === 'ServiceAccount') return undefined;
  if (kind !== 'Namespace')
    return `an identity is a ServiceAccount or a Namespace, not a ${canonicalKind(reference)}`;
  return reference.namespace === undefined
    ? undefined
    : 'a Namespace as identity has no namespace of its own';
}

/** A SPIFFE id, `*`, or a DNS name whose first label may be `*`. */
export function isIdentity(text: string): boolean {
  if (text === '*') return true;
  if (text.startsWith('spiffe://')) return /^spiffe:\/\/[a-z0-9._-]+(\/[A-Za-z0-9._-]+)*$/.test(text);
  const name = text.startsWith('*.') ? text.slice(2) : text;
  return (
    name.length <= 253 &&
    /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*$/i.test(name)
  );
}
