import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';

const root = join(import.meta.dirname, '..', '..');
const text = readFileSync(join(root, 'Dockerfile'), 'utf8');
/** Instructions with their continued lines, without comments. */
const instructions = text
  .replaceAll(/\\\n/g, ' ')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'));
const named = (name: string, among = instructions) =>
  among.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(name.length + 1).trim());
const last = instructions.slice(instructions.findLastIndex((line) => line.startsWith('FROM ')));

t.test('the bases are arguments, so that a release build pins them by digest', async (t) => {
  const [build, run] = named('ARG').map((argument) => argument.split('='));
  t.same(build, ['BUILD_IMAGE', 'node:24-trixie-slim']);
  t.match(run, ['RUN_IMAGE', /\/distroless\/nodejs24-debian13:nonroot$/]);
  t.same(named('FROM'), ['${BUILD_IMAGE} AS build', '${RUN_IMAGE}']);
});

t.test('the final stage takes the bundle and nothing else', async (t) => {
  t.same(named('COPY', last), ['--from=build --chown=0:0 /build/dist /app']);
  t.same(named('RUN', last), [], 'there is no shell to run anything');
});

t.test('it runs as a number that is not root, and gets its signals itself', async (t) => {
  t.same(named('USER', last), ['65532:65532']);
  t.same(JSON.parse(named('ENTRYPOINT', last)[0] ?? ''), ['/nodejs/bin/node', '/app/tollgate.mjs']);
  t.same(JSON.parse(named('CMD', last)[0] ?? ''), ['serve']);
});

t.test('nothing is fetched but through the lockfile, and nothing secret goes in', async (t) => {
  t.same(named('ADD'), []);
  t.match(named('RUN')[0], '"npm", "ci", "--ignore-scripts"');
  t.notMatch(text, /token|password|secret/i);
  const ignored = readFileSync(join(root, '.dockerignore'), 'utf8').split('\n');
  t.ok(ignored.includes('*'), 'the context holds what is named, and no more');
  const taken = named('COPY')
    .slice(0, -1)
    .flatMap((line) => line.split(/\s+/).slice(0, -1));
  for (const path of taken) t.ok(ignored.includes(`!${path}`), path);
});
