import t from 'tap';
import { createAcceptance } from '../../src/conventions/accepted-documents.ts';
import { formerRulesIn } from '../../src/conventions/former-rules.ts';
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
  const alone = accept([convention('a', { priority: 1 })]);
  t.same(names(alone), ['b 1'], 'the other is gone, and nobody has confirmed it');
  const confirmed = { ...convention('a', { priority: 1 }), confirms: 'ConventionPolicy/b' };
  t.same(names(accept([confirmed])), ['a 1'], 'it comes in when the deletion is confirmed');
});

t.test('a convention that is gone stays in force until that is confirmed', async (t) => {
  const accept = createAcceptance(rules);
  const first = convention('a', { priority: 1 });
  accept([first, convention('b', { priority: 2 })]);
  const gone = accept([convention('b', { priority: 2 })]);
  t.same(names(gone), ['b 2', 'a 1']);
  t.same(gone.lost, ['ConventionPolicy/a']);
  const none = accept([]);
  t.same(names(none), ['b 2', 'a 1'], 'the packaged convention does not come in');
  accept([{ ...first, confirms: first.name }, convention('b', { priority: 2 })]);
  t.same(names(accept([convention('b', { priority: 2 })])), ['b 2']);
  accept([{ ...convention('b', { priority: 2 }), confirms: 'ConventionPolicy/b' }]);
  const empty = accept([]);
  t.same(empty.lastGood, []);
  t.equal(
    empty.set.conventions[0]?.source.file,
    '<default>',
    'the confirmed deletion of the last is a decision',
  );
});

t.test('the confirmation counts where what it stands on is invalid', async (t) => {
  const accept = createAcceptance(rules);
  accept([convention('a', { priority: 1 })]);
  accept([{ ...convention('a', broken, '2'), confirms: 'ConventionPolicy/a' }]);
  t.same(accept([]).lost, []);
});

t.test('of a change of two, where one is invalid, neither former version is lost', async (t) => {
  const accept = createAcceptance(rules);
  accept([convention('a', { priority: 1 }), convention('b', { priority: 2 })]);
  const swapped = accept([convention('a', { priority: 2 }, '2'), convention('b', broken, '2')]);
  t.same(names(swapped), ['b 2', 'a 1']);
  t.match(swapped.outcomes, [{ formerInForce: true }, { formerInForce: true }]);
});

t.test('the last good set is restored after a restart', async (t) => {
  const { lastGood } = createAcceptance(rules)([convention('a', { priority: 1 })]);
  const kept = JSON.parse(JSON.stringify(lastGood)) as typeof lastGood;
  const accept = createAcceptance(rules);
  const restarted = accept([convention('a', broken, '2')], kept);
  t.same(names(restarted), ['a 1']);
  t.match(restarted.outcomes, [{ formerInForce: true }]);
  t.same(names(accept([])), ['a 1']);
});

t.test('a last good set that this version cannot read is said, and kept', async (t) => {
  const newer = convention('a', { priority: 1, inventedLater: true }, '7');
  const accept = createAcceptance(rules);
  const first = accept([newer], [newer]);
  t.same(first.unreadable, ['ConventionPolicy/a']);
  t.same(first.lastGood, [newer]);
  const edited = accept([convention('a', { priority: 3 }, '8')]);
  t.same(edited.unreadable, []);
  t.same(names(edited), ['a 3']);
});

const waiver = (match: object, version = '1', rule = 'mesh/opt-out') => ({
  name: 'Waiver/w',
  version,
  value: {
    apiVersion: 'tollgate.dev/v1alpha1',
    kind: 'Waiver',
    metadata: { name: 'w' },
    spec: { rules: [rule], match, owner: 'me', reason: 'why', until: '2027-01-31' },
  },
});

t.test('a waiver that narrows by an unknown field does not count, nor does its former version', async (t) => {
  for (const match of [
    { namespaces: ['shop'], labels: { app: 'web' } },
    { namespaceSelector: { matchLabels: { a: 'b' }, matchNames: ['shop'] } },
  ]) {
    const accept = createAcceptance(rules);
    t.equal(accept([waiver({ namespaces: ['*'] })]).set.waivers.length, 1);
    const void_ = accept([waiver(match, '2')]);
    t.same(void_.set.waivers, []);
    t.match(void_.outcomes, [{ problems: [/there is no field/], formerInForce: false }]);
  }
  const accept = createAcceptance(rules);
  accept([waiver({ namespaces: ['shop'] })]);
  t.equal(
    accept([waiver({ namespaces: ['shop'] }, '2', 'mesh/no')]).set.waivers.length,
    1,
    'any other fault',
  );
});

t.test('a waiver that is gone ends at once', async (t) => {
  const accept = createAcceptance(rules);
  accept([waiver({ namespaces: ['shop'] })]);
  t.same(accept([]).set.waivers, []);
});

t.test('a former id of a rule is taken for the id that it has now', async (t) => {
  const renamed = rules.map((rule) => ({
    ...rule,
    ...(rule.id === 'mesh/opt-out' ? { formerly: ['mesh/opted-out'] } : {}),
  }));
  const document = convention('a', {
    priority: 1,
    rules: { 'mesh/opted-out': 'warn' },
    waivers: { never: ['mesh/opted-out'] },
  });
  const { set, outcomes } = createAcceptance(renamed)([
    document,
    waiver({ names: ['w'] }, '1', 'mesh/opted-out'),
  ]);
  t.match(outcomes, [{ problems: [] }, { problems: [] }]);
  t.same([...(set.conventions[0]?.rules.keys() ?? [])], ['mesh/opt-out']);
  t.same([...(set.conventions[0]?.waivers.never ?? [])], ['mesh/opt-out']);
  t.same(set.waivers[0]?.rules, ['mesh/opt-out']);
  t.match(formerRulesIn(document.value, renamed), [/"mesh\/opted-out" is now called "mesh\/opt-out"/]);
  t.match(createAcceptance(rules)([document]).outcomes, [{ problems: [/there is no rule/, /./] }]);
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
  t.match(statusOf(bad, 5, later, accepted, { findings: 3 }), {
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
