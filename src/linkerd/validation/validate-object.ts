import { groupOf, isRecord, type KubernetesObject } from '../../kubernetes/object.ts';
import { authorizationPolicyProblems } from './authorization-policy.ts';
import { meshTlsAuthenticationProblems, networkAuthenticationProblems } from './authentication.ts';
import { egressNetworkProblems } from './egress-network.ts';
import { bySchema, type ObjectProblem } from './object-problem.ts';
import { rateLimitProblems } from './rate-limit.ts';
import { routeProblems } from './route.ts';
import { serverAuthorizationProblems } from './server-authorization.ts';
import { serverProblems } from './server.ts';

/**
 * Finds why an object of Linkerd's, or a route that Linkerd reads, would be refused: by the schema of its custom
 * resource, or by the webhook of Linkerd's policy controller. The webhook is not asked where the schema refuses, and by
 * default the API server goes on where the webhook does not answer, so that such an object may be stored nevertheless.
 * Source: Linkerd policy-controller/runtime/src/admission.rs, admit.
 *
 * @param object Any object; only Linkerd's objects and routes of the Gateway API have problems.
 * @returns Each problem with the JSON pointer to it, and who refuses.
 * @example
 * const server = {
 *   apiVersion: 'policy.linkerd.io/v1beta3',
 *   kind: 'Server',
 *   metadata: { name: 'api', namespace: 'shop' },
 *   spec: { podSelector: {}, port: 0 },
 * };
 * linkerdObjectProblems(server).map(({ pointer, refusedBy }) => [pointer, refusedBy]); // [['/spec/port', 'webhook']]
 */
export function linkerdObjectProblems(object: KubernetesObject): readonly ObjectProblem[] {
  const problemsOf = checks.get(`${groupOf(object.apiVersion)}/${object.kind}`);
  if (!problemsOf) return [];
  if (!isRecord(object.spec)) return [bySchema('/spec', 'it has no spec')];
  return problemsOf(object);
}

const own = 'policy.linkerd.io';
const gateway = 'gateway.networking.k8s.io';

const checks: ReadonlyMap<string, (object: KubernetesObject) => readonly ObjectProblem[]> = new Map([
  [`${own}/Server`, serverProblems],
  [`${own}/ServerAuthorization`, serverAuthorizationProblems],
  [`${own}/AuthorizationPolicy`, authorizationPolicyProblems],
  [`${own}/MeshTLSAuthentication`, meshTlsAuthenticationProblems],
  [`${own}/NetworkAuthentication`, networkAuthenticationProblems],
  [`${own}/HTTPLocalRateLimitPolicy`, rateLimitProblems],
  [`${own}/EgressNetwork`, egressNetworkProblems],
  [`${own}/HTTPRoute`, routeProblems],
  [`${gateway}/HTTPRoute`, routeProblems],
  [`${gateway}/GRPCRoute`, routeProblems],
  [`${gateway}/TLSRoute`, routeProblems],
  [`${gateway}/TCPRoute`, routeProblems],
]);
