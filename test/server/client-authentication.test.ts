import { Agent } from 'node:https';
import type { FastifyRequest } from 'fastify';
import { pino } from 'pino';
import t, { type Test } from 'tap';
import { issueAuthority, issueClient } from '../../src/certificates/issue.ts';
import { createClientAuthentication } from '../../src/server/connections/client-authentication.ts';
import { now, review, startServer } from '../support/webhook-server.ts';

const [trusted, other] = await Promise.all([1, 2].map(() => issueAuthority({ now, days: 1 })));
if (!trusted || !other) throw new Error('there is no authority');
const [apiServer, kubelet, stranger] = await Promise.all([
  issueClient({ authority: trusted, name: 'kube-apiserver', now, days: 1 }),
  issueClient({ authority: trusted, name: 'system:node:a', now, days: 1 }),
  issueClient({ authority: other, name: 'kube-apiserver', now, days: 1 }),
]);

const turnedAway = { reason: 'Unauthorized', message: 'this client may not ask for reviews' };

async function guarded(t: Test, names?: readonly string[]) {
  const listeners = new Set<(pem: string) => void>();
  let current = trusted?.certificate ?? '';
  const started = await startServer(t, {
    clients: {
      authorities: {
        current: () => current,
        onChange: (listener) => {
          listeners.add(listener);
          return () => void listeners.delete(listener);
        },
      },
      ...(names ? { names } : {}),
    },
  });
  /** What somebody with that certificate is answered, on a connection of their own. */
  const as = async (client: typeof apiServer | undefined, path = '/validate') => {
    const shown = client ? { cert: client.certificate, key: client.key } : {};
    const body = path === '/validate' ? { body: review() } : {};
    return started.send(path, { ...body, ...shown, agent: false });
  };
  const trust = (pem: string) => {
    current = pem;
    for (const listener of listeners) listener(pem);
  };
  return { ...started, as, trust };
}

t.test('only who shows a certificate of the authority is answered', async (t) => {
  const { as, lines } = await guarded(t);
  t.equal((await as(apiServer)).status, 200);
  const nobody = await as(undefined);
  t.equal(nobody.status, 401);
  t.match(JSON.parse(nobody.text), turnedAway);
  const other = await as(stranger);
  t.equal(other.status, 401, 'one of another authority is none');
  t.equal(other.text, nobody.text, 'nobody learns what is wrong');
  t.equal((await as(undefined, '/readyz')).status, 200, 'probes show none');
  t.match(lines(), [
    { level: 40, msg: 'a client may not ask for reviews', turnedAway: 1, reason: 'no client certificate' },
  ]);
  t.equal(lines().length, 1, 'at most one line a minute');
});

t.test('a cluster’s authority signs others too, so names can be told', async (t) => {
  const { as, lines } = await guarded(t, ['kube-apiserver']);
  t.equal((await as(apiServer)).status, 200);
  const node = await as(kubelet);
  t.equal(node.status, 401);
  t.match(JSON.parse(node.text), turnedAway);
  t.match(lines(), [
    { reason: 'client certificate of "system:node:a", which is not among the client names' },
  ]);
});

t.test('only clients that are let in, and the same host, see what readiness depends on', async (t) => {
  const { as } = await guarded(t);
  t.match(await as(undefined, '/readyz?verbose'), { text: /\[\+\] view: 3 objects/ }, 'over loopback');
  const { maySeeDetails } = createClientAuthentication(
    ['kube-apiserver'],
    pino({ level: 'silent' }),
    () => 0,
  );
  const from = (remoteAddress: string, name?: string) => {
    const certificate = name === undefined ? {} : { subject: { CN: name } };
    const socket = { remoteAddress, authorized: name !== undefined, getPeerCertificate: () => certificate };
    return maySeeDetails({ raw: { socket } } as unknown as FastifyRequest);
  };
  const rows = [
    [true, '127.0.0.1'],
    [true, '::ffff:127.0.0.1'],
    [true, '::1'],
    [false, '192.0.2.1'],
    [false, '::ffff:192.0.2.1'],
    [false, '2001:db8::127'],
    [true, '192.0.2.1', 'kube-apiserver'],
    [false, '192.0.2.1', 'system:node:a'],
  ] as const;
  for (const [expected, address, name] of rows)
    t.equal(from(address, name), expected, `${address} as ${name ?? 'nobody'}`);
});

t.test('a connection stays known over its requests, and its certificate over a resumption', async (t) => {
  const { send } = await guarded(t, ['kube-apiserver']);
  const shown = { cert: apiServer.certificate, key: apiServer.key };
  const kept = new Agent({ keepAlive: true, maxSockets: 1 });
  const resumed = new Agent({ keepAlive: false, maxCachedSessions: 10 });
  t.teardown(() => kept.destroy());
  for (const agent of [kept, kept, resumed, resumed, resumed])
    t.equal((await send('/validate', { body: review(), ...shown, agent })).status, 200);
});

t.test('other authorities may take their place while the server runs', async (t) => {
  const { as, trust, lines } = await guarded(t);
  trust(`${trusted?.certificate}${other?.certificate}`);
  t.equal((await as(apiServer)).status, 200);
  t.equal((await as(stranger)).status, 200);
  trust(other?.certificate ?? '');
  t.equal((await as(apiServer)).status, 401);
  t.equal((await as(stranger)).status, 200);
  t.same(
    lines().map(({ msg }) => msg),
    ['serving new certificates', 'serving new certificates', 'a client may not ask for reviews'],
  );
});

t.test('without an authority nobody is asked', async (t) => {
  const { send } = await startServer(t);
  t.equal((await send('/validate', { body: review() })).status, 200);
});
