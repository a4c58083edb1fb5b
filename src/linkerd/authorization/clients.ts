import { isRecord } from '../../kubernetes/object.ts';
import { containsNet, readNet } from '../../kubernetes/net/net.ts';
import type { PolicyProblem } from './reading.ts';
import { list, record, text } from '../../kubernetes/read.ts';

/** A network that clients may come from, less some of it. */
export interface NetworkMatch {
  readonly cidr: string;
  readonly except: readonly string[];
}

/** Who may connect: by mesh identity and by address, both of which must fit. */
export interface Clients {
  /**
   * `anyone`: no identity asked for; `any-tls`: any TLS client, even without an identity; a list: these identities,
   * where `*` is any meshed client and `*.ns.…` any of a namespace.
   */
  readonly identities: 'anyone' | 'any-tls' | readonly string[];
  /** Empty: from no network at all. */
  readonly networks: readonly NetworkMatch[];
}

/** Every address there is. */
export const everyNetwork: readonly NetworkMatch[] = [
  { cidr: '0.0.0.0/0', except: [] },
  { cidr: '::/0', except: [] },
];

/** Whether clients without a mesh identity may connect from anywhere. */
export function admitsAnyone({ identities, networks }: Clients): boolean {
  return identities === 'anyone' && includesEveryAddress(networks);
}

/** Whether every meshed client may connect, whoever it is. */
export function admitsAnyIdentity({ identities, networks }: Clients): boolean {
  return includesEveryAddress(networks) && (typeof identities === 'string' || identities.includes('*'));
}

/**
 * Whether some client that one of two grants lets in is shut out by the other; undefined is a grant for nobody.
 * Identities are compared as they are written, and networks by what contains what.
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

/** Whether a list of networks leaves no IPv4 address out. */
export function includesEveryAddress(networks: readonly NetworkMatch[]): boolean {
  return networks.some(
    ({ cidr, except }) => readNet(cidr, 'ipnet')?.length === 0 && cidr.includes('.') && except.length === 0,
  );
}

/**
 * Reads a list of `{cidr, except}`; entries that the policy controller would refuse are left out and named.
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
