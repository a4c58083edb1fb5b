import { readLabelSelector, selectsLabels, type LabelSelector } from '../../kubernetes/label-selector.ts';
import { isRecord, type KubernetesObject } from '../../kubernetes/object.ts';
import { isIdentity } from './authentication.ts';
import { everyNetwork, readNetworks, type Clients } from './clients.ts';
import { policyName, refused, type PolicyName, type Reading } from './reading.ts';
import type { Server } from './server.ts';
import { records, record } from '../../kubernetes/read.ts';

/** The older kind of object that lets clients connect to Servers of its namespace, selected by name or by labels. */
export interface ServerAuthorization extends PolicyName {
  readonly server: { readonly name: string } | { readonly selector: LabelSelector };
  readonly clients: Omit<Clients, 'identities'> & { readonly identities: Clients['identities'] };
  /** ServiceAccounts whose identities may also connect. */
  readonly serviceAccounts: readonly PolicyName[];
}

/**
 * Reads a ServerAuthorization. Source: Linkerd policy-controller inbound/server_authorization.rs; without `networks`
 * clients may come from anywhere.
 */
export function readServerAuthorization(object: KubernetesObject): Reading<ServerAuthorization> {
  const { spec } = object;
  if (!isRecord(spec) || !isRecord(spec.client))
    return refused('/spec/client', 'a ServerAuthorization needs clients');
  const name = policyName(object);
  const server = readServerChoice(spec.server);
  if (!server)
    return refused('/spec/server', 'a ServerAuthorization needs the name or a selector of Servers');
  const { meshTLS, networks: list, unauthenticated } = spec.client;
  if (meshTLS !== undefined && unauthenticated === true)
    return refused('/spec/client', 'unauthenticated and meshTLS exclude each other');
  const { networks, problems } = readNetworks(list, '/spec/client/networks');
  if (problems.length > 0) return { problems };
  const identities = unauthenticated === true ? 'anyone' : readIdentities(meshTLS);
  const serviceAccounts = readServiceAccounts(meshTLS, name.namespace);
  if (identities === undefined || (identities.length === 0 && serviceAccounts.length === 0))
    return refused(
      '/spec/client',
      'a ServerAuthorization must be unauthenticated or name clients by meshTLS',
    );
  if (Array.isArray(identities) && !identities.every((identity) => isIdentity(String(identity))))
    return refused(
      '/spec/client/meshTLS/identities',
      'an identity is a DNS name of which only the first label may be *',
    );
  return {
    value: {
      ...name,
      server,
      clients: { identities, networks: Array.isArray(list) && list.length > 0 ? networks : everyNetwork },
      serviceAccounts,
    },
    problems: [],
  };
}

/** Whether a ServerAuthorization selects a Server. */
export function concernsServer(authorization: ServerAuthorization, server: Server): boolean {
  if (authorization.namespace !== server.namespace) return false;
  return 'name' in authorization.server
    ? authorization.server.name === server.name
    : selectsLabels(authorization.server.selector, server.labels);
}

function readServerChoice(value: unknown): ServerAuthorization['server'] | undefined {
  if (!isRecord(value)) return undefined;
  if (typeof value.name === 'string') return { name: value.name };
  const selector = readLabelSelector(value.selector);
  return selector ? { selector } : undefined;
}

function readIdentities(meshTls: unknown): Clients['identities'] | undefined {
  if (!isRecord(meshTls)) return undefined;
  if (meshTls.unauthenticatedTLS === true) return 'any-tls';
  return Array.isArray(meshTls.identities)
    ? meshTls.identities.filter((item) => typeof item === 'string')
    : [];
}

function readServiceAccounts(meshTls: unknown, namespace: string): PolicyName[] {
  return records(record(meshTls).serviceAccounts).flatMap((account) => {
    if (typeof account.name !== 'string') return [];
    return [
      {
        namespace: typeof account.namespace === 'string' ? account.namespace : namespace,
        name: account.name,
      },
    ];
  });
}
