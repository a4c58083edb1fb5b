import { isTransport, type Transport, transports } from './transport.ts';
import { addressParts, blocksOfParts } from '../../calico/index.ts';
import { type Address, parseAddress } from '../../kubernetes/net/address.ts';
import { containsAddress, readNet, type Net } from '../../kubernetes/net/net.ts';
import { listInWords } from '../../text/list.ts';

/** An end of a connection as somebody asks for it. */
export type WantedEnd =
  | {
      readonly kind: 'object';
      /** As kubectl takes it: `deployment`, `svc`; absent where nobody says. */
      readonly type?: string;
      readonly namespace: string;
      readonly name: string;
    }
  | { readonly kind: 'labels'; readonly namespace: string; readonly labels: Readonly<Record<string, string>> }
  | {
      readonly kind: 'addresses';
      /** As it is written: a block, an address or `internet`. */
      readonly name: string;
      readonly net: Net;
      readonly except: readonly Net[];
    };

/** The port of the destination; a name is one of a Service or of a container. */
export interface WantedPort {
  readonly port: number | string;
  readonly protocol?: Transport;
}

type Read<Value> = { readonly value: Value } | { readonly problem: string };

const forms =
  'expected NAMESPACE/NAME, KIND/NAMESPACE/NAME, NAMESPACE/{KEY=VALUE,…}, an address, a block of addresses or internet';

/**
 * Reads an end of a connection: `shop/web`, `deployment/shop/web`, `shop/{app=web}`, `192.0.2.1`, `10.0.0.0/8` or
 * `internet`, which is every IPv4 address but the private ones.
 */
export function readEnd(text: string): Read<WantedEnd> {
  if (text === 'internet') return { value: { kind: 'addresses', name: text, ...internet } };
  const net = parseAddress(text) || /^[0-9a-f.:]+\/\d+$/i.test(text) ? readNet(text, 'calico') : undefined;
  if (net) return { value: { kind: 'addresses', name: text, net, except: [] } };
  const labels = /^([^/]+)\/\{(.*)\}$/.exec(text);
  if (labels) return readLabels(text, labels[1] ?? '', labels[2] ?? '');
  const parts = text.split('/');
  if (parts.includes('')) return { problem: `${JSON.stringify(text)}: ${forms}` };
  const [first = '', second = '', third] = parts;
  if (parts.length === 2) return { value: { kind: 'object', namespace: first, name: second } };
  if (parts.length === 3)
    return { value: { kind: 'object', type: first, namespace: second, name: third ?? '' } };
  return { problem: `${JSON.stringify(text)}: ${forms}` };
}

function readLabels(text: string, namespace: string, written: string): Read<WantedEnd> {
  const pairs = written === '' ? [] : written.split(',').map((pair) => pair.trim().split('='));
  if (pairs.some((pair) => pair.length !== 2 || pair[0] === ''))
    return {
      problem: `${JSON.stringify(text)}: expected labels as KEY=VALUE with commas between them, such as ${namespace}/{app=web}`,
    };
  const labels = Object.fromEntries(pairs.map(([key = '', value = '']) => [key, value]));
  return { value: { kind: 'labels', namespace, labels } };
}

/** Reads `5432`, `5432/UDP` or `http/TCP`; a name alone might be a path. */
export function readPort(text: string): Read<WantedPort> | undefined {
  const [, written = '', word] = /^([a-z0-9-]+)(?:\/([a-z]+))?$/i.exec(text) ?? [];
  const isNumber = /^\d+$/.test(written);
  if (!isNumber && word === undefined) return undefined;
  const protocol = word?.toUpperCase();
  if (protocol !== undefined && !isTransport(protocol))
    return isNumber
      ? {
          problem: `${JSON.stringify(text)}: expected the protocol ${listInWords(transports, { last: 'or' })}`,
        }
      : undefined;
  const port = isNumber ? Number(written) : written;
  if (typeof port === 'number' && (port < 1 || port > 65_535))
    return { problem: `${JSON.stringify(text)}: a port is 1 to 65535` };
  return { value: { port, ...(protocol === undefined ? {} : { protocol }) } };
}

const block = (text: string): Net => {
  const net = readNet(text, 'go');
  if (!net) throw new RangeError(`${text} is no block of addresses`);
  return net;
};

/** Without the addresses of private networks and of hosts themselves. Source: RFC 1918, 6598, 3927 and 1122. */
const internet = {
  net: block('0.0.0.0/0'),
  except: [
    '0.0.0.0/8',
    '10.0.0.0/8',
    '100.64.0.0/10',
    '127.0.0.0/8',
    '169.254.0.0/16',
    '172.16.0.0/12',
    '192.168.0.0/16',
    '224.0.0.0/3',
  ].map(block),
} as const;

/** The same as blocks that hold nothing else. */
export function internetBlocks(): readonly Net[] {
  const parts = addressParts([internet.net, ...internet.except], internet.net.family);
  const isLeftOut = (address: Address) => internet.except.some((one) => containsAddress(one, address));
  return blocksOfParts(
    parts.filter(({ address }) => !isLeftOut(address)),
    internet.net.family,
  );
}
