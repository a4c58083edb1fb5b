import { readdirSync } from 'node:fs';
import { spawnSync } from 'node:child_process';

/**
 * Runs every benchmark of this folder, one after the other, each in a process of its own; a name runs that one, with the
 * options behind it. What takes long, or a network of its own, runs only by its name.
 */
const shared = new Set(['run.ts', 'table.ts', 'bundle.ts']);
const byNameOnly = new Set(['fuzz', 'soak', 'api-server', 'take-away', 'gate-model', 'sets']);
/** These talk to a real API server, which has to be in a network of its own. */
const inNetwork = new Set(['soak', 'api-server', 'take-away', 'gate-model']);
const given = process.argv.slice(2);
const names = given.findIndex((word) => word.startsWith('--'));
const [wanted, options] = names < 0 ? [given, []] : [given.slice(0, names), given.slice(names)];
const benchmarks = readdirSync(import.meta.dirname).filter(
  (name) => name.endsWith('.ts') && !shared.has(name),
);
for (const name of benchmarks.toSorted()) {
  const benchmark = name.replace('.ts', '');
  if (wanted.length === 0 ? byNameOnly.has(benchmark) : !wanted.includes(benchmark)) continue;
  const network = inNetwork.has(benchmark) ? ['test/cluster/netns.ts', process.execPath] : [];
  const command = [...network, `${import.meta.dirname}/${name}`, ...options];
  const { status } = spawnSync(process.execPath, command, { stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
}
