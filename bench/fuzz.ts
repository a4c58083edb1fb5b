import { fork } from 'node:child_process';
import { once } from 'node:events';
import { build } from './bundle.ts';
import { startGate } from './cluster/gate.ts';
import type { FuzzRange, FuzzReport } from './fuzz/client.ts';
import { watchForStandstills } from './fuzz/standstill.ts';

/**
 * A million requests that mean harm, to the bundled server on a small cluster: recorded reviews with mutations of their
 * value, their text and their transfer. `node bench/fuzz.ts COUNT FIRST`; the number of a request that was answered
 * wrongly makes the same request again, and goes into `test/server/fuzz.test.ts`. No answer may take longer than a
 * second; of those that do it is told how long the whole machine stood still meanwhile.
 */
const [count, first] = [Number(process.argv[2] ?? 1_000_000), Number(process.argv[3] ?? 0)];
const step = 20_000;
const clients = 2;
const longest = 1000;

build();
const gate = await startGate({ namespaces: 10 });
const children = Array.from({ length: clients }, () =>
  fork(new URL('./fuzz/client.ts', import.meta.url), [], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] }),
);
const kinds = new Map<string, number>();
const memory: number[] = [];
const begun = performance.now();
const standstills = watchForStandstills();
let [slowest, late, hangs, problems] = [0, 0, 0, 0];
let next = first;
try {
  const worker = async (child: (typeof children)[number]) => {
    while (next < first + count) {
      const from = next;
      next += step;
      const range: FuzzRange = {
        port: gate.port,
        ca: gate.ca,
        from,
        to: Math.min(next, first + count),
        connections: 8,
        longest,
      };
      child.send(range);
      const [report] = (await once(child, 'message')) as [FuzzReport];
      for (const told of report.problems) console.log(told);
      for (const { request, kind, from: asked, to: answered } of report.late) {
        const [waited, still] = [answered - asked, standstills.within(asked, answered)];
        console.log(
          `${request}: ${kind} after ${waited.toFixed(0)} ms, ${still.toFixed(0)} of them a standstill of the machine`,
        );
        late += 1;
        if (waited - still > longest) hangs += 1;
      }
      for (const [kind, times] of Object.entries(report.kinds))
        kinds.set(kind, (kinds.get(kind) ?? 0) + times);
      problems += report.problems.length;
      slowest = Math.max(slowest, report.slowest);
      memory.push(gate.rss().now);
    }
  };
  await Promise.all(children.map(worker));
  const seconds = (performance.now() - begun) / 1000;
  console.log(
    `\n${count.toLocaleString('en')} requests in ${seconds.toFixed(0)} s: ${problems} wrong answers, ${late} over a second, ${hangs} of them without a standstill of the machine, the slowest ${slowest.toFixed(0)} ms; RSS ${memory[0]?.toFixed(0)} MiB after the first ${step.toLocaleString('en')}, ${memory.at(-1)?.toFixed(0)} MiB at the end, ${gate.rss().most.toFixed(0)} MiB at most.`,
  );
  console.log(
    JSON.stringify(Object.fromEntries([...kinds].toSorted(([a], [b]) => (a < b ? -1 : 1))), null, 2),
  );
  if (problems + late > 0) process.exitCode = 1;
} finally {
  standstills.stop();
  for (const child of children) child.kill();
  gate.stop();
}
