import * as fc from 'fast-check';
import t from 'tap';
import { addressParts, blocksOfParts } from '../../src/calico/index.ts';
import { containsAddress, type Net, blockAround } from '../../src/kubernetes/net/net.ts';
import { holds } from '../support/law.ts';

const anyNet = fc
  .tuple(fc.bigInt({ min: 0n, max: 255n }), fc.integer({ min: 24, max: 32 }))
  .map(([last, length]): Net => blockAround({ family: 4, address: 0x0a000000n + last }, length));
const addresses = Array.from({ length: 258 }, (_, index) => ({
  family: 4 as const,
  address: 0x0a000000n + BigInt(index) - 1n,
}));

t.test(
  'parts of the addresses are told apart by the blocks, and blocks of parts hold what is in them',
  async (t) => {
    holds(
      t,
      'address by address',
      fc.property(fc.array(anyNet, { maxLength: 6 }), (nets) => {
        const parts = addressParts(nets, 4);
        const whole = blocksOfParts(parts, 4);
        if (whole.length !== 1 || whole[0]?.length !== 0) throw new Error('something is left out');
        const within = (at: bigint) =>
          parts.filter(({ ranges }) => ranges.some(({ first, last }) => first <= at && at <= last));
        for (const address of addresses) {
          const [part, other] = within(address.address);
          if (!part || other) throw new Error(`${address.address} is in ${part ? 'two' : 'none'}`);
          for (const net of nets)
            if (containsAddress(net, address) !== containsAddress(net, part.address))
              throw new Error(`${address.address} is not like ${part.address.address}`);
          const blocks = blocksOfParts([part], 4);
          if (!blocks.some((block) => containsAddress(block, address))) throw new Error('no block holds it');
        }
      }),
      200,
    );
  },
);
