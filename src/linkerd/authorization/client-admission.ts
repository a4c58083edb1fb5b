import type { Address } from '../../kubernetes/net/address.ts';
import { containsAddress, readNet } from '../../kubernetes/net/net.ts';
import type { LinkerdProfile } from '../installation/installation.ts';
import { identitiesOfNamespace, serviceAccountIdentity } from './authorized-clients.ts';
import { everyNetwork, type Clients, type NetworkMatch } from './clients.ts';
import type { Grant, InboundAccess } from './inbound-access.ts';
import type { PolicyName } from './reading.ts';

/** A client as the proxy in front of a port sees it. */
export interface MeshClient {
  /** The service account of a client whose own proxy is asked; without one it comes with no identity. */
  readonly account?: PolicyName;
  /** Absent where it is not known, as that of a pod which does not run yet. */
  readonly address?: Address;
}

/** What becomes of a client at a port, and by which grant. */
export interface ClientAdmission {
  /** `some`: some requests, or from some addresses. */
  readonly admits: 'all' | 'some' | 'none';
  readonly grant?: Grant;
}

/**
 * Works out whether the proxy lets a client connect to a port.
 * Source: Linkerd proxy, linkerd/app/inbound/src/policy.rs, is_tls_authorized and is_authorized.
 *
 * @param access Who may connect to the port, from `inboundAccess`.
 * @param client The client: the account by which it is identified, and its address, as far as they are known.
 * @param installation The Linkerd installation, from `defaultProfile` or `profileFromLinkerdConfig`.
 * @returns Whether all of its requests are let in, some or none, with the grant that lets in the most.
 * @example
 * const access = { port: 80, policy: 'deny', opaque: false, grants: [], ignored: [], routes: [] };
 * clientAdmission(access, {}, defaultProfile()).admits; // 'none'
 */
export function clientAdmission(
  { grants }: Pick<InboundAccess, 'grants'>,
  client: MeshClient,
  installation: LinkerdProfile,
): ClientAdmission {
  const isOwn = ownIdentities(client, installation);
  let some: Grant | undefined;
  for (const grant of grants) {
    if (!identifies(grant.clients, isOwn)) continue;
    const reach = reachOf(grant.clients.networks, client.address);
    if (reach === 'none') continue;
    if (reach === 'all' && !grant.route) return { admits: 'all', grant };
    some ??= grant;
  }
  return some ? { admits: 'some', grant: some } : { admits: 'none' };
}

function ownIdentities(
  { account }: MeshClient,
  installation: LinkerdProfile,
): ReadonlySet<string> | undefined {
  return (
    account &&
    new Set([
      '*',
      identitiesOfNamespace(account.namespace, installation),
      serviceAccountIdentity(account, installation),
    ])
  );
}

function identifies({ identities }: Clients, own: ReadonlySet<string> | undefined): boolean {
  if (identities === 'anyone') return true;
  if (!own) return false;
  return identities === 'any-tls' || identities.some((identity) => own.has(identity));
}

/** How many of the addresses that a client may have lie in networks. */
function reachOf(networks: readonly NetworkMatch[], address: Address | undefined): 'all' | 'some' | 'none' {
  const holds = (text: string) => {
    const net = readNet(text, 'ipnet');
    return net !== undefined && address !== undefined && containsAddress(net, address);
  };
  if (address)
    return networks.some(({ cidr, except }) => holds(cidr) && !except.some(holds)) ? 'all' : 'none';
  if (networks.length === 0) return 'none';
  const isEvery = (net: string) => networks.some(({ cidr, except }) => cidr === net && except.length === 0);
  return everyNetwork.some(({ cidr }) => isEvery(cidr)) ? 'all' : 'some';
}
