import { once } from 'node:events';
import { connect, type ConnectionOptions } from 'node:tls';
import t from 'tap';
import type { HandshakeFailure } from '../../src/server/connections/serving-tls.ts';
import { authority, startServer } from '../support/webhook-server.ts';

/** The protocol and the suite that a client gets; rejects where there is no handshake. */
async function shake(port: number, options: ConnectionOptions = {}): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', ca: authority.certificate, ...options });
  try {
    await once(socket, 'secureConnect');
    const spoken = `${socket.getProtocol()} ${socket.getCipher().standardName}`;
    socket.resume().end();
    await once(socket, 'close');
    return spoken;
  } finally {
    socket.destroy();
  }
}

t.test('TLS 1.2 is spoken where it is let in, with AEAD suites and new keys alone', async (t) => {
  const [versions, failures]: [string[], HandshakeFailure[]] = [[], []];
  const { port } = await startServer(t, {
    minVersion: 'TLSv1.2',
    handshakes: {
      onHandshake: (version) => versions.push(version),
      onHandshakeFailure: (reason) => failures.push(reason),
    },
  });
  t.match(await shake(port), /^TLSv1\.3 /);
  const old: ConnectionOptions = { maxVersion: 'TLSv1.2' };
  t.match(await shake(port, old), /^TLSv1\.2 TLS_ECDHE_ECDSA_WITH_(?:AES_\d+_GCM|CHACHA20)/);
  // What FIPS builds of Go offer.
  const fips = { ...old, ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256', ecdhCurve: 'P-256' };
  t.equal(await shake(port, fips), 'TLSv1.2 TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256');
  for (const ciphers of ['ECDHE-ECDSA-AES128-SHA256', 'AES128-GCM-SHA256', 'DHE-RSA-AES128-GCM-SHA256'])
    await t.rejects(shake(port, { ...old, ciphers }), { message: /handshake failure/i }, ciphers);
  t.same(versions, ['TLSv1.3', 'TLSv1.2', 'TLSv1.2']);
  t.same(new Set(failures), new Set(['cipher']));
});

t.test('why a handshake failed is told', async (t) => {
  const failures: HandshakeFailure[] = [];
  const { port } = await startServer(t, {
    handshakes: { onHandshakeFailure: (reason) => failures.push(reason) },
  });
  await t.rejects(shake(port, { maxVersion: 'TLSv1.2' }));
  t.same(failures, ['version']);
});
