import { getEventListeners } from 'node:events';
import t from 'tap';
import { createBackoff } from '../../src/cluster/pace/backoff.ts';
import { createSchedule, watched } from '../../src/cluster/pace/schedule.ts';
import { createManualSchedule } from '../support/manual-schedule.ts';

const reason = () => new Error('nothing heard');

/** A task that ends only with its signal. */
async function endless(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  signal.addEventListener('abort', () => reject(new Error('aborted')));
  return promise;
}

t.test('a task that shows no sign of life is given up, one that does is not', async (t) => {
  const schedule = createManualSchedule();
  const outer = new AbortController();
  const lively = Promise.withResolvers<string>();
  let sign = () => {};
  const limits = { milliseconds: 60_000, reason, outer: outer.signal };
  const running = watched(schedule, limits, async (_signal, alive) => {
    sign = alive;
    return lively.promise;
  });
  const silent = watched(schedule, limits, endless);
  schedule.elapse(40_000);
  sign();
  const given = t.rejects(silent, { message: 'nothing heard' });
  schedule.elapse(40_000);
  await given;
  lively.resolve('done');
  t.equal(await running, 'done');
  t.equal(getEventListeners(outer.signal, 'abort').length, 0, 'nobody listens on for the outer signal');
});

t.test('the outer signal ends the task, now or from the start', async (t) => {
  const schedule = createManualSchedule();
  const outer = new AbortController();
  const limits = { milliseconds: 60_000, reason, outer: outer.signal };
  const ended = t.rejects(watched(schedule, limits, endless), { message: 'aborted' });
  outer.abort();
  await ended;
  await t.rejects(
    watched(schedule, limits, async (signal) => signal.throwIfAborted()),
    { name: 'AbortError' },
  );
});

t.test('a real pause ends with its signal, and its time goes on', async (t) => {
  const schedule = createSchedule();
  const controller = new AbortController();
  const before = schedule.now();
  const pause = schedule.pause(1_000_000, controller.signal);
  controller.abort();
  await pause;
  await schedule.pause(1, new AbortController().signal);
  t.ok(schedule.now() > before);
  t.ok(Math.abs(schedule.now() - Date.now()) < 60_000);
});

t.test('waits stay between half of the full time and the full time', async (t) => {
  const all = (random: number) => {
    const backoff = createBackoff(() => random);
    return Array.from({ length: 8 }, () => backoff.next());
  };
  t.same(all(0), [400, 800, 1600, 3200, 6400, 12_800, 15_000, 15_000]);
  t.same(all(1), [800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000]);
  const backoff = createBackoff(() => 1);
  backoff.next();
  backoff.next();
  t.equal(backoff.attempts(), 2);
  backoff.reset();
  t.equal(backoff.next(), 800);
  for (let i = 0; i < 3000; i += 1) backoff.next();
  t.equal(backoff.next(), 30_000, 'however often');
});
