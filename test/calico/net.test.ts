import * as fc from 'fast-check';
import t from 'tap';
import { parseAddress, printAddress } from '../../src/kubernetes/net/address.ts';
import {
  containsAddress,
  containsNet,
  type Net,
  overlaps,
  printNet,
  readNet,
} from '../../src/kubernetes/net/net.ts';
import { complementOf, shareOf, unionOf } from '../../src/kubernetes/net/ranges.ts';

t.test('blocks as Go reads them', async (t) => {
  const written: readonly (readonly [string, string])[] = [
    ['10.0.0.0/8', '10.0.0.0/8'],
    ['10.1.2.3/8', '10.0.0.0/8'],
    ['10.1.2.3', '10.1.2.3/32'],
    ['10.0.0.0/08', '10.0.0.0/8'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['::/0', '::/0'],
    ['0:0:0::/0', '::/0'],
    ['dead:beef::/96', 'dead:beef::/96'],
    ['2001:db8:0:0:1::', '2001:db8:0:0:1::/128'],
    ['2001:DB8::1', '2001:db8::1/128'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0/128'],
    ['::ffff:10.0.0.1', '10.0.0.1/32'],
    ['::ffff:10.0.0.0/104', '10.0.0.0/8'],
    ['::ffff:10.0.0.0/64', '::/64'],
    ['64:ff9b::10.0.0.1', '64:ff9b::a00:1/128'],
  ];
  for (const [text, printed] of written) {
    const net = readNet(text, 'calico');
    t.equal(net && printNet(net), printed, text);
  }
});

t.test('what is no block', async (t) => {
  const broken = [
    '',
    'garbage',
    '10.0.0/8',
    '10.0.0.0/',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
    '10.0.0.0/ 8',
    ' 10.0.0.0/8',
    '010.0.0.0/8',
    '10.0.0.256',
    '10.0.0.0.0',
    '::/129',
    ':::',
    '1::2::3',
    '12345::',
    'fe80::1%eth0',
    'fe80::/10%eth0',
    '1:2:3:4:5:6:7:8:9',
    '::10.0.0.01',
    '10.0.0.0/99999999999',
    '/8',
    '10.0.0.0/0x8',
  ];
  for (const text of broken) t.equal(readNet(text, 'calico'), undefined, text);
  t.equal(readNet('10.0.0.1', 'go'), undefined, 'a single address is no CIDR');
});

const anyNet: fc.Arbitrary<Net> = fc
  .oneof(
    fc.record({
      family: fc.constant(4 as const),
      address: fc.bigInt(0n, 0xffffn),
      length: fc.integer({ min: 0, max: 16 }),
    }),
    fc.record({
      family: fc.constant(6 as const),
      address: fc.bigInt(0n, 0xffffn),
      length: fc.integer({ min: 0, max: 16 }),
    }),
  )
  .map(({ family, address, length }) => {
    const bits = family === 4 ? 32n : 128n;
    const shifted = address << (bits - 16n);
    const rest = bits - BigInt(length);
    return { family, address: (shifted >> rest) << rest, length };
  });

t.test('printing and reading agree', async () => {
  fc.assert(
    fc.property(anyNet, (net) => {
      const again = readNet(printNet(net), 'calico');
      return again?.family === net.family && again.address === net.address && again.length === net.length;
    }),
  );
  fc.assert(
    fc.property(fc.ipV6(), (text) => {
      const address = parseAddress(text);
      return address !== undefined && parseAddress(printAddress(address))?.address === address.address;
    }),
  );
});

t.test('blocks contain each other or share nothing', async () => {
  fc.assert(
    fc.property(anyNet, anyNet, (left, right) => {
      const last = {
        family: right.family,
        address: right.address + (1n << BigInt((right.family === 4 ? 32 : 128) - right.length)) - 1n,
      };
      const inside = containsAddress(left, right) && containsAddress(left, last);
      return containsNet(left, right) === inside && overlaps(left, right) === overlaps(right, left);
    }),
  );
});

t.test('union and complement share out a family', async (t) => {
  fc.assert(
    fc.property(fc.array(anyNet, { maxLength: 6 }), fc.bigInt(0n, 0xffffn), (nets, probe) => {
      const address = { family: 4 as const, address: probe << 16n };
      const within = (ranges: ReturnType<typeof unionOf>) =>
        ranges.some(({ first, last }) => first <= address.address && address.address <= last);
      const listed = nets.some((net) => containsAddress(net, address));
      const shares = shareOf(unionOf(nets, 4), 4) + shareOf(complementOf(nets, 4), 4);
      return within(unionOf(nets, 4)) === listed && within(complementOf(nets, 4)) !== listed && shares === 1;
    }),
  );
  const halves = ['0.0.0.0/1', '128.0.0.0/1'].map((text) => readNet(text, 'calico') as Net);
  t.strictSame(unionOf(halves, 4), [{ first: 0n, last: 0xffff_ffffn }], 'two halves are everything');
  t.strictSame(complementOf(halves, 4), []);
  t.equal(shareOf(complementOf(halves, 6), 6), 1, 'and nothing of the other family');
});
