import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { createFileSource } from '../../src/certificates/file-source.ts';
import { issueAuthority, issueServing, type KeyPair } from '../../src/certificates/issue.ts';

const now = new Date('2026-11-21T12:00:00Z');
const authority = await issueAuthority({ now, days: 365 });
const issue = (days = 30) => issueServing({ authority, hosts: ['a.svc'], now, days });
const [first, second, third, short] = await Promise.all([issue(), issue(), issue(), issue(1)]);

/** A mounted Secret as the kubelet makes it: files are links into `..data`, which is a link that is swapped. */
async function mountedSecret(t: Test, pair: KeyPair) {
  const folder = t.testdir();
  let generation = 0;
  const swap = async (files: Readonly<Record<string, string>>) => {
    const name = `..generation_${(generation += 1)}`;
    await mkdir(join(folder, name));
    for (const [file, text] of Object.entries(files)) await writeFile(join(folder, name, file), text);
    await symlink(name, join(folder, '..data_tmp'));
    await rename(join(folder, '..data_tmp'), join(folder, '..data'));
    if (generation > 1) await rm(join(folder, `..generation_${generation - 1}`), { recursive: true });
  };
  await swap(filesOf(pair));
  for (const file of ['tls.crt', 'tls.key', 'ca.crt'])
    await symlink(join('..data', file), join(folder, file));
  return { folder, swap };
}

function filesOf(pair: KeyPair, ca = authority.certificate) {
  return { 'tls.crt': pair.certificate, 'tls.key': pair.key, 'ca.crt': ca };
}

function sourceOf(t: Test, folder: string, options: { interval?: number; now?: () => Date } = {}) {
  const problems: string[] = [];
  const source = createFileSource({
    certificateFile: join(folder, 'tls.crt'),
    keyFile: join(folder, 'tls.key'),
    authorityFile: join(folder, 'ca.crt'),
    now: () => now,
    onProblem: (problem) => problems.push(problem.replaceAll(`${folder}/`, '')),
    ...options,
  });
  t.teardown(() => source.close());
  return { source, problems };
}

t.test('a swap as the kubelet does it is noticed by itself', async (t) => {
  const { folder, swap } = await mountedSecret(t, first);
  const { source, problems } = sourceOf(t, folder, { interval: 5 });
  await source.start();
  t.equal(source.current().certificate, first.certificate);
  t.equal(source.current().authorities, authority.certificate);
  t.equal(source.current().end.toISOString(), '2026-12-21T12:00:00.000Z');
  for (const pair of [second, third, first]) {
    const changed = Promise.withResolvers<string>();
    const unsubscribe = source.onChange(({ certificate }) => changed.resolve(certificate));
    await swap(filesOf(pair));
    t.equal(await changed.promise, pair.certificate);
    t.equal(source.current().key, pair.key);
    unsubscribe();
  }
  t.ok(
    problems.every((problem) => /does not belong|ENOENT/.test(problem)),
    'a look in the middle of a swap at most finds two halves',
  );
});

t.test('what cannot be served leaves the former in use, and is said once', async (t) => {
  const { folder, swap } = await mountedSecret(t, first);
  let time = now;
  const { source, problems } = sourceOf(t, folder, { now: () => time });
  await source.start();
  let changes = 0;
  source.onChange(() => (changes += 1));

  const refused = async (files: Record<string, string>, problem: string) => {
    await swap(files);
    await source.refresh();
    await source.refresh();
    t.equal(source.current().certificate, first.certificate, problem);
    t.same(problems.splice(0), [`tls.crt, tls.key, ca.crt: ${problem}`]);
    t.match(source.problem(), problem);
  };
  await refused({ ...filesOf(second), 'tls.key': third.key }, 'the key does not belong to the certificate');
  await refused({ ...filesOf(second), 'tls.key': 'rubbish' }, 'the key cannot be read');
  await refused(
    { ...filesOf(second), 'tls.crt': second.certificate.slice(0, 200) },
    'expected PEM certificates, found a text that is none or is cut off',
  );
  await refused({ ...filesOf(second), 'tls.crt': '' }, 'the certificate file is empty');
  const stranger = await issueAuthority({ now, days: 1 });
  await refused(
    filesOf(second, stranger.certificate),
    'the certificate is not signed by any of the authorities beside it',
  );
  time = new Date('2026-11-23T00:00:00Z');
  await refused(filesOf(short), 'the certificate or its authority expired at 2026-11-22T12:00:00.000Z');
  t.equal(changes, 0);

  await swap({ 'tls.crt': second.certificate });
  await source.refresh();
  t.match(problems.splice(0), [/ENOENT/]);

  await swap(filesOf(second));
  await source.refresh();
  t.equal(source.current().certificate, second.certificate);
  t.equal(source.problem(), undefined);
  t.equal(changes, 1);
  await source.refresh();
  t.equal(changes, 1, 'the same bytes are no change');
});

t.test('without a pair that can be served there is no start', async (t) => {
  const { folder } = await mountedSecret(t, { ...first, key: second.key });
  const { source } = sourceOf(t, folder);
  t.throws(() => source.current(), { message: /not read yet/ });
  await t.rejects(source.start(), { message: /the key does not belong to the certificate/ });
  const { source: nowhere } = sourceOf(t, join(folder, 'missing'));
  await t.rejects(nowhere.start(), { message: /ENOENT/ });
});
