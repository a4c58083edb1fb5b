import { inboundProxyOf, outboundSkips, type InboundProxy } from '../../facts/mesh/inbound-proxy.ts';
import { meshPoliciesAround } from '../../facts/mesh/mesh-policies.ts';
import { parseAddress } from '../../kubernetes/net/address.ts';
import {
  type ClientAdmission,
  clientAdmission,
  type InboundAccess,
  serviceAccountIdentity,
} from '../../linkerd/index.ts';
import { contextIn, type QuestionContext } from '../question-context.ts';
import type { MeshAnswer } from './flow-answer.ts';
import type { FlowEndFound, PodFound, PortFound } from './flow-end.ts';

/** How a connection goes through the mesh. */
export interface MeshOfFlow {
  /** The port that network policies see. */
  readonly dialed: number;
  readonly answer?: MeshAnswer;
  /** The proxy of the destination, where it is asked. */
  readonly proxy?: InboundProxy;
  /** Whether the source comes with an identity. */
  readonly hasIdentity: boolean;
}

/** What the mesh makes of a connection; nothing where neither end is in it. */
export function meshOfFlow(
  source: FlowEndFound,
  destination: FlowEndFound,
  { by, port, protocol }: PortFound,
  question: QuestionContext,
): MeshOfFlow {
  const plain: MeshOfFlow = { dialed: port, hasIdentity: false };
  const isMeshed = (end: FlowEndFound) => end.kind === 'pod' && end.mesh !== 'out';
  if (!isMeshed(source) && !isMeshed(destination)) return plain;
  if (protocol !== 'TCP')
    return { ...plain, answer: { encrypted: 'no', text: `Linkerd leaves ${protocol} alone` } };
  const doubt = doubtOf(source) ?? doubtOf(destination);
  if (doubt !== undefined) return { ...plain, answer: { encrypted: 'unknown', text: doubt } };
  const proxy = proxyBefore(destination, port, question);
  const asked = by?.port ?? port;
  const goesPast = source.kind === 'pod' && source.workload && outboundSkips(source.workload)(asked);
  const hasIdentity = source.kind === 'pod' && source.mesh === 'in' && !goesPast;
  const encrypted = hasIdentity && proxy !== undefined;
  const dialed = encrypted ? proxy.dialed(port) : port;
  const why = encrypted
    ? `encrypted from proxy to proxy, on port ${dialed}`
    : `in the clear: ${whyPlain(source, destination, proxy, goesPast === true, asked)}`;
  const authorized = proxy && authorizationOf(source, proxy, port, hasIdentity);
  return {
    dialed,
    hasIdentity,
    answer: { encrypted: encrypted ? 'yes' : 'no', text: why, ...(authorized ? { authorized } : {}) },
    ...(proxy ? { proxy } : {}),
  };
}

/** Why it is not known what the mesh makes of the connections of an end; undefined where it is. */
export function doubtOf(end: FlowEndFound): string | undefined {
  if (end.kind === 'addresses' || end.mesh === 'out') return undefined;
  if (end.mesh === 'unknown')
    return `whether ${end.name} is in the mesh is not known: its Namespace is not there`;
  return end.workload
    ? undefined
    : `${end.name} asks for the mesh, and no convention of its namespace says how Linkerd is installed`;
}

/** The proxy that takes connections to a port; undefined where none does. */
function proxyBefore(end: FlowEndFound, port: number, question: QuestionContext): InboundProxy | undefined {
  if (end.kind !== 'pod' || end.mesh !== 'in' || !end.workload) return undefined;
  const { object } = end.workload;
  const context = contextIn(end.namespace, question);
  const proxy = inboundProxyOf(end.workload, () =>
    meshPoliciesAround({ operation: 'STATE', object }, context),
  );
  return proxy.skips(port) ? undefined : proxy;
}

function whyPlain(
  source: FlowEndFound,
  destination: FlowEndFound,
  proxy: InboundProxy | undefined,
  goesPast: boolean,
  asked: number,
): string {
  if (source.kind === 'addresses') return `${source.name} has no proxy`;
  if (source.mesh === 'out') return `${source.name} is not in the mesh`;
  if (goesPast) return `${source.name} skips port ${asked} on its way out`;
  if (destination.kind === 'addresses') return `${destination.name} has no proxy`;
  if (destination.mesh === 'out') return `${destination.name} is not in the mesh`;
  return proxy ? 'nothing encrypts it' : `${destination.name} skips the port on its way in`;
}

function authorizationOf(
  source: FlowEndFound,
  proxy: InboundProxy,
  port: number,
  hasIdentity: boolean,
): NonNullable<MeshAnswer['authorized']> {
  const access = proxy.access(port);
  const { admits, grant } = admissionOf(source, access, proxy.profile, hasIdentity);
  const who = identityInWords(source, proxy, hasIdentity);
  const by = access.server
    ? `Server "${access.server.server.namespace}/${access.server.server.name}"`
    : `the default inbound policy ${access.policy}`;
  if (admits === 'none') return { verdict: 'denied', text: `${by} lets in nobody like ${who}` };
  const grantedBy =
    grant && 'name' in grant.by ? `${grant.by.kind} "${grant.by.namespace}/${grant.by.name}"` : by;
  if (admits === 'all') return { verdict: 'allowed', text: `${grantedBy} lets in ${who}` };
  const limit = grant?.route ? `requests of the route "${grant.route.name}" alone` : 'some addresses alone';
  return { verdict: 'unknown', text: `${grantedBy} lets in ${who} for ${limit}` };
}

/** Whether the proxy of a destination lets a source in. */
export function admissionOf(
  source: FlowEndFound,
  access: InboundAccess,
  profile: InboundProxy['profile'],
  hasIdentity: boolean,
): ClientAdmission {
  const address = source.kind === 'addresses' ? parseAddress(source.ip) : undefined;
  const account =
    source.kind === 'pod' && hasIdentity
      ? { account: { namespace: source.namespace, name: source.account } }
      : {};
  return clientAdmission(access, { ...account, ...(address ? { address } : {}) }, profile);
}

function identityInWords(source: FlowEndFound, { profile }: InboundProxy, hasIdentity: boolean): string {
  return source.kind === 'pod' && hasIdentity
    ? identityOf(source, profile)
    : `${source.name}, which has no identity`;
}

function identityOf({ namespace, account }: PodFound, profile: InboundProxy['profile']): string {
  return serviceAccountIdentity({ namespace, name: account }, profile);
}
