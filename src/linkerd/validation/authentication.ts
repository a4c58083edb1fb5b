import { canonicalKind, readTargetReference, targetKind } from '../authorization/target-reference.ts';
import type { KubernetesObject } from '../../kubernetes/object.ts';
import { isRecord, list, record, text } from '../../kubernetes/read.ts';
import { eachItem, missingFields, onlyOneOf } from './field-problems.ts';
import { isDnsIdentity } from './identity.ts';
import { networkProblems } from './networks.ts';
import { bySchema, byWebhook, type ObjectProblem } from './object-problem.ts';

/**
 * What is refused of a MeshTLSAuthentication.
 * Source: Linkerd policy-controller/runtime/src/admission.rs, Validate<MeshTLSAuthenticationSpec>; validation.rs,
 * validate_identity; charts/linkerd-crds policy/meshtls-authentication.yaml.
 */
export function meshTlsAuthenticationProblems({ spec: value }: KubernetesObject): readonly ObjectProblem[] {
  const spec = record(value);
  const shape = [
    ...onlyOneOf(spec, ['identities', 'identityRefs'], '/spec'),
    ...['identities', 'identityRefs'].flatMap((field) =>
      Array.isArray(spec[field]) && list(spec[field]).length === 0
        ? [bySchema(`/spec/${field}`, `${field} is empty`, 'at least one entry')]
        : [],
    ),
  ];
  if (shape.length > 0) return shape;
  return [
    ...eachItem(spec.identities, '/spec/identities', identityProblems),
    ...eachItem(spec.identityRefs, '/spec/identityRefs', identityRefProblems),
  ];
}

/**
 * What is refused of a NetworkAuthentication.
 * Source: Linkerd policy-controller/runtime/src/admission.rs, Validate<NetworkAuthenticationSpec>.
 */
export function networkAuthenticationProblems({ spec: value }: KubernetesObject): readonly ObjectProblem[] {
  const spec = record(value);
  const missing = missingFields(spec, ['networks'], '/spec');
  if (missing.length > 0) return missing;
  if (list(spec.networks).length === 0)
    return [byWebhook('/spec/networks', 'networks is empty', 'at least one network')];
  return networkProblems(spec.networks, '/spec/networks');
}

function identityProblems(value: unknown, pointer: string): ObjectProblem[] {
  if (typeof value !== 'string')
    return [bySchema(pointer, 'an identity is a text', 'the identity in quotes')];
  if (value.startsWith('spiffe://') ? isSpiffeId(value) : isDnsIdentity(value)) return [];
  return [
    byWebhook(
      pointer,
      `${JSON.stringify(value)} is not an identity`,
      'a SPIFFE id, "*", or a DNS name in lower case of which only the first label may be *',
    ),
  ];
}

function isSpiffeId(id: string): boolean {
  const [, domain = '', path = ''] = /^spiffe:\/\/([^/]*)(.*)$/s.exec(id) ?? [];
  if (!/^[a-z0-9._-]+$/.test(domain)) return false;
  return (
    path === '' ||
    path
      .slice(1)
      .split('/')
      .every((part) => /^[A-Za-z0-9._-]+$/.test(part) && part !== '.' && part !== '..')
  );
}

function identityRefProblems(value: unknown, pointer: string): ObjectProblem[] {
  if (!isRecord(value) || text(value.kind) === '')
    return [bySchema(pointer, 'the reference has no kind', 'kind: ServiceAccount')];
  if (text(value.name) === '')
    return [byWebhook(pointer, 'the reference has no name', 'the name of a ServiceAccount or Namespace')];
  const reference = readTargetReference(value);
  const kind = reference && targetKind(reference);
  if (!reference || kind === 'ServiceAccount') return [];
  if (kind !== 'Namespace')
    return [
      byWebhook(
        pointer,
        `${canonicalKind(reference)} has no identity`,
        'a reference of kind ServiceAccount or Namespace, without a group',
      ),
    ];
  return value.namespace === undefined || value.namespace === null
    ? []
    : [byWebhook(pointer, 'a reference to a Namespace has no namespace', 'the reference without namespace')];
}
