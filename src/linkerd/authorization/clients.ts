import { isRecord } from '../../kubernetes/object.ts';
import { containsNet, readNet } from '../../kubernetes/net/net.ts';
import type { PolicyProblem } from './reading.ts';
import { list, record, text } from '../../kubernetes/read.ts';

/** A network that clients may come from, without its exceptions. */
export interface NetworkMatch {
  readonly cidr: string;
  readonly except: readonly string[];
}

/** Who may connect: a client needs one of the identities and an address in one of the networks. */
export interface Clients {
  /**
   * `anyone`: no identity asked for; `any-tls`: any TLS client, even without an identity; a list: these identities,
   * where `*` is any meshed client and `*.ns.…` any of a namespace.
   */
  readonly identities: 'anyone' | 'any-tls' | readonly string[];
  /** Empty: no client may connect. */
  readonly networks: readonly NetworkMatch[];
}

/** Every IPv4 and IPv6 address. */
export const everyNetwork: readonly NetworkMatch[] = [
  { cidr: '0.0.0.0/0', except: [] },
  { cidr: '::/0', except: [] },
];

/**
 * Tells whether clients without a mesh identity may connect from anywhere.
 *
 * @param clients The clients of a grant.
 * @returns Whether no identity is asked for and no IPv4 address is left out.
 * @example
 * const networks = [{ cidr: '0.0.0.0/0', except: [] }];
 * admitsAnyone({ identities: 'anyone', networks }); // true
 */
export function admitsAnyone({ identities, networks }: Clients): boolean {
  return identities === 'anyone' && includesEveryAddress(networks);
}

/**
 * Tells whether every meshed client may connect, whatever its identity.
 *
 * @param clients The clients of a grant.
 * @returns Whether no identity and no IPv4 address is left out.
 * @example
 * const networks = [{ cidr: '0.0.0.0/0', except: [] }];
 * admitsAnyIdentity({ identities: ['*'], networks }); // true
 */
export function admitsAnyIdentity({ identities, networks }: Clients): boolean {
  return includesEveryAddress(networks) && (typeof identities === 'string' || identities.includes('*'));
}

/**
 * Tells whether one grant lets in a client that another does not; undefined is a grant for nobody. Identities are
 * compared as text, networks by containment.
 *
 * @param clients The clients of one grant.
 * @param than The clients of the other.
 * @returns Whether the first lets in a client that the second does not; true where that cannot be told.
 * @example
 * const networks = [{ cidr: '0.0.0.0/0', except: [] }];
 * admitsMore({ identities: ['*'], networks }, undefined); // true
 */
export function admitsMore(clients: Clients | undefined, than: Clients | undefined): boolean {
  if (!clients || clients.networks.length === 0) return false;
  if (!than) return true;
  return (
    !includesIdentities(than.identities, clients.identities) ||
    !clients.networks.every((network) => than.networks.some((outer) => includesNetwork(outer, network)))
  );
}

function includesIdentities(outer: Clients['identities'], inner: Clients['identities']): boolean {
  if (outer === 'anyone' || outer === inner) return true;
  if (outer === 'any-tls') return inner !== 'anyone';
  return Array.isArray(inner) && (outer.includes('*') || inner.every((identity) => outer.includes(identity)));
}

function includesNetwork(outer: NetworkMatch, inner: NetworkMatch): boolean {
  const [wide, narrow] = [readNet(outer.cidr, 'ipnet'), readNet(inner.cidr, 'ipnet')];
  if (!wide || !narrow || !containsNet(wide, narrow)) return false;
  return (
    outer.except.length === 0 || (outer.cidr === inner.cidr && outer.except.join() === inner.except.join())
  );
}

/** Whether a list of networks contains every IPv4 address. */
function includesEveryAddress(networks: readonly NetworkMatch[]): boolean {
  return networks.some(
    ({ cidr, except }) => readNet(cidr, 'ipnet')?.length === 0 && cidr.includes('.') && except.length === 0,
  );
}

/**
 * Reads a list of `{cidr, except}`; each entry that the policy controller would refuse becomes a problem.
 * Source: Linkerd policy-controller/runtime/src/admission.rs, validate_networks.
 */
export function readNetworks(
  value: unknown,
  pointer: string,
): { readonly networks: readonly NetworkMatch[]; readonly problems: readonly PolicyProblem[] } {
  const networks: NetworkMatch[] = [];
  const problems: PolicyProblem[] = [];
  for (const [index, item] of list(value).entries()) {
    const read = readNetwork(item);
    if (typeof read === 'string') problems.push({ pointer: `${pointer}/${index}`, message: read });
    else networks.push(read);
  }
  return { networks, problems };
}

function readNetwork(item: unknown): NetworkMatch | string {
  const cidr = text(record(item).cidr);
  const network = readNet(cidr, 'ipnet');
  if (!isRecord(item) || !network) return `"${cidr}" is no network such as 10.0.0.0/8`;
  const except = list(item.except).map(text);
  for (const written of except) {
    const exception = readNet(written, 'ipnet');
    if (!exception) return `"${written}" is no network such as 10.0.0.0/8`;
    if (containsNet(exception, network)) return `the exception ${written} leaves nothing of ${cidr}`;
    if (!containsNet(network, exception)) return `the exception ${written} is not inside ${cidr}`;
  }
  return { cidr, except };
}
