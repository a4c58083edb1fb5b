/**
 * `node test/cluster/netns.ts COMMAND …` runs a command, and everything it starts, in a network and process namespace.
 *
 * Webhooks behind a Service need an address that is not loopback (EndpointSlices refuse it), no port may clash, and
 * nothing may be left running: the addresses 10.77.0.1-5 are on the inside's `lo`, nothing outside can be reached, and
 * when the command ends, or this process is killed, the kernel ends all that it started.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureTools, namespaceArguments, whyNot } from './binaries.ts';

const setup = 'ip link set lo up; for i in 1 2 3 4 5; do ip addr add 10.77.0.$i/32 dev lo; done; exec "$@"';

const reason = whyNot();
if (reason === undefined) {
  process.exitCode = await inside(process.argv.slice(2), await ensureTools());
} else if (process.env['CI'] === 'true') {
  process.stderr.write(`cluster tests cannot run: ${reason}\n`);
  process.exitCode = 1;
} else {
  process.stdout.write(`cluster tests skipped: ${reason}\n`);
}

async function inside(command: readonly string[], tools: string): Promise<number> {
  const temporary = mkdtempSync(join(tmpdir(), 'tollgate-cluster-'));
  // setpriv ends the inside when this process is killed; unshare itself ignores SIGTERM, so it is sent SIGKILL.
  const child = spawn(
    'setpriv',
    [
      '--pdeathsig',
      'KILL',
      '--',
      'unshare',
      ...namespaceArguments(),
      '--mount-proc',
      '--',
      'sh',
      '-ec',
      setup,
      'sh',
      ...command,
    ],
    { stdio: 'inherit', env: { ...process.env, TOLLGATE_TOOLS: tools, TMPDIR: temporary } },
  );
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill('SIGKILL'));
  process.on('SIGINT', () => {}); // the terminal sends it to the inside too
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  child.on('error', reject).on('exit', (code) => resolve(code ?? 1));
  return promise.finally(() => rmSync(temporary, { recursive: true, force: true }));
}
