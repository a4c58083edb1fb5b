import type { KubernetesObject } from '../../kubernetes/object.ts';
import { isRecord, list, record, text } from '../../kubernetes/read.ts';
import { eachItem, eachRecord, missingFields, onlyOneOf } from './field-problems.ts';
import { isDnsIdentity } from './identity.ts';
import { networkProblems } from './networks.ts';
import { bySchema, byWebhook, type ObjectProblem } from './object-problem.ts';
import { selectorProblems } from './selector.ts';

/**
 * What is refused of a ServerAuthorization.
 * Source: Linkerd policy-controller/runtime/src/admission.rs, Validate<ServerAuthorizationSpec>;
 * charts/linkerd-crds policy/server-authorization.yaml.
 */
export function serverAuthorizationProblems({ spec: value }: KubernetesObject): readonly ObjectProblem[] {
  const spec = record(value);
  const missing = missingFields(spec, ['server', 'client'], '/spec');
  if (missing.length > 0) return missing;
  const server = record(spec.server);
  const client = record(spec.client);
  const meshTls = record(client.meshTLS);
  const shape = [
    ...onlyOneOf(server, ['name', 'selector'], '/spec/server'),
    ...selectorProblems(server.selector, '/spec/server/selector'),
    ...eachItem(meshTls.identities, '/spec/client/meshTLS/identities', identityProblems),
    ...eachRecord(meshTls.serviceAccounts, '/spec/client/meshTLS/serviceAccounts', ({ name }, at) =>
      text(name) === '' ? [bySchema(at, 'the service account has no name', 'name')] : [],
    ),
  ];
  if (shape.length > 0) return shape;
  const named = list(meshTls.identities).length + list(meshTls.serviceAccounts).length;
  return [
    ...(isRecord(client.meshTLS) && client.unauthenticated === true
      ? [
          byWebhook(
            '/spec/client',
            'unauthenticated and meshTLS exclude each other',
            'either unauthenticated: true or meshTLS',
          ),
        ]
      : []),
    ...(meshTls.unauthenticatedTLS === true && named > 0
      ? [
          byWebhook(
            '/spec/client/meshTLS',
            'unauthenticatedTLS cannot be set beside identities or serviceAccounts',
            'meshTLS without unauthenticatedTLS',
          ),
        ]
      : []),
    ...networkProblems(client.networks, '/spec/client/networks'),
  ];
}

function identityProblems(value: unknown, pointer: string): ObjectProblem[] {
  if (isDnsIdentity(text(value))) return [];
  return [
    bySchema(
      pointer,
      `${JSON.stringify(value)} is not an identity`,
      '"*", or a DNS name in lower case of which only the first label may be *',
    ),
  ];
}
