import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import fastify from 'fastify';

/**
 * One server of the comparison in a process of its own: `node contestant.ts NAME CERT KEY MANY`, where MANY
 * is a file of many conventions and waivers.
 * Says its port once it listens, and its CPU seconds so far whenever it is asked.
 */
const [name = '', cert = '', key = '', many = ''] = process.argv.slice(2);
const tls = { cert: readFileSync(cert), key: readFileSync(key), minVersion: 'TLSv1.3' as const };

const contestants: Readonly<Record<string, () => Promise<number>>> = {
  'node:https, constant answer': bareHttps,
  'Fastify, constant answer': bareFastify,
  tollgate: () => tollgate(),
  'tollgate, 100 conventions and 2,000 waivers': () => tollgate({ conventions: [many] }),
};

const port = await contestants[name]?.();
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send?.({ cpu: (user + system) / 1e6, rss: process.memoryUsage().rss });
});
process.send?.({ port });

/** What a webhook says that does nothing, with the body read and parsed, as every webhook must. */
function answer(body: { request: { uid: string } }) {
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    response: { uid: body.request.uid, allowed: true },
  };
}

function bareHttps(): Promise<number> {
  const server = createServer(tls, (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const text = JSON.stringify(answer(JSON.parse(Buffer.concat(chunks).toString('utf8')) as never));
      outgoing.writeHead(200, {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(text),
      });
      outgoing.end(text);
    });
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address ? address.port : 0);
    });
  });
}

async function bareFastify(): Promise<number> {
  const app = fastify({ https: tls, bodyLimit: 7 * 1024 * 1024 });
  app.post('/mutate', async (incoming) => answer(incoming.body as never));
  app.post('/validate', async (incoming) => answer(incoming.body as never));
  await app.listen({ host: '127.0.0.1', port: 0 });
  const address = app.server.address();
  return typeof address === 'object' && address ? address.port : 0;
}

async function tollgate(more: { readonly conventions?: readonly string[] } = {}): Promise<number> {
  const { serve } = await import('../../src/main.ts');
  const running = await serve({
    manifests: ['examples/demo/cluster.yaml', 'examples/demo/default-deny.yaml', 'bench/server/shop.yaml'],
    address: '127.0.0.1',
    port: 0,
    tlsCert: cert,
    tlsKey: key,
    ...more,
  });
  return running.port;
}
