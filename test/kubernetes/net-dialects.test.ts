import t from 'tap';
import { type NetDialect, printNet, readNet } from '../../src/kubernetes/net/net.ts';

/** Where the readers of blocks that Calico, Go and Linkerd use differ; undefined for what one of them refuses. */
const cases: readonly (readonly [string, Readonly<Record<NetDialect, string | undefined>>])[] = [
  ['10.0.0.0/8', same('10.0.0.0/8')],
  ['fd00::/8', same('fd00::/8')],
  // Bits behind the length, which ipnet keeps and never compares.
  ['10.1.2.3/8', same('10.0.0.0/8')],
  ['2001:db8::1/32', same('2001:db8::/32')],
  // No length.
  ['10.0.0.1', { ...same(undefined), calico: '10.0.0.1/32', ipnet: '10.0.0.1/32' }],
  ['::1', { ...same(undefined), calico: '::1/128', ipnet: '::1/128' }],
  ['10.0.0.0/', same(undefined)],
  ['/8', same(undefined)],
  // Zeros before the length: ipnet counts digits, Go counts none.
  ['10.0.0.0/08', same('10.0.0.0/8')],
  ['10.0.0.0/008', { ...same('10.0.0.0/8'), ipnet: undefined }],
  ['10.0.0.0/000000008', { ...same('10.0.0.0/8'), ipnet: undefined }],
  ['fd00::/008', same('fd00::/8')],
  ['fd00::/0008', { ...same('fd00::/8'), ipnet: undefined }],
  // Zeros before a byte.
  ['010.0.0.0/8', same(undefined)],
  ['10.0.0.01', same(undefined)],
  // IPv4 addresses within IPv6.
  [
    '::ffff:10.0.0.0/104',
    { ...same('10.0.0.0/8'), 'go-as-written': '::ffff:a00:0/104', ipnet: '::ffff:a00:0/104' },
  ],
  ['::ffff:10.0.0.1', { ...same(undefined), calico: '10.0.0.1/32', ipnet: '::ffff:a00:1/128' }],
  ['::ffff:10.0.0.0/64', same('::/64')],
  ['::ffff:10.0.0.0/129', same(undefined)],
  // Lengths outside of the family, signs, zones, blanks.
  ['10.0.0.0/33', same(undefined)],
  ['::/129', same(undefined)],
  ['10.0.0.0/-1', same(undefined)],
  ['10.0.0.0/+8', same(undefined)],
  ['10.0.0.0/8/8', same(undefined)],
  ['fe80::1%eth0/64', same(undefined)],
  ['fe80::1%eth0', same(undefined)],
  [' 10.0.0.0/8', same(undefined)],
  ['10.0.0.0/8 ', same(undefined)],
  ['10.0.0.0/ 8', same(undefined)],
  ['', same(undefined)],
];

function same(net: string | undefined): Readonly<Record<NetDialect, string | undefined>> {
  return { go: net, calico: net, 'go-as-written': net, ipnet: net };
}

t.test('blocks by dialect', async (t) => {
  for (const [text, expected] of cases) {
    for (const dialect of ['go', 'calico', 'go-as-written', 'ipnet'] as const) {
      const net = readNet(text, dialect);
      t.equal(net && printNet(net), expected[dialect], `${dialect}: "${text}"`);
    }
  }
});
