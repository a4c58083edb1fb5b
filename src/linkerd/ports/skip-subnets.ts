import { blockAround, type Net, readNet } from '../../kubernetes/net/net.ts';
import { cut } from '../../text/cut.ts';
import { trimSpace } from './trim-space.ts';
import { skipEntries, type SkipRoute } from './skip-entries.ts';

/** The networks whose connections to a pod bypass its proxy. */
export interface SubnetList {
  readonly networks: readonly Net[];
  /** What makes linkerd-init or the CNI plugin fail, as the end of a sentence: then the pod never starts. */
  readonly failure?: string;
  /** Why the exempt networks cannot be known. */
  readonly unreadable?: string;
}

/**
 * Reads `skip-subnets`. Each entry is trimmed, must be a network for Go's `net.ParseCIDR`, and goes to iptables as it
 * is written. iptables reads a prefix that begins with 0 as an octal number and accepts no IPv6 network. A list that
 * fails still has its networks, because its author meant to exempt them.
 * Source: linkerd2-proxy-init proxy-init/cmd/root.go BuildFirewallConfiguration, pkg/iptables/iptables.go
 * makeIgnoreSubnet (the source of inbound packets, in each address family alike); iptables libxtables xtables_strtoul.
 *
 * @param text The value of the annotation. Any text is accepted; one longer than 4096 characters is unreadable.
 * @param route How the list gets to iptables, from `skipRoute`.
 * @returns The networks in the order of the text, and `failure` or `unreadable` where the list cannot work.
 * @example
 * readSkipSubnets('10.0.0.0', 'init').failure; // '"10.0.0.0" is no network'
 */
export function readSkipSubnets(text: string, route: SkipRoute): SubnetList {
  const read = skipEntries(text, route);
  if ('unreadable' in read) return { networks: [], ...read };
  const networks: Net[] = [];
  let failure: string | undefined;
  for (const entry of read.entries) {
    const written = trimSpace(entry);
    const network = readNet(written, 'go-as-written');
    const prefix = network && iptablesPrefix(written, network);
    if (network && prefix !== undefined) networks.push(blockAround(network, prefix));
    failure ??= failureOf(written, network, prefix);
  }
  return failure === undefined ? { networks } : { networks, failure };
}

function failureOf(entry: string, network: Net | undefined, prefix: number | undefined): string | undefined {
  const shown = JSON.stringify(cut(entry, 50, { mark: '' }));
  if (!network) return `${shown} is no network`;
  if (prefix === undefined) return `iptables cannot read the prefix of ${shown}`;
  return network.family === 6 ? `iptables takes no IPv6 network such as ${shown}` : undefined;
}

/** A prefix as iptables reads it: by C's strtoul, for which a leading 0 means octal. */
function iptablesPrefix(text: string, { family, length }: Net): number | undefined {
  const digits = text.slice(text.indexOf('/') + 1);
  if (family === 6 || !/^0[0-9]/.test(digits)) return length;
  return /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : undefined;
}
