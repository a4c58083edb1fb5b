import { globSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type Room, rooms } from './rooms.ts';
import { sampleOf } from './sample.ts';
import { installStryker, type Mutant, runStryker } from './stryker.ts';

/**
 * Asks of a sample of small changes to the sources whether the nearest suites notice them.
 * `npm run mutants -- --room calico --sample 300 --seed 1`; without `--room` all rooms, one after the other. With
 * `--quick` what only the slow suites would notice counts as unnoticed. `--file PATH` takes whole files and no sample, or
 * a range as `PATH:FIRST-LAST`. The checkout must stay as it is until the run has ended.
 */
const { values } = parseArgs({
  options: {
    room: { type: 'string', multiple: true },
    sample: { type: 'string', default: '300' },
    seed: { type: 'string', default: '1' },
    quick: { type: 'boolean', default: false },
    file: { type: 'string', multiple: true },
  },
});

process.chdir(resolve(import.meta.dirname, '../..'));
installStryker();
for (const name of values.room ?? Object.keys(rooms)) {
  const room = rooms[name];
  if (!room) throw new Error(`no room "${name}"; there are ${Object.keys(rooms).join(', ')}`);
  const mutants = mutantsIn(room);
  const alive = mutants.filter(lives);
  const killed = mutants.filter(isKilled).length;
  for (const mutant of alive) console.log(inWords(mutant));
  const score = ((100 * killed) / (killed + alive.length)).toFixed(1);
  console.log(`${name}: ${score} % of ${killed + alive.length} mutants noticed, ${alive.length} live`);
}

function mutantsIn({ sources, suites, slowSuites }: Room): readonly Mutant[] {
  const files = filesOf(sources);
  const windows = values.file ?? sampleOf(files, Number(values.sample), Number(values.seed)).map(rangeOf);
  const slow = filesOf(slowSuites);
  const quick = filesOf(suites).filter((suite) => !slow.includes(suite));
  const mutants = runStryker(windows, quick);
  const alive = mutants.filter(lives);
  if (values.quick || slow.length === 0 || alive.length === 0) return mutants;
  const killed = new Set(runStryker(alive.map(placeOf), slow).filter(isKilled).map(identityOf));
  return mutants.map((one) => (killed.has(identityOf(one)) ? { ...one, status: 'Killed' } : one));
}

function filesOf(patterns: readonly string[]): readonly string[] {
  return globSync([...patterns]).sort();
}

function rangeOf({ file, first, last }: ReturnType<typeof sampleOf>[number]): string {
  return `${file}:${first}-${last}`;
}

/** Where one mutant is; Stryker counts columns of a range from 0, and those of its report from 1. */
function placeOf({ file, start, end }: Mutant): string {
  return `${file}:${start.line}:${start.column - 1}-${end.line}:${end.column - 1}`;
}

function identityOf(mutant: Mutant): string {
  return `${placeOf(mutant)} ${mutant.mutator} ${mutant.replacement}`;
}

function lives({ status }: Mutant): boolean {
  return status === 'Survived' || status === 'NoCoverage';
}

function isKilled({ status }: Mutant): boolean {
  return status === 'Killed' || status === 'Timeout';
}

function inWords({ file, start, end, mutator, replacement, status }: Mutant): string {
  const lines = readFileSync(file, 'utf8')
    .split('\n')
    .slice(start.line - 1, end.line);
  const last = lines.pop() ?? '';
  const found = [...lines, last.slice(0, end.column - 1)].join('\n').slice(start.column - 1);
  const nobody = status === 'NoCoverage' ? ', which no suite reaches' : '';
  return `${file}:${start.line}:${start.column} ${mutator}: ${short(found)} → ${short(replacement)}${nobody}`;
}

function short(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ');
  return line.length > 110 ? `${line.slice(0, 109)}…` : line;
}
