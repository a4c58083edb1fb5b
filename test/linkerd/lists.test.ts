import fc from 'fast-check';
import { load } from 'js-yaml';
import t from 'tap';
import { type Net, readNet } from '../../src/kubernetes/net/net.ts';
import { trimSpace } from '../../src/linkerd/ports/trim-space.ts';
import { countAddresses, holdTogether } from '../../src/kubernetes/net/ranges.ts';
import {
  formatPorts,
  readInjectorPorts,
  readPolicyControllerPorts,
  readSkipPorts,
  unionOfPorts,
} from '../../src/linkerd/ports/port-list.ts';
import { skipEntries, type SkipRoute } from '../../src/linkerd/ports/skip-entries.ts';
import { readSkipSubnets } from '../../src/linkerd/ports/skip-subnets.ts';
import { suggestValue } from '../../src/linkerd/annotations/suggestion.ts';
import { valueKinds, type ValueKindName } from '../../src/linkerd/annotations/value-kinds.ts';

const quoted = (text: string) => JSON.stringify(text.slice(0, 60));

t.test('what Go and Rust trim', async (t) => {
  // Printed by a loop of Go over unicode.IsSpace.
  const spaces =
    '9 a b c d 20 85 a0 1680 2000 2001 2002 2003 2004 2005 2006 2007 2008 2009 200a 2028 2029 202f 205f 3000';
  const trimmed: string[] = [];
  for (let code = 0; code <= 0xff_ff; code += 1)
    if (trimSpace(String.fromCharCode(code)) === '') trimmed.push(code.toString(16));
  t.equal(trimmed.join(' '), spaces);
  t.equal(trimSpace(' \u0085a b\u3000\n'), 'a b');
  t.equal(trimSpace('\uFEFFa\uFEFF'), '\uFEFFa\uFEFF', 'which JavaScript would take');
});

t.test("networks as Go's net.ParseCIDR and Rust's ipnet read them", async (t) => {
  // text: the prefix in Go, in Rust; the first column by a run of Go
  const cases: readonly (readonly [string, number | undefined, number | undefined])[] = [
    ['10.0.0.0/8', 8, 8],
    ['10.0.0.0/08', 8, 8],
    ['10.0.0.0/0000008', 8, undefined],
    ['0.0.0.0/00000000000000000000000000', 0, undefined],
    ['0.0.0.0/16777216', undefined, undefined],
    ['10.0.0.0/33', undefined, undefined],
    ['10.0.0.0/+8', undefined, undefined],
    ['0.0.0.0/ 0', undefined, undefined],
    [' 10.0.0.0/8', undefined, undefined],
    ['010.0.0.0/8', undefined, undefined],
    ['1.2.3/8', undefined, undefined],
    ['10.0.0.0/', undefined, undefined],
    ['/0', undefined, undefined],
    ['10.0.0.0', undefined, 32],
    ['10.0.0.0/8/8', undefined, undefined],
    ['::/0', 0, 0],
    ['::/000', 0, 0],
    ['::/128', 128, 128],
    ['::/129', undefined, undefined],
    ['::1.2.3.4/8', 8, 8],
    ['::ffff:1.2.3.4/0', 0, 0],
    ['1:2:3:4:5:6:7::/8', 8, 8],
    ['1::2::3/4', undefined, undefined],
    ['::00001/8', undefined, undefined],
    ['fe80::1%eth0/64', undefined, undefined],
  ];
  for (const [text, go, rust] of cases) {
    t.equal(readNet(text, 'go-as-written')?.length, go, `Go: ${text}`);
    t.equal(readNet(text, 'ipnet')?.length, rust, `Rust: ${text}`);
  }
});

t.test('how a list gets to iptables', async (t) => {
  // text: by linkerd-init as a flag (CSV as Go's encoding/csv read it), inbound between YAML's quotes, by the plugin
  const unreadable = 'unreadable';
  const cases: readonly (readonly [string, string, string, string])[] = [
    ['', '', '', ''],
    ['80', '80', '80', '80'],
    ['80,443', '80|443', '80|443', '80|443'],
    ['80,', '80|', '80|', '80|'],
    [' 80 , 443 ', ' 80 | 443 ', ' 80 | 443 ', ' 80 | 443 '],
    ['80,443\n', '80|443', '80|443 ', '80|443\n'],
    ['80\n443', '80', '80 443', '80\n443'],
    ['\n\n5,6', '5|6', '', '\n\n5|6'],
    ['\r\n7', '7', ' 7', '\r\n7'],
    ['1\r\n2', '1', '1 2', '1\r\n2'],
    ['1-65535\r', '1-65535', '1-65535 ', '1-65535\r'],
    ['80,\n  443', '80|', '80| 443', '80|\n  443'],
    ['80\n\n443', '80', '80', '80\n\n443'],
    ['"1-2",3', unreadable, unreadable, '"1-2"|3'],
    [String.raw`1\x2d9`, String.raw`1\x2d9`, unreadable, String.raw`1\x2d9`],
    ['$(A_SERVICE_PORT)', unreadable, unreadable, '$(A_SERVICE_PORT)'],
    ['80\u0085443', '80\u0085443', unreadable, '80\u0085443'],
    ['1,'.repeat(10_000), unreadable, unreadable, unreadable],
  ];
  const shown = (text: string, route: SkipRoute) => {
    const read = skipEntries(text, route);
    return 'unreadable' in read ? unreadable : read.entries.join('|');
  };
  for (const [text, init, inbound, cni] of cases) {
    t.equal(shown(text, 'init'), init, `linkerd-init: ${quoted(text)}`);
    t.equal(shown(text, 'init-inbound'), inbound, `inbound: ${quoted(text)}`);
    t.equal(shown(text, 'cni'), cni, `plugin: ${quoted(text)}`);
  }
});

t.test('line breaks of an inbound list are folded as YAML folds them', async (t) => {
  const text = fc
    .array(fc.constantFrom('80', ',', ' ', '\t', '\n', '\r', '\r\n', '9-10'), { maxLength: 12 })
    .map((parts) => parts.join(''));
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(text, (list) => {
        const yaml = String(load(`"4190,4191,${list}"`));
        const [line = ''] = yaml.split('\n');
        const read = skipEntries(list, 'init-inbound');
        return 'entries' in read && `4190,4191,${read.entries.join(',')}` === line;
      }),
      { numRuns: 1000 },
    ),
  );
});

t.test('the networks that are skipped', async (t) => {
  // text: networks with the prefix that iptables reads, what makes linkerd-init fail
  const cases: readonly (readonly [string, string, string | undefined])[] = [
    ['', '', undefined],
    ['10.0.0.0/8', '8', undefined],
    ['10.0.0.0/8, 0.0.0.0/0', '8 0', undefined],
    ['\t10.0.0.0/8\u00A0,\u30000.0.0.0/0\u0085', '8 0', undefined],
    ['10.0.0.0/8\n', '8', undefined],
    ['10.0.0.0/8\n0.0.0.0/0', '8', undefined],
    ['10.0.0.0/8,', '8', '"" is no network'],
    ['10.0.0.0/8 0.0.0.0/0', '', '"10.0.0.0/8 0.0.0.0/0" is no network'],
    ['\uFEFF10.0.0.0/8', '', '"\uFEFF10.0.0.0/8" is no network'],
    ['10.0.0.0/010', '8', undefined],
    ['10.0.0.0/0012', '10', undefined],
    ['0.0.0.0/01', '1', undefined],
    ['10.0.0.0/08', '', 'iptables cannot read the prefix of "10.0.0.0/08"'],
    ['10.0.0.0/8,fd00::/8', '8 8', 'iptables takes no IPv6 network such as "fd00::/8"'],
  ];
  for (const [text, prefixes, failure] of cases) {
    const read = readSkipSubnets(text, 'init');
    t.equal(read.networks.map(({ length }) => length).join(' '), prefixes, quoted(text));
    t.equal(read.failure, failure, quoted(text));
  }
});

t.test('which texts each list takes', async (t) => {
  const cases: Readonly<Partial<Record<ValueKindName, readonly (readonly [string, boolean])[]>>> = {
    // proxy-init pkg/util/portrange.go: strconv.Atoi, nothing is trimmed
    skipInboundPorts: [
      ['4567,8000-8080', true],
      ['', true],
      ['+80,0080', true],
      ['80, 443', false],
      ['http', false],
      ['80-70', false],
    ],
    // without a port, iptables is asked for an empty list and fails
    skipOutboundPorts: [
      ['443', true],
      ['443\n', true],
      [',', false],
      ['https', false],
    ],
    subnets: [
      ['10.0.0.0/8, 192.168.0.0/16', true],
      ['10.0.0.0', false],
      ['fd00::/8', false],
    ],
    // policy-controller/k8s/index/src/ports.rs: each end is trimmed, 0 and names drop the list
    policyPorts: [
      ['80, 443 - 445 ,', true],
      ['\u00A080\u0085', true],
      ['\uFEFF80', false],
      ['0', false],
      ['http', false],
    ],
    // beside that, pkg/util/parsing.go: entries are trimmed, the ends of a range are not
    opaquePorts: [
      ['80, 443', true],
      ['80 - 443', false],
      ['\u008580', true],
      ['\uFEFF80', false],
    ],
    // policy-controller/k8s/index/src/outbound/index/http.rs and grpc.rs: nothing is trimmed
    httpRetry: [
      ['503,500-504,5xx,GATEWAY-ERROR', true],
      ['+503,0503', true],
      ['503, 504', false],
      ['500-504-5', false],
      ['504-500', false],
      ['600', false],
      ['', false],
    ],
    grpcRetry: [
      ['cancelled,Unavailable', true],
      ['cancelled, unavailable', false],
      ['', false],
    ],
  };
  for (const [kind, texts] of Object.entries(cases))
    for (const [text, taken] of texts)
      t.equal(valueKinds[kind as ValueKindName].accepts(text), taken, `${kind}: ${quoted(text)}`);
});

t.test(
  'a list that is too long to have been written is not read, and nothing is suggested for it',
  async (t) => {
    const long = '1-65535,'.repeat(1000);
    t.same(readSkipPorts(long, 'init').ranges, []);
    t.equal(readSkipPorts(long, 'init').unreadable, 'it is longer than 4096 characters');
    t.equal(
      readSkipSubnets('10.0.0.0/8,'.repeat(1000), 'cni').unreadable,
      'it is longer than 4096 characters',
    );
    t.same(readInjectorPorts(long, new Map()).ranges, []);
    t.same(readPolicyControllerPorts(long).ranges, []);
    t.equal(suggestValue('httpRetry', '503, 504'), '503,504');
    t.equal(suggestValue('httpRetry', `503${' '.repeat(250_000)}504`), undefined);
  },
);

t.test('a union counts each address and each port once', async (t) => {
  const network = fc.tuple(fc.nat(255), fc.integer({ min: 0, max: 8 }));
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(
        fc.array(network, { maxLength: 12 }),
        network,
        fc.constantFrom(4, 6),
        (list, one, family) => {
          const bits = family === 4 ? 32 : 128;
          const net = ([octet, length]: readonly [number, number]): Net => ({
            family,
            address: BigInt(octet - (octet % 2 ** (8 - length))) << BigInt(bits - 8),
            length,
          });
          const octets = ([octet, prefix]: readonly [number, number]) => {
            const size = 2 ** (8 - prefix);
            const first = Math.floor(octet / size) * size;
            return Array.from({ length: size }, (_, at) => first + at);
          };
          const held = new Set(list.flatMap(octets));
          const networks = list.map(net);
          return (
            countAddresses(networks, family) === BigInt(held.size) << BigInt(bits - 8) &&
            countAddresses(networks, family === 4 ? 6 : 4) === 0n &&
            holdTogether(networks, net(one)) === octets(one).every((octet) => held.has(octet))
          );
        },
      ),
    ),
  );
  const range = fc
    .tuple(fc.nat(60), fc.nat(60))
    .map(([a, b]) => ({ lower: Math.min(a, b), upper: Math.max(a, b) }));
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(fc.array(range, { maxLength: 8 }), (ranges) => {
        const union = unionOfPorts(ranges);
        const all = (of: typeof union) => [
          ...new Set(
            of.flatMap(({ lower, upper }) =>
              Array.from({ length: upper - lower + 1 }, (_, at) => lower + at),
            ),
          ),
        ];
        const apart = union.every(
          ({ lower }, index) => index === 0 || (union[index - 1]?.upper ?? 0) + 1 < lower,
        );
        return apart && all(union).length === all(ranges).length;
      }),
    ),
  );
  t.equal(formatPorts(unionOfPorts(readSkipPorts('5-9,1-3,4,20', 'init').ranges)), '1-9,20');
});
