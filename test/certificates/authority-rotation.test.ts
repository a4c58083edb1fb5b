import { X509Certificate } from 'node:crypto';
import t from 'tap';
import {
  defaultRotationTimes as times,
  nextStep,
  takeStep,
  trustedAuthorities,
  type OwnCertificates,
  type RotationSituation,
  type RotationStep,
} from '../../src/certificates/authority-rotation.ts';
import { parseBundle } from '../../src/certificates/bundle.ts';
import { issueAuthority, issueServing } from '../../src/certificates/issue.ts';
import { filesOf, readFiles, servingOf } from '../../src/certificates/stored-certificates.ts';

const start = new Date('2026-11-21T12:00:00Z');
const hosts = ['tollgate.gate.svc'];
const after = (days: number, milliseconds = 0) =>
  new Date(start.getTime() + days * 86_400_000 + milliseconds);
const at = (now: Date, more: Partial<RotationSituation> = {}): RotationSituation => ({
  now,
  hosts,
  publishedSince: undefined,
  times,
  ...more,
});
const first = await takeStep('create', undefined, at(start));
const withSuccessor = await takeStep('add-successor', first, at(start));
const switched = await takeStep('switch', withSuccessor, at(start));

t.test('what is to be done next', async (t) => {
  const lateLeaf = {
    ...first,
    leaf: await issueServing({ authority: first.authority, hosts, now: after(300), days: 90 }),
  };
  const cases: readonly [string, OwnCertificates | undefined, RotationSituation, RotationStep][] = [
    ['there are none', undefined, at(start), 'create'],
    ['they are new', first, at(start), 'none'],
    ['the leaf has 31 days left', first, at(after(59)), 'none'],
    ['the leaf has less than 30 days left', first, at(after(60, 1)), 'renew-leaf'],
    ['the leaf has ended', first, at(after(100)), 'renew-leaf'],
    ['the leaf is for another name', first, at(start, { hosts: ['tollgate.other.svc'] }), 'renew-leaf'],
    ['the leaf is for no address', first, at(start, { hosts: ['10.0.0.1'] }), 'renew-leaf'],
    ['the leaf ends with its authority', lateLeaf, at(after(340)), 'add-successor'],
    ['the authority has ended', first, at(after(365, 1)), 'create'],
    [
      'the authority has ended and there is a successor',
      { ...first, ...(await successorOf(after(300))) },
      at(after(366)),
      'switch',
    ],
    ['a rotation was asked for', { ...first, rotationAsked: true }, at(start), 'add-successor'],
    ['the successor is not trusted everywhere', withSuccessor, at(after(1)), 'none'],
    [
      'it has been for too short a time',
      withSuccessor,
      at(after(1), { publishedSince: after(1, -59_999) }),
      'none',
    ],
    [
      'it has been for a minute',
      withSuccessor,
      at(after(1), { publishedSince: after(1, -60_000) }),
      'switch',
    ],
    ['the leaf was switched just now', switched, at(after(0, 599_000)), 'none'],
    ['the leaf was switched ten minutes ago', switched, at(after(0, 600_000)), 'drop-former'],
    ['one rotation ends before the next begins', { ...switched, rotationAsked: true }, at(start), 'none'],
  ];
  for (const [name, certificates, situation, step] of cases)
    t.equal(nextStep(certificates, situation), step, name);
});

async function successorOf(now: Date) {
  return { successor: await issueAuthority({ now, days: 365 }) };
}

t.test('at every moment of a rotation, the leaf before and the leaf after are trusted', async (t) => {
  const states = [first, withSuccessor, switched, await takeStep('drop-former', switched, at(start))];
  for (const [index, state] of states.entries()) {
    const next = states[index + 1];
    const trusted = parseBundle(trustedAuthorities(state));
    for (const shown of [state, next ?? state]) {
      const leaf = new X509Certificate(shown.leaf.certificate);
      t.ok(
        trusted.some(({ publicKey }) => leaf.verify(publicKey)),
        `state ${index}`,
      );
    }
  }
  t.same(
    states.map((state) => parseBundle(trustedAuthorities(state)).length),
    [1, 2, 2, 1],
  );
  t.equal(trustedAuthorities(states[3] ?? first), withSuccessor.successor?.certificate);
});

t.test('the life of certificates over 5 years has no gap and no haste', async (t) => {
  let [state, published, steps]: [OwnCertificates | undefined, Date | undefined, number] = [
    undefined,
    undefined,
    0,
  ];
  for (let day = 0; day < 5 * 365; day += 5) {
    for (let step: RotationStep | undefined; step !== 'none'; ) {
      const now = after(day);
      step = nextStep(state, at(now, { publishedSince: published }));
      if (step === 'none') break;
      state = await takeStep(step, state, at(now));
      published = step === 'add-successor' ? now : undefined;
      steps += 1;
    }
    if (!state) return;
    // Throws where the chain would not be served.
    const { end } = servingOf(state, after(day));
    if (end.getTime() - after(day).getTime() < 20 * 86_400_000)
      t.fail(`day ${day}: ends ${end.toISOString()}`);
    if (state.successor) published ??= after(day);
  }
  t.ok(steps > 30 && steps < 80, `${steps} steps`);
});

t.test('what is stored is read again, and what is missing is said', async (t) => {
  for (const state of [first, withSuccessor, switched]) t.strictSame(readFiles(filesOf(state), false), state);
  const { 'authority.key': _key, ...keyless } = filesOf(first);
  t.throws(() => readFiles(keyless, false), new Error('it has no authority.key'));
  t.throws(
    () => readFiles({ ...filesOf(first), 'tls.key': first.authority.key }, false),
    new Error('tls.key does not belong to tls.crt'),
  );
  t.throws(
    () => readFiles({ ...filesOf(first), 'former.crt': 'x' }, false),
    new Error('former.crt: expected PEM certificates, found a text that is none or is cut off'),
  );
  t.throws(() => servingOf(first, after(91)), /expired at/);
});
