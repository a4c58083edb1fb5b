import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import t from 'tap';
import { createFakeApiServer, fault, type FakeApiServer } from '../support/fake-api-server.ts';
import { follow, path, tier, tiers, watchIt, type Followed } from '../support/followed-tiers.ts';

t.test('lists, then follows', async (t) => {
  const { api, reflector, settled, changes, schedule } = await follow(t);
  t.same(reflector.status(), {
    synced: true,
    absent: false,
    problem: undefined,
    objects: 3,
    syncedAt: schedule.now(),
    lastEventAt: undefined,
    lastContactAt: schedule.now(),
    lists: 1,
    watches: 1,
  });
  const [listed, opened] = api.requests;
  t.equal(listed?.query.get('limit'), '500');
  t.same(Object.fromEntries(opened?.query ?? []), {
    watch: 'true',
    allowWatchBookmarks: 'true',
    resourceVersion: '1003',
    timeoutSeconds: '300',
  });
  t.equal(listed?.headers['user-agent'], 'test');
  api.put(tier('d'));
  await settled();
  api.put(tier('a', 2));
  await settled();
  api.remove(tier('b'));
  await settled();
  t.same(changes, [
    { put: 3, remove: 0 },
    { put: 1, remove: 0 },
    { put: 1, remove: 0 },
    { put: 0, remove: 1 },
  ]);
  t.same(
    [...reflector.objects()].map(({ apiVersion, kind, metadata, spec }) => [
      apiVersion,
      kind,
      metadata.name,
      spec,
    ]),
    [
      ['example.dev/v1', 'Tier', 'a', { order: 2 }],
      ['example.dev/v1', 'Tier', 'c', { order: 1 }],
      ['example.dev/v1', 'Tier', 'd', { order: 1 }],
    ],
  );
  t.equal(reflector.status().lastEventAt, schedule.now());
  t.same(schedule.pauses, []);
});

t.test(
  'what breaks a watch, and what happens meanwhile, is made good without reading all again',
  async (t) => {
    const breaks: Record<string, (followed: Followed) => Promise<void> | void> = {
      'a TCP reset': ({ api }) => api.watches(path)[0]?.reset(),
      'a clean end': ({ api }) => api.watches(path)[0]?.end(),
      'half an event': ({ api }) => {
        api.watches(path)[0]?.write('{"type":"ADDED","object":{"apiVersion":"example.dev/v1","kind":"Ti');
        api.watches(path)[0]?.end();
      },
      'HTTP 500 on the next watch, twice': ({ api }) => {
        api.next('watch', fault.status(500), fault.status(500));
        api.watches(path)[0]?.reset();
      },
      'a reset of the next watch before it answers': ({ api }) => {
        api.next('watch', fault.reset, fault.reset);
        api.watches(path)[0]?.end();
      },
      'a gateway that answers with a page': ({ api }) => {
        api.next('watch', (response) => void response.writeHead(502).end('<h1>Bad Gateway</h1>'));
        api.watches(path)[0]?.reset();
      },
      silence: async ({ api, schedule }) => {
        const again = api.seen('watch');
        schedule.elapse(120_000);
        await again;
      },
    };
    for (const [name, breakIt] of Object.entries(breaks)) {
      const followed = await follow(t);
      const { api, reflector, settled, copy } = followed;
      api.unseen(() => {
        api.put(tier('while it was broken'), tier('a', 2));
        api.remove(tier('c'));
      });
      await breakIt(followed);
      await settled();
      t.same(Object.keys(copy()), ['a', 'b', 'while it was broken'], name);
      t.equal(reflector.status().lists, 1, `${name}: resumed`);
      await api.watching(path);
      api.put(tier('afterwards'));
      await settled();
      t.equal(reflector.status().problem, undefined);
    }
  },
);

t.test('what makes the copy doubtful has all of it read again, and only differences told', async (t) => {
  const doubts: Record<string, (followed: Followed) => void> = {
    'a version that is gone (410 in the stream)': ({ api }) => {
      api.compact();
      api.watches(path)[0]?.end();
    },
    'a version that is gone (HTTP 410)': ({ api }) => {
      api.next('watch', fault.status(410));
      api.watches(path)[0]?.reset();
    },
    '410, and HTTP 500 to the list that follows': ({ api }) => {
      api.next('list', fault.status(500), fault.reset, fault.body('{"kind":'), fault.body('{}'));
      api.compact();
      api.watches(path)[0]?.end();
    },
    'a line of garbage': ({ api }) => api.watches(path)[0]?.write('}{ garbage\n'),
    'a line that is JSON, but no event': ({ api }) => api.watches(path)[0]?.write('"ADDED"\n'),
    'an event of a type nobody knows': ({ api }) =>
      api.watches(path)[0]?.write(`${JSON.stringify({ type: 'SHRUNK', object: tier('x') })}\n`),
    'an event without an object': ({ api }) => api.watches(path)[0]?.write('{"type":"ADDED","object":{}}\n'),
    'an event without a version': ({ api }) =>
      api.watches(path)[0]?.write(`${JSON.stringify({ type: 'ADDED', object: tier('x') })}\n`),
    'a version that the API server refuses three times': ({ api }) => {
      const ahead = { kind: 'Status', code: 504, reason: 'Timeout', message: 'Too large resource version' };
      const event = fault.body(`${JSON.stringify({ type: 'ERROR', object: ahead })}\n`);
      api.next('watch', event, event, event);
      api.watches(path)[0]?.end();
    },
  };
  for (const [name, doubt] of Object.entries(doubts)) {
    const followed = await follow(t);
    const { api, reflector, settled, copy, changes } = followed;
    api.unseen(() => {
      api.put(tier('while it was broken'));
      api.remove(tier('c'));
    });
    doubt(followed);
    await settled();
    t.same(Object.keys(copy()), ['a', 'b', 'while it was broken'], name);
    t.same(changes.slice(1), [{ put: 1, remove: 1 }], `${name}: only the differences`);
    t.ok(reflector.status().lists > 1, `${name}: read again`);
    await api.watching(path);
    api.put(tier('afterwards'));
    await settled();
    t.equal(reflector.status().problem, undefined);
  }
});

t.test('events before an error are taken in', async (t) => {
  const { api, settled, until, changes } = await follow(t);
  const line = (type: string, object: object) => `${JSON.stringify({ type, object })}\n`;
  const last = { ...tier('last'), metadata: { name: 'last', resourceVersion: '1004' } };
  const gone = { kind: 'Status', code: 410, message: 'too old resource version' };
  api.watches(path)[0]?.write(line('ADDED', last) + line('ERROR', gone));
  await until(() => changes.length > 1);
  t.same(changes[1], { put: 1, remove: 0 });
  await settled();
  t.same(changes[2], { put: 0, remove: 1 }, 'the list does not have it');
});

t.test('an event in several pieces, and several in one', async (t) => {
  const { api, until, copy } = await follow(t);
  const event = (name: string, version: number) => ({
    type: 'ADDED',
    object: { ...tier(name), metadata: { name, resourceVersion: String(version) } },
  });
  const text = [event('d', 1004), event('Köln', 1005), event('e', 1006)]
    .map((one) => JSON.stringify(one))
    .join('\n');
  const [watch] = api.watches(path);
  for (const piece of `${text}\n`.match(/[^]{1,40}/g) ?? []) watch?.write(piece);
  await until(() => Object.hasOwn(copy(), 'e'));
  t.same(Object.keys(copy()), ['Köln', 'a', 'b', 'c', 'd', 'e'].sort());
});

t.test('an object that comes and goes within one packet leaves no trace', async (t) => {
  const { api, until, changes } = await follow(t);
  const line = (type: string, name: string, version: number) =>
    `${JSON.stringify({ type, object: { ...tier(name), metadata: { name, resourceVersion: `${version}` } } })}\n`;
  api
    .watches(path)[0]
    ?.write(
      line('ADDED', 'brief', 1004) +
        line('DELETED', 'brief', 1005) +
        line('DELETED', 'a', 1006) +
        line('ADDED', 'a', 1007),
    );
  await until(() => changes.length > 1);
  t.same(changes[1], { put: 1, remove: 0 });
});

t.test('a long list comes in pages, of one moment', async (t) => {
  const many = Array.from({ length: 1203 }, (_, index) => tier(`tier-${String(index).padStart(4, '0')}`));
  const begin = async () => {
    const api = await createFakeApiServer();
    api.serve(tiers);
    api.put(...many);
    return api;
  };
  await t.test('nothing happens between them', async (t) => {
    const api = await begin();
    const { settled, changes } = await watchIt(t, api);
    await settled();
    t.equal(api.requests.filter(({ type }) => type === 'list').length, 3);
    t.same(changes, [{ put: 1203, remove: 0 }], 'told at once');
  });
  await t.test('objects come, change and go between them', async (t) => {
    const api = await begin();
    const meddle = (round: number) =>
      fault.meanwhile(() => {
        api.put(tier(`new-${round}`), tier('tier-0001', round), tier('tier-1200', round));
        api.remove(tier(`tier-000${round}`));
        api.remove(tier(`tier-119${round}`));
      });
    api.next('list', meddle(3), meddle(4), meddle(5));
    const { settled, reflector } = await watchIt(t, api);
    await settled();
    t.equal(reflector.status().lists, 1);
    t.equal(reflector.status().objects, 1200);
  });
  await t.test('the moment is forgotten between them', async (t) => {
    const api = await begin();
    const forget = fault.meanwhile(() => {
      api.remove(tier('tier-0001'));
      api.compact();
    });
    api.next(
      'list',
      fault.meanwhile(() => {}),
      forget,
    );
    const { settled, reflector } = await watchIt(t, api);
    await settled();
    t.same(
      api.requests.filter(({ type }) => type === 'list').map(({ query }) => query.get('limit')),
      ['500', '500', null],
      'read again in one piece',
    );
    t.equal(reflector.status().objects, 1202);
  });
  await t.test('the second page never comes', async (t) => {
    const api = await begin();
    const second = Promise.withResolvers<void>();
    api.next(
      'list',
      fault.meanwhile(() => {}),
      () => second.resolve(),
    );
    const { settled, schedule, problems } = await watchIt(t, api);
    await second.promise;
    schedule.elapse(60_000);
    await settled();
    t.same(problems, ['the API server sent no list for 60 s']);
  });
});

t.test('waits longer and longer, but as long as the API server asks for', async (t) => {
  const api = await createFakeApiServer();
  api.serve(tiers);
  api.put(tier('a'));
  api.next('list', ...Array.from({ length: 8 }, () => fault.status(503)));
  const { settled, schedule, problems, reflector } = await watchIt(t, api);
  await settled();
  t.same(
    schedule.pauses,
    [400, 800, 1600, 3200, 6400, 12_800, 15_000, 15_000],
    'the shortest that chance allows',
  );
  t.same(problems, ['it does not work']);
  t.equal(reflector.status().problem, undefined);

  const patient = await follow(t);
  patient.api.next('watch', fault.status(429, { 'retry-after': '7' }));
  patient.api.watches(path)[0]?.reset();
  patient.api.unseen(() => patient.api.put(tier('d')));
  await patient.settled();
  t.same(patient.schedule.pauses, [400, 7000]);
});

t.test(
  'a watch that ends at once, again and again, is no busy loop; one that lasted is resumed at once',
  async (t) => {
    const { api, schedule, until, reflector, settled } = await follow(t);
    api.next('watch', ...Array.from({ length: 4 }, () => fault.body('')));
    api.watches(path)[0]?.end();
    await until(() => reflector.status().watches === 1);
    while (reflector.status().watches < 6) await api.seen('watch');
    t.same(schedule.pauses, [400, 800, 1600, 3200, 6400]);
    const open = await api.watching(path);
    api.put(tier('d'));
    await settled();
    schedule.elapse(5000);
    const again = api.seen('watch');
    open.end();
    await again;
    t.equal(schedule.pauses.length, 5);
  },
);

t.test('what an outage has made too old is read again as soon as the API server is back', async (t) => {
  const { api, schedule, settled, reflector } = await follow(t);
  api.unseen(() => api.put(tier('d')));
  api.compact();
  api.next('watch', fault.reset, fault.reset, fault.reset);
  api.watches(path)[0]?.reset();
  await settled();
  t.same(schedule.pauses, [400, 800, 1600, 3200], 'no pause after the 410');
  t.equal(reflector.status().lists, 2);
  const again = await follow(t);
  again.api.next('watch', fault.status(410), fault.status(410), fault.status(410));
  again.api.unseen(() => again.api.put(tier('d')));
  again.api.watches(path)[0]?.end();
  await again.settled();
  await again.api.watching(path);
  t.same(again.schedule.pauses, [400, 800, 1600], 'but no busy loop of lists');
});

t.test('bookmarks move the version on, so that a quiet collection is not read again', async (t) => {
  const { api, reflector, settled } = await follow(t);
  api.serve({ ...tiers, resource: 'others', kind: 'Other' });
  for (let i = 0; i < 50; i += 1) api.put({ ...tier('busy', i), kind: 'Other' });
  const before = reflector.status().lastEventAt;
  api.bookmark();
  api.compact();
  const again = api.seen('watch');
  api.watches(path)[0]?.end();
  t.equal((await again).query.get('resourceVersion'), '1053');
  t.equal(before, undefined);
  t.equal(reflector.status().lists, 1);
  api.remove({ ...tier('busy'), kind: 'Other' });
  api.put(tier('d'));
  await settled();
});

t.test('a collection that is not served', async (t) => {
  await t.test('is an empty one, if it may be missing', async (t) => {
    const { api, until, reflector, settled, copy, problems } = await follow(t, { optional: true });
    api.withdraw('example.dev');
    await until(() => reflector.status().absent);
    t.same(copy(), {});
    t.ok(reflector.status().synced);
    api.serve(tiers);
    api.put(tier('back'));
    await settled();
    t.notOk(reflector.status().absent);
    t.same(problems, ['the server could not find the requested resource']);
  });
  await t.test('is a fault otherwise, and what is known stays', async (t) => {
    const { api, reflector, copy } = await follow(t);
    api.withdraw('example.dev');
    await api.seen('list');
    await api.seen('list');
    t.same(Object.keys(copy()), ['a', 'b', 'c']);
    t.match(reflector.status(), {
      absent: false,
      problem: 'the server could not find the requested resource',
    });
  });
  await t.test('is looked for again on demand', async (t) => {
    const api = await createFakeApiServer();
    const { reflector, until, settled } = await watchIt(t, api, { optional: true });
    await until(() => reflector.status().absent);
    api.serve(tiers);
    api.put(tier('a'));
    reflector.relist();
    await settled();
  });
});

t.test('who may not read is told why, and keeps trying', async (t) => {
  const api = await createFakeApiServer();
  api.serve(tiers);
  api.put(tier('a'));
  api.next(
    'list',
    fault.status(403, {}, 'tiers.example.dev is forbidden: User "x" cannot list resource "tiers"'),
  );
  const { settled, problems, reflector } = await watchIt(t, api);
  t.notOk(reflector.status().synced);
  await settled();
  t.same(problems, ['tiers.example.dev is forbidden: User "x" cannot list resource "tiers"']);
});

t.test('objects that are not kept', async (t) => {
  const { api, settled, until, copy, reflector } = await follow(t, {
    project: (object) => ((object.spec as { order: number }).order < 5 ? object : undefined),
  });
  api.put(tier('a', 9), tier('d', 9));
  await until(() => !Object.hasOwn(copy(), 'a'));
  t.same(Object.keys(copy()), ['b', 'c'], 'one that is no longer kept is gone');
  api.remove(tier('d', 9));
  api.put(tier('a', 1));
  await settled();
  t.equal(reflector.status().objects, 3);
});

t.test('a receiver that throws gets the change again', async (t) => {
  let throwing = false;
  const { api, settled, until, reflector, changes } = await follow(t, {
    onChange: () => {
      if (!throwing) return;
      throwing = false;
      throw new Error('full');
    },
  });
  throwing = true;
  api.put(tier('d'));
  await settled();
  await until(() => reflector.status().problem === undefined);
  t.same(changes.slice(1), [{ put: 1, remove: 0 }]);
});

/** Bytes of the heap that are still in use after a collection. */
function residentHeap(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}

t.test('a thousand reconnects leave nothing behind', async (t) => {
  const warnings: Error[] = [];
  const warn = (warning: Error) => void warnings.push(warning);
  process.on('warning', warn);
  t.teardown(() => process.off('warning', warn));
  const { api, changes, settled, reflector, schedule } = await follow(t);
  /** What the test itself has written down is no leak. */
  const used = () => {
    for (const record of [api.requests, changes] as unknown[][]) record.length = 0;
    return residentHeap();
  };
  let most = 0;
  let usual = 0;
  for (let round = 0; round < 1000; round += 1) {
    if (round === 100) usual = used();
    const watch = await api.watching(path);
    if (round % 2 === 0) watch.reset();
    else watch.end();
    api.put(tier('a', round));
    await settled();
    most = Math.max(most, api.sockets());
  }
  await api.watching(path);
  const grown = (used() - usual) / 900;
  // The history that the fake API server keeps for its watches is half of it; a socket would be tens of thousands.
  t.ok(grown < 2000, `${Math.round(grown)} bytes a reconnect`);
  t.ok(most <= 3, `at most ${most} sockets at a time`);
  t.equal(api.watches().length, 1);
  t.equal(reflector.status().lists, 1);
  t.equal(reflector.status().watches, 1001);
  t.same(warnings, [], 'such as of too many listeners');
  t.ok(
    schedule.pauses.every((pause) => pause === 400),
    'each event shows that all is well again',
  );
});

t.test('after its end it asks for nothing more', async (t) => {
  const { api, reflector, schedule } = await follow(t);
  await reflector.close();
  const before = api.requests.length;
  api.put(tier('d'));
  schedule.elapse(1_000_000);
  reflector.relist();
  await api.unwatched();
  t.equal(api.requests.length, before);
});

t.test('a collection as a stream', async (t) => {
  const asked = (api: FakeApiServer) =>
    api.requests.map(({ type, query }) => `${type}${query.has('sendInitialEvents') ? ' as a stream' : ''}`);
  const streaming = async (isStreaming: boolean) => {
    const api = await createFakeApiServer();
    api.streaming(isStreaming);
    api.serve(tiers);
    api.put(tier('a'), tier('b'), tier('c'));
    return api;
  };
  await t.test('is read where the API server offers it', async (t) => {
    const api = await streaming(true);
    const { settled, reflector, changes } = await watchIt(t, api, { streams: true });
    await settled();
    await api.watching(path);
    t.same(asked(api), ['list as a stream', 'watch']);
    t.same(changes, [{ put: 3, remove: 0 }]);
    t.ok(reflector.status().synced);
    api.put(tier('d'));
    await settled();
    api.unseen(() => {
      api.remove(tier('a'));
      api.put(tier('e'));
    });
    reflector.relist();
    await settled();
    t.same(asked(api).slice(2), ['list as a stream']);
    t.same(changes.at(-1), { put: 1, remove: 1 });
  });
  await t.test('is read in pages where it does not, and that is asked once', async (t) => {
    const api = await streaming(false);
    const { settled, reflector } = await watchIt(t, api, { streams: true });
    await settled();
    await api.watching(path);
    api.unseen(() => api.put(tier('e')));
    reflector.relist();
    await settled();
    t.same(
      asked(api).filter((what) => what !== 'watch'),
      ['list as a stream', 'list', 'list'],
    );
  });
  await t.test('shows what happens meanwhile too, and counts for nothing without its end', async (t) => {
    const line = (type: string, name: string, version: number, annotations = {}) => {
      const metadata = { name, resourceVersion: String(version), annotations };
      return `${JSON.stringify({ type, object: { ...tier(name), metadata } })}\n`;
    };
    const events = [
      ['ADDED', 'x'],
      ['ADDED', 'y'],
      ['DELETED', 'x'],
      ['MODIFIED', 'y'],
    ] as const;
    const begun = events.map(([type, name], index) => line(type, name, index + 1)).join('');
    const whole = begun + line('BOOKMARK', '', 5, { 'k8s.io/initial-events-end': 'true' });
    const api = await streaming(true);
    api.next('list', fault.body(whole));
    const { reflector, until, copy } = await watchIt(t, api, { streams: true });
    await until(() => reflector.status().synced);
    t.same(copy(), { y: '4' });

    const broken = await streaming(true);
    broken.next('list', fault.body(begun));
    const { settled } = await watchIt(t, broken, { streams: true });
    await settled();
    t.same(asked(broken).slice(0, 2), ['list as a stream', 'list']);
  });
  await t.test('that has no end is given up', async (t) => {
    const api = await streaming(true);
    api.next('list', (response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
    });
    const seen = api.seen('list');
    const { settled, schedule } = await watchIt(t, api, { streams: true });
    await seen;
    schedule.elapse(30_000);
    await settled();
    t.same(asked(api).slice(0, 2), ['list as a stream', 'list']);
  });
});
