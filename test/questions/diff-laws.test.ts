import * as fc from 'fast-check';
import t from 'tap';
import { createInventory, defaultConventions } from '../../src/index.ts';
import type { KubernetesObject } from '../../src/kubernetes/object.ts';
import { askConnections } from '../../src/questions/connections/ask-connections.ts';
import { askDiff, type DiffSide } from '../../src/questions/diff/ask-diff.ts';
import type { ConnectionChange } from '../../src/questions/diff/diff-answer.ts';
import { anyPolicies } from '../calico/generated-policies.ts';
import { holds } from '../support/law.ts';

const conventions = defaultConventions();
const now = new Date('2026-11-20T12:00:00Z');

const workloads = ['web', 'db', 'api'].map((name, index): KubernetesObject => {
  const labels = { a: ['xa', 'xb', 'zz'][index] ?? '', ...(index === 1 ? { b: 'ya' } : {}) };
  const annotations = index === 2 ? { 'linkerd.io/inject': 'disabled' } : {};
  const spec = { containers: [{ name, ports: [{ containerPort: 80 }] }] };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'shop' },
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels, annotations }, spec } },
  };
});
const shop = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } };

const anySide = fc
  .tuple(fc.subarray(workloads, { minLength: 2 }), anyPolicies)
  .map(([some, policies]): DiffSide => {
    const objects = [shop, ...some, ...policies];
    return { objects, question: { inventory: createInventory(objects, conventions), conventions, now } };
  });

/** What changed, without which end is named for others like it. */
function told(
  changes: readonly ConnectionChange[],
  kind: ConnectionChange['kind'],
  side: 'before' | 'after',
) {
  return changes
    .filter((change) => change.kind === kind)
    .map(({ family, from, icmp, ports, protocol, to, [side]: state }) =>
      JSON.stringify([from, to, protocol, family, ports, icmp, state]),
    )
    .sort();
}

t.test('a diff of equal states is empty, and exchanged what was opened is closed', async (t) => {
  let changes = 0;
  holds(
    t,
    'for any two states',
    fc.property(anySide, anySide, (base, head) => {
      const same = askDiff(base, base);
      if (same.connections.length + same.coverage.length + same.objects.length > 0)
        throw new Error('a state is not what it is');
      const [there, back] = [askDiff(base, head), askDiff(head, base)];
      changes += there.connections.length;
      for (const [one, other] of [
        ['opened', 'closed'],
        ['closed', 'opened'],
        ['changed', 'changed'],
      ] as const) {
        const [side, opposite] =
          one === 'closed' ? (['before', 'after'] as const) : (['after', 'before'] as const);
        const [found, exchanged] = [
          told(there.connections, one, side),
          told(back.connections, other, opposite),
        ];
        if (JSON.stringify(found) !== JSON.stringify(exchanged))
          throw new Error(`${one}: ${found.join('\n')}\n${other}: ${exchanged.join('\n')}`);
      }
      const lost = there.coverage.map(({ kind }) => kind === 'lost').filter(Boolean).length;
      const won = back.coverage.map(({ kind }) => kind === 'won').filter(Boolean).length;
      if (lost !== won) throw new Error(`${lost} lost, ${won} won on the way back`);
    }),
    20,
  );
  t.ok(changes > 50, `${changes} changes`);
});

t.test('what is opened is open after the change and was not before', async (t) => {
  holds(
    t,
    'as all connections of both states say',
    fc.property(anySide, anySide, (base, head) => {
      const [before, after] = [base, head].map(({ question }) => askConnections(question));
      const isOpen = (answer: typeof before, wanted: ConnectionChange) => {
        const own = (id: string) =>
          answer?.ends.find(
            (end) =>
              end.id === id ||
              (end.kind === 'workloads' &&
                end.workloads.some(({ name }) => id === `Deployment shop/${name}`)),
          )?.id;
        const [from, to] = [own(wanted.from), own(wanted.to)];
        const [number] = wanted.ports[0] ?? [];
        return answer?.connections.some(
          (one) =>
            one.from === from &&
            one.to === to &&
            one.protocol === wanted.protocol &&
            one.family === wanted.family &&
            one.ports.some(([first, last]) => first <= (number ?? -1) && (number ?? -1) <= last),
        );
      };
      for (const change of askDiff(base, head).connections) {
        // Blocks of addresses are others in each state, and ICMP has no ports.
        const isPods = [change.from, change.to].every((id) => id.startsWith('Deployment'));
        if (!isPods || change.protocol === 'ICMP') continue;
        const expected = { opened: [false, true], closed: [true, false], changed: [true, true] }[change.kind];
        const found = [isOpen(before, change), isOpen(after, change)];
        if (JSON.stringify(found.map(Boolean)) !== JSON.stringify(expected))
          throw new Error(`${JSON.stringify(change)}: ${found.join()}`);
      }
    }),
    20,
  );
});
