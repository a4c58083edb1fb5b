export type { MeshTlsAuthentication, NetworkAuthentication } from './authentication.ts';
export type { AuthorizationPolicy } from './authorization-policy.ts';
export {
  clientsOfPolicy,
  clientsOfServerAuthorization,
  identitiesOfNamespace,
  serviceAccountIdentity,
} from './authorized-clients.ts';
export { clientAdmission } from './client-admission.ts';
export type { ClientAdmission, MeshClient } from './client-admission.ts';
export { admitsAnyIdentity, admitsAnyone, admitsMore } from './clients.ts';
export type { Clients, NetworkMatch } from './clients.ts';
export { danglingReferences } from './dangling-reference.ts';
export type { DanglingReference, Surroundings } from './dangling-reference.ts';
export { clientsOfDefault, defaultInboundPolicy } from './default-inbound-policy.ts';
export { authorizationsOfServer, inboundAccess, portsWithAccess } from './inbound-access.ts';
export type { Grant, IgnoredPolicy, InboundAccess } from './inbound-access.ts';
export { createMeshPolicySet, meshPolicyProblems } from './mesh-policy-set.ts';
export type { MeshPolicySet, UnusablePolicy } from './mesh-policy-set.ts';
export { refusedProbes } from './probe-authorization.ts';
export type { RefusedProbe } from './probe-authorization.ts';
export type { RateLimit } from './rate-limit.ts';
export type { PolicyName, PolicyProblem } from './reading.ts';
export { protocolsServing } from './served-by-protocol.ts';
export type { ServedKind } from './served-by-protocol.ts';
export type { ServerAuthorization } from './server-authorization.ts';
export type { ServerRoute } from './server-route.ts';
export { serverFit, serversByPort } from './server-selection.ts';
export type { PortServer } from './server-selection.ts';
export type { ProxyProtocol, Server } from './server.ts';
export { accountOfIdentity, identityOfNobody } from './identity-owner.ts';
export type { NobodysIdentity } from './identity-owner.ts';
