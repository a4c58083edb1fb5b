import { setImmediate as turn } from 'node:timers/promises';
import t from 'tap';
import { createSchedule } from '../../src/cluster/pace/schedule.ts';
import { createFakeApiServer, fault, type Fault } from '../support/fake-api-server.ts';
import { follow, path, tier, tiers, watchIt, type Followed } from '../support/followed-tiers.ts';

/** The unluckiest throw of the dice: every pause is as long as it can be. */
const chance = 0.9999;

/** Waits for what nothing tells of. */
async function eventually(condition: () => boolean): Promise<void> {
  while (!condition()) await turn();
}

const line = (type: string, object: object) => `${JSON.stringify({ type, object })}\n`;
const versioned = (name: string, resourceVersion: number) => ({
  ...tier(name),
  metadata: { name, resourceVersion: String(resourceVersion) },
});

t.test('five seconds after all is well again the copy is right, whatever chance says', async (t) => {
  type Break = (
    followed: Followed,
    /** Notes when a fault happened last. */
    last: (fault: Fault) => Fault,
  ) => Promise<void> | void;
  const breaks: Record<string, Break> = {
    'a clean end': ({ api }) => api.watches(path)[0]?.end(),
    'a TCP reset': ({ api }) => api.watches(path)[0]?.reset(),
    'half an event': ({ api }) => {
      api.watches(path)[0]?.write('{"type":"ADDED","object":{"apiVersion":"example.dev/v1","kind":"Ti');
      api.watches(path)[0]?.reset();
    },
    garbage: ({ api }) => api.watches(path)[0]?.write('}{ garbage\n'),
    '410 in the stream': ({ api }) => {
      api.compact();
      api.watches(path)[0]?.end();
    },
    '410 in the stream, and HTTP 500 to the list': ({ api }, last) => {
      api.next('list', last(fault.status(500)));
      api.compact();
      api.watches(path)[0]?.end();
    },
    'HTTP 500 on reconnect': ({ api }, last) => {
      api.next('watch', last(fault.status(500)), last(fault.status(500)));
      api.watches(path)[0]?.reset();
    },
    'garbage in the list that garbage in the watch asks for': ({ api }, last) => {
      api.next('list', last(fault.body('{"kind":')));
      api.watches(path)[0]?.write('}{ garbage\n');
    },
    silence: async ({ api, schedule }) => {
      const again = api.seen('watch');
      schedule.elapse(120_000);
      await again;
    },
    'an event without a version': ({ api }) => api.watches(path)[0]?.write(line('ADDED', tier('x'))),
  };
  for (const [name, breakIt] of Object.entries(breaks)) {
    const followed = await follow(t, { chance });
    const { api, schedule, settled, reflector } = followed;
    let recovered = 0;
    const last =
      (inner: Fault): Fault =>
      (...request) => {
        recovered = schedule.now();
        inner(...request);
      };
    api.unseen(() => {
      api.put(tier('while it was broken'), tier('a', 2));
      api.remove(tier('c'));
    });
    await breakIt(followed, last);
    recovered ||= schedule.now();
    await settled();
    const took = schedule.now() - recovered;
    t.ok(took <= 5000, `${name}: ${took} ms`);
    await api.watching(path);
    t.equal(reflector.status().problem, undefined);
  }
});

t.test('a watch with nothing but bookmarks stays open, for as long as it likes', async (t) => {
  const { api, schedule, reflector } = await follow(t);
  for (let minute = 0; minute < 10; minute += 1) {
    schedule.elapse(60_000);
    api.bookmark();
    await eventually(() => reflector.status().lastEventAt === schedule.now());
  }
  t.match(reflector.status(), { lists: 1, watches: 1, problem: undefined });
});

t.test('ten minutes in which nothing is answered, and nothing is lost', async (t) => {
  const { api, schedule, reflector, settled, copy } = await follow(t, { chance });
  api.outage(fault.silence);
  api.unseen(() => {
    api.put(tier('unheard of'));
    api.remove(tier('c'));
  });
  const end = schedule.now() + 600_000;
  while (schedule.now() < end) {
    const again = Promise.race([api.seen('watch'), api.seen('list')]);
    schedule.elapse(120_000);
    await again;
  }
  t.same(Object.keys(copy()), ['a', 'b', 'c'], 'what was known stays');
  api.outage();
  schedule.elapse(120_000);
  const recovered = schedule.now();
  await settled();
  t.same(Object.keys(copy()), ['a', 'b', 'unheard of']);
  t.ok(schedule.now() - recovered <= 30_000, 'the longest pause');
  await api.watching(path);
  t.equal(reflector.status().problem, undefined);
});

t.test('events of a version or of an object that nobody knows', async (t) => {
  await t.test('a version that is still to come is not waited for without an end', async (t) => {
    const { api, schedule, reflector, settled, copy } = await follow(t);
    api.watches(path)[0]?.write(line('MODIFIED', versioned('a', 999_999)));
    await eventually(() => copy().a === '999999');
    // As after etcd was restored: a watch from there on is open, and shows nothing of what happens until then.
    const from = api.seen('watch');
    api.watches(path)[0]?.end();
    t.equal((await from).query.get('resourceVersion'), '999999');
    api.put(tier('before that version'));
    for (let silence = 0; silence < 2; silence += 1) {
      const again = api.seen('watch');
      schedule.elapse(120_000);
      await again;
    }
    t.equal(reflector.status().lists, 1);
    schedule.elapse(120_000);
    await settled();
    t.equal(reflector.status().lists, 2);
    api.put(tier('d'));
    await settled();
  });
  await t.test('an object that came unseen is taken in, one that went unseen is not missed', async (t) => {
    const { api, until, changes, copy, reflector } = await follow(t);
    const events = line('DELETED', versioned('never seen', 1004)) + line('MODIFIED', versioned('new', 1005));
    api.watches(path)[0]?.write(events);
    await until(() => Object.hasOwn(copy(), 'new'));
    t.same(changes.slice(1), [{ put: 1, remove: 0 }]);
    t.equal(reflector.status().lists, 1);
  });
});

t.test('the clock of the machine may jump', async (t) => {
  await t.test('which the schedule does not notice', async (t) => {
    const schedule = createSchedule();
    const before = schedule.now();
    for (const hours of [1, -1]) {
      const jumped = Date.now() + hours * 3_600_000;
      const restore = t.intercept(Date, 'now', { value: () => jumped }).restore;
      const now = schedule.now();
      restore();
      t.ok(now >= before && now - before < 60_000, `${hours} h`);
    }
  });
  await t.test('and a machine that slept for an hour asks anew at once', async (t) => {
    const { api, schedule, settled, problems, reflector } = await follow(t, { chance });
    api.unseen(() => api.put(tier('while it slept')));
    schedule.elapse(3_600_000);
    const awake = schedule.now();
    await settled();
    t.ok(schedule.now() - awake <= 5000);
    t.same(problems, ['the watch was silent for 120 s']);
    t.equal(reflector.status().lists, 1);
  });
});

t.test('a list that is refused with Retry-After is asked for again when that time is over', async (t) => {
  const api = await createFakeApiServer();
  api.serve(tiers);
  api.put(tier('a'));
  api.next('list', fault.status(429, { 'retry-after': '20' }), fault.status(429, { 'retry-after': '1000' }));
  const { reflector, schedule, settled, problems } = await watchIt(t, api);
  await eventually(() => schedule.pauses.length > 0);
  t.same(schedule.pauses, [20_000]);
  await schedule.pausing(300_000);
  reflector.retry();
  t.equal(api.requests.length, 2, 'not because others fare better');
  schedule.elapse(300_000);
  await settled();
  t.same(problems, ['it does not work']);
});

t.test('what is stopped stays stopped', async (t) => {
  const moments: Record<string, (followed: Followed) => Promise<unknown>> = {
    'while the list is on its way': async ({ api, reflector }) => {
      const asked = Promise.withResolvers<() => void>();
      api.next('list', (_response, _request, proceed) => asked.resolve(proceed));
      reflector.relist();
      return asked.promise;
    },
    'while the watch is on its way': async ({ api }) => {
      const asked = Promise.withResolvers<() => void>();
      api.next('watch', (_response, _request, proceed) => asked.resolve(proceed));
      api.watches(path)[0]?.end();
      return asked.promise;
    },
    'in the pause before another attempt': async ({ api, schedule }) => {
      schedule.hold();
      api.watches(path)[0]?.reset();
      await schedule.pausing(400);
    },
  };
  for (const [name, moment] of Object.entries(moments)) {
    const followed = await follow(t);
    const { api, reflector, schedule, changes } = followed;
    const proceed = await moment(followed);
    const [asked, told] = [api.requests.length, changes.length];
    await reflector.close();
    if (typeof proceed === 'function') proceed();
    api.put(tier('d'));
    schedule.elapse(1_000_000);
    await api.unwatched();
    t.same([api.requests.length, changes.length], [asked, told], name);
  }
});

t.test('who listens for the state and throws stops nothing', async (t) => {
  let throwing = false;
  const { api, reflector, settled } = await follow(t, {
    onStatus: () => {
      if (throwing) throw new Error('not now');
    },
  });
  throwing = true;
  api.next('watch', fault.status(500));
  api.watches(path)[0]?.reset();
  api.unseen(() => api.put(tier('d')));
  await settled();
  throwing = false;
  await api.watching(path);
  api.put(tier('e'));
  await settled();
  t.equal(reflector.status().problem, undefined);
});

t.test('an object is the same from a list as from a watch, with all that nobody knows', async (t) => {
  const { api, settled, reflector } = await follow(t);
  const creationTimestamp = '2026-11-21T12:00:00Z';
  api.put({
    ...tier('d'),
    metadata: { name: 'd', creationTimestamp },
    spec: { order: 1, ofTomorrow: { deep: [null, 1.5] } },
  });
  await settled();
  const find = () => [...reflector.objects()].find(({ metadata }) => metadata.name === 'd');
  const followed = find();
  reflector.relist();
  await eventually(() => reflector.status().lists === 2 && reflector.status().watches === 2);
  t.match(followed, { metadata: { creationTimestamp }, spec: { ofTomorrow: { deep: [null, 1.5] } } });
  t.not(find(), followed, 'has come again');
  t.same(find(), followed);
});

t.test('hundreds of requests that are given up leave no socket behind', async (t) => {
  const warnings: Error[] = [];
  const warn = (warning: Error) => void warnings.push(warning);
  process.on('warning', warn);
  t.teardown(() => process.off('warning', warn));
  const { api, schedule, reflector, settled } = await follow(t);
  let most = 0;
  for (let round = 0; round < 400; round += 1) {
    const asked = Promise.withResolvers<void>();
    api.next(round % 2 ? 'list' : 'watch', () => asked.resolve());
    if (round % 2) reflector.relist();
    else api.watches(path)[0]?.end();
    await asked.promise;
    api.unseen(() => api.put(tier('a', round)));
    schedule.elapse(120_000);
    await settled();
    await api.watching(path);
    most = Math.max(most, api.sockets());
  }
  t.ok(most <= 4, `at most ${most} sockets at a time`);
  t.equal(api.watches().length, 1);
  t.same(warnings, [], 'such as of too many listeners');
});
