import t from 'tap';
import { createAcceptance } from '../../src/conventions/accepted-documents.ts';
import { statusOf } from '../../src/conventions/document-status.ts';
import { rules } from '../../src/rules/registry.ts';

const convention = (name: string, spec: object, version = '1') => ({
  name: `ConventionPolicy/${name}`,
  version,
  value: {
    apiVersion: 'tollgate.dev/v1alpha1',
    kind: 'ConventionPolicy',
    metadata: { name },
    spec: { mesh: {}, ...spec },
  },
});
const names = (accepted: ReturnType<ReturnType<typeof createAcceptance>>) =>
  accepted.set.conventions.map(({ name, priority }) => `${name} ${priority}`);

const broken = { priority: 'high' };

t.test('without documents the default convention holds', async (t) => {
  const { set, outcomes } = createAcceptance(rules)([]);
  t.equal(set.conventions.length, 1);
  t.same(outcomes, []);
});

t.test('a document with a fault leaves its former version in force, and holds up nobody', async (t) => {
  const accept = createAcceptance(rules);
  t.same(names(accept([convention('a', { priority: 1 })])), ['a 1']);
  const second = accept([convention('a', broken, '2'), convention('b', { priority: 2 })]);
  t.same(names(second), ['b 2', 'a 1']);
  t.match(second.outcomes, [
    { name: 'ConventionPolicy/a', version: '2', problems: [/^spec\.priority: /], formerInForce: true },
    { name: 'ConventionPolicy/b', problems: [], formerInForce: false },
  ]);
  const third = accept([convention('a', { priority: 3 }, '3'), convention('b', { priority: 2 })]);
  t.same(names(third), ['a 3', 'b 2']);
  t.same(
    third.outcomes.flatMap(({ problems }) => problems),
    [],
  );
});

t.test('a document that never was good is left out, also after a restart', async (t) => {
  const { outcomes, set } = createAcceptance(rules)([
    convention('a', broken),
    convention('b', { priority: 2 }),
  ]);
  t.same(
    set.conventions.map(({ name }) => name),
    ['b'],
  );
  t.match(outcomes[0], { problems: [/./], formerInForce: false });
});

t.test('of two that cannot be in force together the one that was there stays', async (t) => {
  const accept = createAcceptance(rules);
  accept([convention('b', { priority: 1 })]);
  const both = accept([convention('a', { priority: 1 }), convention('b', { priority: 1 })]);
  t.same(names(both), ['b 1']);
  t.match(both.outcomes[0], { problems: [/both have priority 1/], formerInForce: false });
  t.same(names(accept([convention('a', { priority: 1 })])), ['a 1'], 'it comes in when the other goes');
});

t.test('the status of a document', async (t) => {
  const now = new Date('2026-11-21T12:00:00.123Z');
  const good = { name: 'x', version: '1', problems: [], formerInForce: false };
  const accepted = statusOf(good, 4, now);
  t.strictSame(accepted, {
    observedGeneration: 4,
    conditions: [
      {
        type: 'Accepted',
        status: 'True',
        reason: 'InForce',
        message: 'it is in force',
        observedGeneration: 4,
        lastTransitionTime: '2026-11-21T12:00:00Z',
      },
    ],
  });
  const later = new Date('2026-11-22T12:00:00Z');
  t.strictSame(statusOf(good, 4, later, accepted), accepted, 'nothing changes by itself');
  const bad = { ...good, problems: ['spec.priority: no'], formerInForce: true };
  t.match(statusOf(bad, 5, later, accepted, 3), {
    findings: 3,
    conditions: [
      {
        status: 'False',
        reason: 'Invalid',
        message: 'spec.priority: no\nthe former version stays in force',
        lastTransitionTime: '2026-11-22T12:00:00Z',
      },
    ],
  });
});
