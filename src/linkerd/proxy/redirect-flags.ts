import { containsNet } from '../../kubernetes/net/net.ts';
import { readSkipPorts, unionOfPorts, type PortRange, type SkipPortList } from '../ports/port-list.ts';
import type { LinkerdProfile } from '../installation/installation.ts';
import type { ProxySettings } from '../installation/proxy-settings.ts';
import { skipRoute } from '../ports/skip-entries.ts';
import { readSkipSubnets } from '../ports/skip-subnets.ts';

type Container = Readonly<Record<string, unknown>>;

/**
 * Whether a container called linkerd-init sets up the redirect, as far as its spec shows: it runs the command of its
 * image, or from 2.20 on that of the proxy's image, and its flags name the proxy's ports and user and nothing that
 * undoes them. Unknown flags, which later versions may add, are ignored.
 * Source: Linkerd charts/partials/templates/_proxy-init.tpl; linkerd2-proxy-init proxy-init/cmd/root.go (NewRootCmd).
 */
export function setsUpRedirect({ args, command }: Container): boolean {
  if (command !== undefined && !isOnly(command, '/usr/lib/linkerd/linkerd2-proxy-init')) return false;
  const flags = readFlags(args);
  return (
    flags !== undefined &&
    ['--incoming-proxy-port', '--outgoing-proxy-port', '--proxy-uid'].every((name) => flags.has(name)) &&
    !['--simulate', '--netns', '--ports-to-redirect'].some((name) => flags.has(name)) &&
    ['--firewall-bin-path', '--firewall-save-bin-path'].every((name) =>
      (flags.get(name) ?? []).every((path) => firewalls.test(path)),
    )
  );
}

/** By name, or in a folder of programs: elsewhere a volume may have another one of that name. */
const firewalls = /^(\/(usr\/(local\/)?)?s?bin\/)?iptables(-legacy|-nft)?(-save)?$/;

/**
 * Whether a container called linkerd-network-validator checks the redirect: the program of the proxy's image connects
 * to an address and listens in the proxy's place.
 * Source: Linkerd charts/partials/templates/_network-validator.tpl.
 */
export function validatesRedirect({ args, command }: Container): boolean {
  const flags = readFlags(args);
  return (
    isOnly(command, '/usr/lib/linkerd/linkerd2-network-validator') &&
    flags !== undefined &&
    flags.has('--connect-addr') &&
    flags.has('--listen-addr')
  );
}

/**
 * Whether linkerd-init exempts no more of the pod's traffic than the settings of its proxy say. If `linkerd-config` has
 * not been read, the installation's lists and networks may differ from the convention's: then only exemptions count
 * that no installation would have, and the proxy's user and group are not compared.
 * Source: Linkerd charts/partials/templates/_proxy-init.tpl.
 */
export function exemptsNoMore(
  { args }: Container,
  settings: ProxySettings,
  installation: LinkerdProfile,
): boolean {
  const flags = readFlags(args);
  if (!flags) return false;
  const { admin, control, inbound, outbound } = settings.ports;
  const isRead = installation.release !== '';
  const own = [control, admin].map((port) => ({ lower: port, upper: port }));
  const most = isRead ? 0 : mostUntold;
  if (installation.ipv6 && isOff(flags.get('--ipv6')?.at(-1))) return false;
  return (
    (!isRead ||
      (isLast(flags, '--incoming-proxy-port', inbound) &&
        isLast(flags, '--outgoing-proxy-port', outbound) &&
        isLast(flags, '--proxy-uid', settings.uid) &&
        isLast(flags, '--proxy-gid', settings.gid))) &&
    portsBeyond(
      flags.get('--inbound-ports-to-ignore'),
      `${control},${admin},${settings.skipInboundPorts}`,
      listOf(settings.skipInboundPorts, 'inbound'),
      own,
    ) <= most &&
    portsBeyond(
      flags.get('--outbound-ports-to-ignore'),
      settings.skipOutboundPorts,
      listOf(settings.skipOutboundPorts, 'outbound'),
      [],
    ) <= most &&
    areNetworksIn(flags.get('--subnets-to-ignore'), settings.skipSubnets, isRead)
  );
}

/** The number of ports that an unknown installation may skip. */
const mostUntold = 1024;
/** The shortest prefix of a network that an unknown installation may skip. */
const widestUntold = 8;

function listOf(text: string, direction: 'inbound' | 'outbound'): SkipPortList {
  return readSkipPorts(text, skipRoute(direction, { cni: false }));
}

/** How many ports the values of a flag exempt beside the allowed ones. */
function portsBeyond(
  values: readonly string[] | undefined,
  rendered: string,
  allowed: SkipPortList,
  own: readonly PortRange[],
): number {
  // An unreadable annotation is reported on the annotation itself.
  if (allowed.unreadable !== undefined) return 0;
  const others = (values ?? [])
    .filter((value) => value !== rendered)
    .map((value) => readSkipPorts(value, 'init'));
  if (others.some(({ unreadable }) => unreadable !== undefined)) return Infinity;
  const may = [...allowed.ranges, ...own];
  const all = [...others.flatMap(({ ranges }) => ranges), ...may];
  return countPorts(all) - countPorts(may);
}

function countPorts(ranges: readonly PortRange[]): number {
  return unionOfPorts(ranges).reduce((sum, { lower, upper }) => sum + upper - lower + 1, 0);
}

function areNetworksIn(values: readonly string[] | undefined, rendered: string, isRead: boolean): boolean {
  const may = readSkipSubnets(rendered, 'init');
  if (may.unreadable !== undefined) return true;
  return (values ?? [])
    .filter((value) => value !== rendered)
    .map((value) => readSkipSubnets(value, 'init'))
    .every(
      ({ networks, unreadable }) =>
        unreadable === undefined &&
        networks.every(
          (network) =>
            may.networks.some((outer) => containsNet(outer, network)) ||
            (!isRead && network.length >= widestUntold),
        ),
    );
}

/** Whether Go reads the value of a switch as no. Source: Go strconv.ParseBool. */
function isOff(value: string | undefined): boolean {
  return value !== undefined && ['0', 'f', 'F', 'false', 'False', 'FALSE'].includes(value);
}

/** Whether a flag is absent or has a number; the last of several counts. */
function isLast(flags: Flags, name: string, number: number): boolean {
  const value = flags.get(name)?.at(-1);
  return value === undefined || value === String(number);
}

/** The value of a flag; the last of several counts. */
export function flagOf({ args }: Container, name: string): string | undefined {
  return readFlags(args)?.get(name)?.at(-1);
}

type Flags = ReadonlyMap<string, readonly string[]>;

/**
 * The flags of a container as Go's pflag reads them; undefined if there are none, or if they are in a form that no
 * template writes. An unknown flag has a value if no flag follows.
 */
function readFlags(args: unknown): Flags | undefined {
  if (!Array.isArray(args)) return undefined;
  const flags = new Map<string, string[]>();
  for (let index = 0; index < args.length; index += 1) {
    const arg: unknown = args[index];
    if (typeof arg !== 'string' || !/^--[a-z]/i.test(arg)) return undefined;
    const equals = arg.indexOf('=');
    const name = equals < 0 ? arg : arg.slice(0, equals);
    const next: unknown = args[index + 1];
    const isAlone =
      typeof next !== 'string' || switches.has(name) || (next.startsWith('--') && !valued.has(name));
    if (equals < 0 && !isAlone) index += 1;
    const value = equals >= 0 ? arg.slice(equals + 1) : isAlone ? '' : next;
    const values = flags.get(name);
    if (values) values.push(value);
    else flags.set(name, [value]);
  }
  return flags;
}

const switches: ReadonlySet<string> = new Set(['--simulate', '--use-wait-flag', '--ipv6']);
const valued: ReadonlySet<string> = new Set([
  '--incoming-proxy-port',
  '--outgoing-proxy-port',
  '--proxy-uid',
  '--proxy-gid',
  '--ports-to-redirect',
  '--inbound-ports-to-ignore',
  '--outbound-ports-to-ignore',
  '--subnets-to-ignore',
  '--netns',
  '--timeout-close-wait-secs',
  '--log-format',
  '--log-level',
  '--iptables-mode',
  '--firewall-bin-path',
  '--firewall-save-bin-path',
  '--connect-addr',
  '--listen-addr',
  '--timeout',
]);

function isOnly(command: unknown, word: string): boolean {
  return Array.isArray(command) && command.length === 1 && command[0] === word;
}
