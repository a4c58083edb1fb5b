import t from 'tap';
import type { Connection, ConnectionsAnswer } from '../../src/questions/connections/connections-answer.ts';
import { bridgesOf } from '../../src/questions/posture/bridges.ts';
import { layOut } from '../../src/report/map/layout.ts';

const allow = {
  tier: 'default',
  policy: { apiVersion: 'v1', kind: 'NetworkPolicy', name: 'in' },
  verdict: 'allow',
} as const;
const pods = (namespace: string) =>
  ({ id: `${namespace}/web`, kind: 'workloads', namespace, workloads: [], meshed: 'unmeshed' }) as const;
const internet = {
  id: 'internet',
  kind: 'addresses',
  family: 'IPv4',
  blocks: ['0.0.0.0/0'],
  name: 'anywhere',
} as const;
const connection = (from: string, to: string, more: Partial<Connection> = {}): Connection => ({
  from,
  to,
  protocol: 'TCP',
  family: 'IPv4',
  ports: [[80, 80]],
  verdict: 'allowed',
  encryption: 'plaintext',
  because: { egress: [], ingress: [allow] },
  ...more,
});
const answer = (...connections: readonly Connection[]): ConnectionsAnswer => ({
  ends: [pods('a'), pods('b'), internet],
  connections,
  incomplete: [],
  problems: [],
});

t.test('what stays within an island is no bridge', async (t) => {
  t.same(bridgesOf(answer(connection('a/web', 'a/web'))), []);
});

t.test('what was built and what nobody built are two bridges', async (t) => {
  const loose = { because: { egress: [], ingress: [] } };
  const bridges = bridgesOf(answer(connection('a/web', 'b/web'), connection('a/web', 'b/web', loose)));
  t.same(
    bridges.map(({ built, indices }) => [built, indices]),
    [
      [true, [0]],
      [false, [1]],
    ],
  );
  const { policy: _, ...profile } = allow;
  const passed = connection('a/web', 'b/web', { because: { egress: [profile], ingress: [profile] } });
  t.equal(bridgesOf(answer(passed))[0]?.built, false, 'the profile of a namespace builds nothing');
});

t.test('what is not known is never counted as encrypted', async (t) => {
  const [bridge] = bridgesOf(
    answer(connection('a/web', 'b/web', { verdict: 'unknown', encryption: 'encrypted' })),
  );
  t.match(bridge, { encrypted: 0, plaintext: 0, unknown: 1 });
});

t.test('all ports to everywhere are unlimited, one port is not', async (t) => {
  const isUnlimited = (more: Partial<Connection>) =>
    bridgesOf(answer(connection('a/web', 'internet', more)))[0]?.unlimited;
  t.equal(isUnlimited({ ports: [[1, 65_535]] }), true);
  t.equal(isUnlimited({}), false);
});

t.test('islands never lie on each other', async (t) => {
  for (const count of [1, 2, 7, 40]) {
    const heights = Array.from({ length: count }, (_, index) => 80 + (index % 5) * 40);
    const links = heights.map((_, index) => [index, (index * 7) % count] as const);
    const { boxes, height, width } = layOut(heights, links);
    for (const [index, box] of boxes.entries()) {
      t.ok(box.x >= 0 && box.y >= 0 && box.x + box.width <= width && box.y + box.height <= height);
      for (const other of boxes.slice(index + 1))
        t.ok(
          box.x + box.width <= other.x ||
            other.x + other.width <= box.x ||
            box.y + box.height <= other.y ||
            other.y + other.height <= box.y,
        );
    }
    t.same(layOut(heights, links), { boxes, height, width }, 'the same each time');
  }
});
