import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { stat, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { connect, createServer } from 'node:tls';
import { promisify } from 'node:util';
import t from 'tap';
import { makeCertificates } from '../../certs/make.ts';
import { joinBundle, parseBundle } from '../../src/certificates/bundle.ts';
import { issueAuthority, issueClient, issueServing, type KeyPair } from '../../src/certificates/issue.ts';

const run = promisify(execFile);
const now = new Date(Math.floor(Date.now() / 1000) * 1000);
const host = 'tollgate.tollgate-system.svc';

/** What `openssl verify` says of a leaf as a TLS server of that name, trusting these authorities. */
async function verify(folder: string, authorities: string, leaf: string, name = host): Promise<string> {
  const [ca, certificate] = [join(folder, 'ca.pem'), join(folder, 'leaf.pem')];
  await writeFile(ca, authorities);
  await writeFile(certificate, leaf);
  const options = ['-CAfile', ca, '-purpose', 'sslserver', '-verify_hostname', name, '-check_ss_sig'];
  const { stdout, stderr } = await run('openssl', ['verify', ...options, certificate]).catch(
    (error) => error,
  );
  return `${stdout}${stderr}`.replaceAll(certificate, 'leaf').trim();
}

t.test('openssl accepts the leaf for its names and no others', async (t) => {
  const folder = t.testdir();
  const authority = await issueAuthority({ now, days: 365 });
  const leaf = await issueServing({ authority, hosts: [host, '127.0.0.1'], now, days: 30 });
  t.equal(await verify(folder, authority.certificate, leaf.certificate), 'leaf: OK');
  const wrong = await verify(folder, authority.certificate, leaf.certificate, 'elsewhere.svc');
  t.match(wrong, /hostname mismatch/i);
});

t.test('old and new authority in one bundle verify either leaf, in both orders', async (t) => {
  const folder = t.testdir();
  const [before, after] = await Promise.all([
    issueAuthority({ now, days: 2 }),
    issueAuthority({ now, days: 3 }),
  ]);
  const leaves = await Promise.all(
    [before, after].map((authority) => issueServing({ authority, hosts: [host], now, days: 1 })),
  );
  for (const parts of [
    [before.certificate, after.certificate],
    [after.certificate, before.certificate],
  ]) {
    for (const leaf of leaves)
      t.equal(await verify(folder, joinBundle(...parts), leaf.certificate), 'leaf: OK');
  }
  const stranger = await issueAuthority({ now, days: 2 });
  t.match(
    await verify(folder, stranger.certificate, leaves[0]?.certificate ?? ''),
    /unable to get local issuer/,
  );
});

t.test('what a certificate says', async (t) => {
  const authority = await issueAuthority({ now, days: 10 });
  const pair = await issueServing({ authority, hosts: [host, '127.0.0.1', '::1'], now, days: 30 });
  const [ca, leaf] = [new X509Certificate(authority.certificate), new X509Certificate(pair.certificate)];
  t.match(ca.subject, /^CN=tollgate-ca-[0-9a-f]{16}$/);
  t.ok(ca.ca);
  t.notOk(leaf.ca);
  t.equal(leaf.subjectAltName, `DNS:${host}, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1`);
  t.equal(leaf.issuer, ca.subject);
  t.same(leaf.keyUsage, ['1.3.6.1.5.5.7.3.1'], 'a server, no client');
  t.equal(leaf.publicKey.asymmetricKeyDetails?.namedCurve, 'prime256v1');
  t.equal(
    Math.round((now.getTime() - leaf.validFromDate.getTime()) / 1000),
    300,
    'valid since 5 minutes ago',
  );
  t.equal(leaf.validTo, ca.validTo, 'a leaf does not outlive its authority');
  for (const text of [authority.certificate, authority.key, pair.certificate, pair.key])
    t.match(text, /-----\n$/);
  const { stdout } = await run('openssl', ['x509', '-noout', '-text', '-in', await saved(t.testdir(), pair)]);
  t.match(stdout, /Signature Algorithm: ecdsa-with-SHA256/);
  t.match(stdout, /Basic Constraints: critical\s+CA:FALSE/);
  t.match(stdout, /Key Usage: critical\s+Digital Signature\n/);
});

async function saved(folder: string, pair: KeyPair): Promise<string> {
  const file = join(folder, 'tls.crt');
  await writeFile(file, pair.certificate);
  return file;
}

t.test('no two authorities have the same name', async (t) => {
  const pairs = await Promise.all([1, 2, 3].map(() => issueAuthority({ now, days: 1 })));
  t.equal(new Set(pairs.map(({ certificate }) => new X509Certificate(certificate).subject)).size, 3);
});

t.test('names that no certificate can carry are refused', async (t) => {
  const authority = await issueAuthority({ now, days: 1 });
  await t.rejects(issueServing({ authority, hosts: [], now, days: 1 }), { name: 'RangeError' });
  await t.rejects(issueClient({ authority, name: 'a, O=system:masters', now, days: 1 }), {
    message: '"a, O=system:masters" is no name for a certificate',
  });
});

t.test('a TLS 1.3 client is authorised, and so is a client with a certificate', async (t) => {
  const authority = await issueAuthority({ now, days: 1 });
  const serving = await issueServing({ authority, hosts: [host, '127.0.0.1'], now, days: 1 });
  const client = await issueClient({ authority, name: 'kube-apiserver', now, days: 1 });
  const server = createServer({
    cert: serving.certificate,
    key: serving.key,
    ca: authority.certificate,
    requestCert: true,
    rejectUnauthorized: false, // so that the answer tells who was taken for whom
    minVersion: 'TLSv1.3',
  });
  server.on('secureConnection', (socket) => {
    socket.on('error', () => {});
    socket.end(socket.authorized ? String(socket.getPeerX509Certificate()?.subject) : 'nobody');
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;
  const talk = async (options: object) => {
    const socket = connect({
      port,
      host: '127.0.0.1',
      ca: authority.certificate,
      servername: host,
      ...options,
    });
    await once(socket, 'secureConnect');
    const { authorized } = socket;
    const protocol = socket.getProtocol();
    return { authorized, protocol, said: (await socket.setEncoding('utf8').toArray()).join('') };
  };
  t.same(await talk({}), { authorized: true, protocol: 'TLSv1.3', said: 'nobody' });
  t.same(await talk({ cert: client.certificate, key: client.key }), {
    authorized: true,
    protocol: 'TLSv1.3',
    said: 'CN=kube-apiserver',
  });
  await t.rejects(talk({ servername: 'elsewhere.svc' }), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
});

t.test('certificates for development are complete, and the key is private', async (t) => {
  const folder = t.testdir({ 'tls.key': 'of a former run' });
  await makeCertificates(folder, ['localhost'], now);
  const { stdout } = await run('openssl', [
    'verify',
    '-CAfile',
    join(folder, 'ca.crt'),
    '-verify_hostname',
    'localhost',
    join(folder, 'tls.crt'),
  ]);
  t.match(stdout, /OK/);
  t.equal((await stat(join(folder, 'tls.key'))).mode & 0o777, 0o600);
  t.equal(parseBundle(await run('cat', [join(folder, 'ca.crt')]).then(({ stdout }) => stdout)).length, 1);
});
