import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { issueAuthority, issueClient, issueServing } from '../../src/certificates/issue.ts';
import { ApiError, UnreadableAnswer } from '../../src/cluster/connection/api-error.ts';
import { connect } from '../../src/cluster/connection.ts';
import { connectFromPod } from '../../src/cluster/connection/pod-connection.ts';
import { createFakeApiServer, fault } from '../support/fake-api-server.ts';

const now = new Date();
const authority = await issueAuthority({ now, days: 1 });
const [serving, client] = await Promise.all([
  issueServing({ authority, hosts: ['127.0.0.1'], now, days: 1 }),
  issueClient({ authority, name: 'admin', now, days: 1 }),
]);
const signal = new AbortController().signal;

/** A fake API server with TLS, and a kubeconfig file that knows it. */
async function clusterOf(t: Test, user: object, cluster: object = {}) {
  const api = await createFakeApiServer({
    cert: serving.certificate,
    key: serving.key,
    ca: authority.certificate,
    requestCert: true,
    rejectUnauthorized: false,
  });
  t.teardown(() => api.close());
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const kubeconfig = join(t.testdir(), 'config');
  const file = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'fake',
        cluster: { server: api.url, 'certificate-authority-data': base64(authority.certificate), ...cluster },
      },
    ],
    users: [{ name: 'me', user }],
    contexts: [
      { name: 'fake', context: { cluster: 'fake', user: 'me' } },
      { name: 'lost', context: { cluster: 'elsewhere', user: 'me' } },
    ],
    'current-context': 'fake',
  };
  await writeFile(kubeconfig, JSON.stringify(file));
  return { api, kubeconfig };
}

t.test('a token and the authority of a kubeconfig', async (t) => {
  const { api, kubeconfig } = await clusterOf(t, { token: 'secret' });
  api.document('/version', { major: '1', minor: '36' });
  const connection = await connect({ kubeconfig, userAgent: 'tollgate/1.0' });
  t.teardown(() => connection.close());
  t.same(await connection.json('GET', '/version', { signal }), { major: '1', minor: '36' });
  t.match(api.requests[0]?.headers, {
    authorization: 'Bearer secret',
    'user-agent': 'tollgate/1.0',
    accept: 'application/json',
  });
});

t.test('a client certificate', async (t) => {
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const { api, kubeconfig } = await clusterOf(t, {
    'client-certificate-data': base64(client.certificate),
    'client-key-data': base64(client.key),
  });
  const seen = Promise.withResolvers<string>();
  api.next('other', (response) => {
    const socket = response.socket as unknown as {
      getPeerX509Certificate: () => { subject: string } | undefined;
    };
    seen.resolve(socket.getPeerX509Certificate()?.subject ?? 'nobody');
    response.end('{}');
  });
  const connection = await connect({ kubeconfig, userAgent: 'test' });
  t.teardown(() => connection.close());
  await connection.json('GET', '/version', { signal });
  t.equal(await seen.promise, 'CN=admin');
});

t.test('a server of another authority is refused', async (t) => {
  const other = await issueAuthority({ now, days: 1 });
  const { kubeconfig } = await clusterOf(
    t,
    {},
    { 'certificate-authority-data': Buffer.from(other.certificate).toString('base64') },
  );
  const connection = await connect({ kubeconfig, userAgent: 'test' });
  t.teardown(() => connection.close());
  await t.rejects(connection.json('GET', '/version', { signal }), {
    message: /self-signed certificate|unable to verify/,
  });
});

t.test('what cannot be connected to is said at once', async (t) => {
  const { kubeconfig } = await clusterOf(t, {});
  await t.rejects(connect({ kubeconfig, context: 'lost', userAgent: 'test' }), {
    message: `${kubeconfig} names no cluster for the context "lost"`,
  });
  await t.rejects(connect({ kubeconfig, context: 'none', userAgent: 'test' }), {
    message: `${kubeconfig} names no cluster for the context "none"`,
  });
  await t.rejects(connect({ kubeconfig: `${kubeconfig}.missing`, userAgent: 'test' }), {
    code: 'ERR_NO_CLUSTER',
    message: `there is no kubeconfig file ${kubeconfig}.missing`,
  });
  await writeFile(`${kubeconfig}.broken`, 'clusters: [\n');
  await t.rejects(connect({ kubeconfig: `${kubeconfig}.broken`, userAgent: 'test' }), {
    code: 'ERR_NO_CLUSTER',
    message: /^the kubeconfig file \S+\.broken cannot be read: [^\n]+$/,
  });
});

t.test('a pod knows its cluster by what is mounted into it', async (t) => {
  const { api } = await clusterOf(t, {});
  const { hostname: host, port } = new URL(api.url);
  const folder = t.testdir({ token: 'first\n', 'ca.crt': authority.certificate });
  let now = 0;
  const pod = { host, port, folder, userAgent: 'test', now: () => now };
  const connection = await connectFromPod(pod);
  t.teardown(connection.close);
  const asked = async () => {
    const response = await connection.request('GET', '/version', { signal });
    response.body.resume();
    return api.requests.at(-1)?.headers.authorization;
  };
  t.equal(await asked(), 'Bearer first');
  await writeFile(join(folder, 'token'), 'second');
  t.equal(await asked(), 'Bearer first');
  now = 60_000;
  t.equal(await asked(), 'Bearer second', 'a renewed token is read within a minute');
  await rm(join(folder, 'token'));
  now = 120_000;
  t.equal(await asked(), 'Bearer second', 'and the last one serves while there is none');

  await t.rejects(connectFromPod(pod), {
    code: 'ERR_NO_CLUSTER',
    message: /^the service account of this pod cannot be read: ENOENT.*token/,
  });
  await t.rejects(connectFromPod({ ...pod, host: undefined }), {
    code: 'ERR_NO_CLUSTER',
    message: 'no kubeconfig was given, and this process runs in no pod that could ask its cluster',
  });
  const other = await issueAuthority({ now: new Date(), days: 1 });
  const strange = await connectFromPod({
    ...pod,
    folder: t.testdir({ token: 'x', 'ca.crt': other.certificate }),
  });
  t.teardown(strange.close);
  await t.rejects(strange.request('GET', '/version', { signal }), { code: /UNABLE|SELF_SIGNED|SIGNATURE/ });
});

t.test('what is sent, and what the answers become', async (t) => {
  const { api, kubeconfig } = await clusterOf(t, {});
  const connection = await connect({ kubeconfig, userAgent: 'test' });
  t.teardown(() => connection.close());
  let body: unknown;
  api.next('write', (response, request) => {
    body = request.body;
    t.match(request, { method: 'PATCH', headers: { 'content-type': 'application/merge-patch+json' } });
    t.equal(request.query.get('fieldManager'), 'tollgate');
    t.notOk(request.query.has('dryRun'));
    response.end('{"patched":true}');
  });
  const patch = { type: 'application/merge-patch+json', value: { metadata: { labels: { a: 'ü' } } } };
  const query = { fieldManager: 'tollgate', dryRun: undefined };
  t.same(await connection.json('PATCH', '/api/v1/namespaces/a', { body: patch, query, signal }), {
    patched: true,
  });
  t.strictSame(body, patch.value);

  const wanted = (code: number) => connection.json('GET', `/${code}`, { signal });
  api.next('other', fault.status(409, {}, 'it has been modified'));
  await t.rejects(wanted(409), new ApiError(409, 'it has been modified', 'Fault'));
  api.next('other', fault.status(429, { 'retry-after': '3' }));
  await t.rejects(wanted(429), new ApiError(429, 'it does not work', 'Fault', 3));
  api.next('other', (response) => void response.writeHead(502).end('<h1>Bad Gateway</h1>'));
  await t.rejects(wanted(502), { name: 'ApiError', status: 502, message: 'HTTP status 502' });
  api.next('other', fault.body('<html>'));
  await t.rejects(wanted(200), new UnreadableAnswer('the answer of the API server is no JSON'));
  api.next('other', (response) => void response.socket?.destroy());
  await t.rejects(wanted(0), { code: 'ECONNRESET' });
  const controller = new AbortController();
  api.next('other', () => controller.abort());
  await t.rejects(connection.json('GET', '/silent', { signal: controller.signal }), { name: 'AbortError' });
});
