import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';

/** One window of load on a server: `bodies` are sent in turn over keep-alive connections, as fast as answers come. */
export interface Window {
  readonly port: number;
  readonly ca: string;
  readonly requests: number;
  readonly connections: number;
  readonly bodies: readonly { readonly path: string; readonly body: string }[];
}

export interface WindowResult {
  readonly seconds: number;
  readonly failed: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

/** The load generator, a process of its own so that its CPU is not the server's: a window in, its result out. */
if (process.send) {
  process.on('message', async (window: Window) => process.send?.(await run(window)));
}

async function run({ port, ca, requests, connections, bodies }: Window): Promise<WindowResult> {
  const agent = new Agent({
    keepAlive: true,
    maxSockets: connections,
    ca: readFileSync(ca),
    minVersion: 'TLSv1.3',
  });
  const times: number[] = [];
  let next = 0;
  let failed = 0;
  const worker = async () => {
    while (next < requests) {
      const { path, body } = bodies[next++ % bodies.length] ?? { path: '/', body: '' };
      const begun = performance.now();
      const status = await post(agent, port, path, body);
      times.push(performance.now() - begun);
      if (status !== 200) failed++;
    }
  };
  const begun = performance.now();
  await Promise.all(Array.from({ length: connections }, worker));
  const seconds = (performance.now() - begun) / 1000;
  agent.destroy();
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
  return { seconds, failed, p50: at(0.5), p99: at(0.99) };
}

function post(agent: Agent, port: number, path: string, body: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const outgoing = request({ agent, host: '127.0.0.1', port, path, method: 'POST', headers }, (answer) => {
      answer.resume();
      answer.on('end', () => resolve(answer.statusCode ?? 0));
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
