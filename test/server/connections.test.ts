import { once } from 'node:events';
import { Agent } from 'node:https';
import { connect as connectTcp } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import t from 'tap';
import type { Decision } from '../../src/admission/decision.ts';
import { issueAuthority, issueServing } from '../../src/certificates/issue.ts';
import { allowed, authority, call, now, review, startServer } from '../support/webhook-server.ts';

const never = new Promise<Decision>(() => {});
const issue = () => issueServing({ authority, hosts: ['127.0.0.1'], now, days: 1 });

/** A TLS connection to the server, with what it says until it ends. */
async function connect(port: number, options: object = {}) {
  const socket = connectTls({ port, host: '127.0.0.1', ca: authority.certificate, ...options });
  await once(socket, 'secureConnect');
  let said = '';
  socket.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  socket.on('error', () => {});
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  socket.once('close', () => resolve());
  return { socket, said: () => said, closed };
}

function serialOf(socket: TLSSocket): string {
  return socket.getPeerX509Certificate()?.serialNumber ?? '';
}

t.test('TLS 1.3 is spoken, and nothing older', async (t) => {
  const { port, lines } = await startServer(t);
  const { socket } = await connect(port);
  t.equal(socket.getProtocol(), 'TLSv1.3');
  socket.destroy();
  await t.rejects(connect(port, { maxVersion: 'TLSv1.2' }), { code: /PROTOCOL_VERSION/ });
  await t.rejects(connect(port, { maxVersion: 'TLSv1.2' }), { code: /PROTOCOL_VERSION/ });
  t.match(lines(), [{ level: 40, msg: 'TLS handshakes fail', failures: 1, from: '127.0.0.1' }]);
  t.equal(lines().length, 1, 'at most one line a minute');
});

t.test('certificates are swapped under load, and no request fails', async (t) => {
  const { port, certificates, send, lines } = await startServer(t);
  const pairs = await Promise.all(Array.from({ length: 20 }, issue));
  const serials = new Set<string>();
  const load = new AbortController();
  const seen = { answered: 0, failures: 0 };
  const ask = async (agent: Agent | false) => {
    while (!load.signal.aborted) {
      const answer = await send('/validate', { body: review(), agent }).catch(() => undefined);
      if (answer?.status === 200) seen.answered += 1;
      else seen.failures += 1;
    }
    if (agent) agent.destroy();
  };
  const resuming = new Agent({ keepAlive: false, maxCachedSessions: 10 });
  const clients = [
    ...Array.from({ length: 3 }, () => ask(new Agent({ keepAlive: true }))),
    ask(false),
    ask(resuming),
  ];
  for (const pair of pairs) {
    certificates.change(pair);
    const { socket } = await connect(port);
    serials.add(serialOf(socket));
    socket.destroy();
    const enough = seen.answered + 20;
    while (seen.answered < enough) await send('/livez');
  }
  load.abort();
  await Promise.all(clients);
  t.equal(seen.failures, 0);
  t.ok(seen.answered >= 400, `${seen.answered} answered`);
  t.equal(serials.size, 20, 'every certificate was served');
  t.same([...new Set(lines().map(({ msg }) => msg))], ['serving new certificates']);
});

t.test('a certificate that cannot be served leaves the former in use', async (t) => {
  const { port, certificates, lines } = await startServer(t);
  const before = await connect(port);
  const [one, other] = [await issue(), await issue()];
  certificates.change({ certificate: one.certificate, key: other.key });
  const after = await connect(port);
  t.equal(serialOf(after.socket), serialOf(before.socket));
  t.match(lines(), [{ level: 50, msg: 'new certificates cannot be served', err: { message: /mismatch/ } }]);
  for (const { socket } of [before, after]) socket.destroy();
});

t.test('old and new authority are both trusted while the certificate changes hands', async (t) => {
  const { port, certificates, send } = await startServer(t);
  const successor = await issueAuthority({ now, days: 1 });
  const bundles = [
    authority.certificate + successor.certificate,
    successor.certificate + authority.certificate,
  ];
  for (const ca of bundles) t.equal((await send('/livez', { ca, agent: false })).status, 200);
  certificates.change(await issueServing({ authority: successor, hosts: ['127.0.0.1'], now, days: 1 }));
  for (const ca of bundles) t.equal((await send('/livez', { ca, agent: false })).status, 200);
  await t.rejects(call(port, '/livez', { agent: false }), { code: /UNABLE|SELF_SIGNED/ });
});

t.test('a drain under load loses nothing', async (t) => {
  const slowly = async () => {
    await new Promise((resolve) => void setTimeout(resolve, 5));
    return allowed;
  };
  const reviewer = { validate: slowly, mutate: slowly };
  const known = Promise.withResolvers<void>();
  const [ending, staying] = [
    await startServer(t, { reviewer, pause: () => known.promise }),
    await startServer(t, { reviewer }),
  ];
  // As the API server does it: any endpoint for a new connection, and no other before that connection ends.
  let endpoints = [ending.port, staying.port];
  const failures: unknown[] = [];
  const served = new Map<number, number>();
  const asking = new Map<number, number>();
  const load = new AbortController();
  const client = async (index: number) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    let port: number | undefined;
    while (!load.signal.aborted) {
      port ??= endpoints[index % endpoints.length] ?? staying.port;
      asking.set(index, port);
      try {
        const { status, headers } = await call(port, '/validate?timeout=3s', { body: review(), agent });
        if (status !== 200) failures.push(status);
        served.set(port, (served.get(port) ?? 0) + 1);
        if (headers['connection'] === 'close') port = undefined;
      } catch (error) {
        failures.push(error);
        port = undefined;
      }
    }
    agent.destroy();
  };
  const clients = Array.from({ length: 12 }, (_, index) => client(index));
  while ((served.get(ending.port) ?? 0) < 50) await staying.send('/livez');
  const before = served.get(ending.port) ?? 0;
  const drained = ending.server.drain();
  t.equal(ending.server.drain(), drained, 'a second call waits for the same end');
  const readiness = await ending.send('/readyz', { agent: false });
  t.match(readiness, { status: 503, text: /\[-\] shutdown: the server is ending\nnot ready\n$/ });
  t.equal((await ending.send('/livez', { agent: false })).status, 200, 'ending is no reason to be restarted');
  endpoints = [staying.port];
  while ([...asking.values()].includes(ending.port)) await staying.send('/livez');
  known.resolve(); // by its answers: nobody asks it any more
  await drained;
  const after = served.get(staying.port) ?? 0;
  while ((served.get(staying.port) ?? 0) < after + 50) await staying.send('/livez');
  load.abort();
  await Promise.all(clients);
  t.same(failures, []);
  t.ok((served.get(ending.port) ?? 0) > before, 'it went on answering while the news spread');
  await t.rejects(call(ending.port, '/livez', { agent: false }), { code: 'ECONNREFUSED' });
});

t.test('a drain does not wait for ever', async (t) => {
  const arrived = Promise.withResolvers<void>();
  const { server, send } = await startServer(t, {
    reviewer: {
      validate: () => {
        arrived.resolve();
        return never;
      },
      mutate: () => never,
    },
    limits: { drainLagMs: 1, drainPatienceMs: 50 },
  });
  const lost = t.rejects(send('/validate', { body: review() }), { code: 'ECONNRESET' });
  await arrived.promise;
  await server.drain();
  await lost;
});

t.test('a server that is closed answers what is in flight, and keeps no connection', async (t) => {
  const gate = Promise.withResolvers<Decision>();
  const arrived = Promise.withResolvers<void>();
  const { server, send } = await startServer(t, {
    reviewer: {
      validate: async () => {
        arrived.resolve();
        return gate.promise;
      },
      mutate: async () => allowed,
    },
  });
  const answer = send('/validate', { body: review() });
  await arrived.promise;
  const closed = server.close();
  gate.resolve(allowed);
  t.match(await answer, { status: 200, headers: { connection: 'close' } });
  await closed;
});

t.test('a server that is closed does not wait for those who never ask', async (t) => {
  const { port, server, send } = await startServer(t);
  await send('/livez');
  const silent = connectTcp(port, '127.0.0.1');
  silent.on('error', () => {});
  const silenced = new Promise<void>((resolve) => void silent.once('close', () => resolve()));
  await once(silent, 'connect');
  const unused = await connect(port);
  await server.close();
  await Promise.all([silenced, unused.closed]);
  t.equal(unused.said(), '');
});

t.test('those who are slow on purpose are cut off', async (t) => {
  const { port, send, server } = await startServer(t, {
    limits: { handshakeMs: 500, headersMs: 500, requestMs: 700, checkEveryMs: 50 },
  });
  const silent = connectTcp(port, '127.0.0.1');
  const loris = await connect(port);
  loris.socket.write('POST /validate HTTP/1.1\r\nHost: x\r\nX-A: ');
  const half = await connect(port);
  half.socket.write(
    'POST /validate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"kind":',
  );
  silent.on('error', () => {});
  await Promise.all([once(silent, 'close'), loris.closed, half.closed]);
  t.match(loris.said(), /^HTTP\/1.1 408 Request Timeout/);
  t.match(half.said(), /^HTTP\/1.1 408 Request Timeout/);
  t.equal(server.inFlight(), 0, 'and take no place');
  t.equal((await send('/validate', { body: review() })).status, 200);
});

t.test('who leaves before the answer takes no place either', async (t) => {
  const arrived = Promise.withResolvers<void>();
  const { port, server, send } = await startServer(t, {
    reviewer: {
      validate: () => {
        arrived.resolve();
        return never;
      },
      mutate: async () => allowed,
    },
    limits: { reviews: 1 },
  });
  const { socket, closed } = await connect(port);
  const body = review();
  socket.write(
    `POST /validate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
  await arrived.promise;
  t.equal(server.inFlight(), 1);
  socket.destroy();
  await closed;
  while (server.inFlight() > 0) await send('/livez');
  t.equal((await send('/mutate', { body })).status, 200);
});

t.test(
  'no more connections than there is memory for: one that never asked anything makes room',
  async (t) => {
    const { port, server } = await startServer(t, { limits: { connections: 2 } });
    const [first, second] = [await connect(port), await connect(port)];
    const third = await connect(port);
    await first.closed;
    t.equal(server.closedForRoom(), 1);
    for (const { socket } of [second, third]) socket.destroy();
  },
);

/** Sends a review over an open connection and waits until its answer has arrived. */
async function ask({ socket, said }: Awaited<ReturnType<typeof connect>>, body = review()) {
  const before = said().length;
  socket.write(
    `POST /validate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
  while (!said().slice(before).includes('"uid"')) await once(socket, 'data');
  return said().slice(before);
}

t.test('one address leaves room for others, whose reviews are answered', async (t) => {
  const { port, server } = await startServer(t, { limits: { connections: 8, connectionsOfOneAddress: 6 } });
  const apiServer = await connect(port, { localAddress: '127.0.0.2' });
  await ask(apiServer);
  const strangers = [];
  for (let index = 0; index < 12; index += 1) strangers.push(await connect(port));
  const again = await connect(port, { localAddress: '127.0.0.2' });
  t.match(await ask(apiServer), /^HTTP\/1.1 200/, 'its open connection is still there');
  t.match(await ask(again), /^HTTP\/1.1 200/, 'and it gets another one');
  t.equal(server.closedForRoom(), 6);
  for (const { socket } of [apiServer, again, ...strangers]) socket.destroy();
});

t.test('strangers whose reviews are readable take no more than their share', async (t) => {
  const { port } = await startServer(t, { limits: { connections: 6, connectionsOfOneAddress: 6 } });
  const strangers = [];
  for (let index = 0; index < 6; index += 1) {
    const stranger = await connect(port);
    await ask(stranger);
    strangers.push(stranger);
  }
  const apiServer = await connect(port, { localAddress: '127.0.0.2' });
  t.match(await ask(apiServer), /^HTTP\/1.1 200/);
  for (const { socket } of [apiServer, ...strangers]) socket.destroy();
});

t.test('a connection stays open only once it has carried a readable review', async (t) => {
  const { send } = await startServer(t);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  t.teardown(() => agent.destroy());
  const rows = [
    ['/livez', {}, 'close'],
    ['/validate', { body: '{}' }, 'close'],
    ['/nothing', {}, 'close'],
    ['/validate', { body: review() }, 'keep-alive'],
    ['/livez', {}, 'keep-alive'],
  ] as const;
  for (const [path, sent, connection] of rows)
    t.equal((await send(path, { ...sent, agent })).headers['connection'], connection, path);
});

t.test('what is no HTTP does no harm', async (t) => {
  const { port, send } = await startServer(t);
  const odd = await connect(port);
  odd.socket.write('\0\0 not http\r\n\r\n');
  await odd.closed;
  t.match(odd.said(), /^HTTP\/1.1 400/);
  t.equal((await send('/livez')).status, 200);
});
