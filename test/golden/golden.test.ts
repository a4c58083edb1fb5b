import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { load } from 'js-yaml';
import t from 'tap';
import { applyPatch } from '../../src/admission/apply-patch.ts';
import { answerMutate, answerValidate } from '../../src/admission/review.ts';
import { defaultConventions } from '../../src/conventions/default-conventions.ts';
import { createInventoryStore } from '../../src/inventory/inventory-store.ts';
import { type KubernetesObject, type ObjectReference, referenceOf } from '../../src/kubernetes/object.ts';
import { runCheck } from '../support/check-command.ts';

const root = import.meta.dirname;
const update = process.env.TOLLGATE_GOLDEN_UPDATE === '1';

/** A file, or a folder whose files belong together; what it calls conventions.yaml is in force for it. */
interface Golden {
  readonly name: string;
  /** Where it is judged, so that reports name files as they are called here. */
  readonly folder: string;
  readonly args: readonly string[];
}

function goldens(kind: 'ok' | 'err'): Golden[] {
  const folder = join(root, kind);
  return readdirSync(folder)
    .filter((name) => !name.endsWith('.out'))
    .toSorted()
    .map((name) => {
      if (!statSync(join(folder, name)).isDirectory()) return { name: name.replace(/\.yaml$/, ''), folder, args: [name] };
      const own = readdirSync(join(folder, name)).includes('conventions.yaml');
      const conventions = own ? ['--conventions', 'conventions.yaml', '--exclude', 'conventions.yaml'] : [];
      return { name, folder: join(folder, name), args: ['.', ...conventions] };
    });
}

const check = ({ folder, args }: Golden) =>
  runCheck(folder, [...args, '-o', 'text', '--fail-on', 'warn']);

t.test('manifests that are right are met with silence', async (t) => {
  for (const golden of goldens('ok')) {
    const { exitCode, text } = await check(golden);
    t.equal(exitCode, 0, `${golden.name}: exit code`);
    t.match(text, /^no findings in \d+ files?\n/, golden.name);
  }
});

t.test('manifests that are wrong are told word for word', async (t) => {
  for (const golden of goldens('err')) {
    const { exitCode, text } = await check(golden);
    t.not(exitCode, 0, `${golden.name}: exit code`);
    const file = join(root, 'err', `${golden.name}.out`);
    if (update) writeFileSync(file, text);
    t.equal(text, readFileSync(file, 'utf8'), golden.name);
  }
});

/** A request among objects that exist: one of them is created, updated to what stands here, or deleted. */
interface GoldenReview {
  readonly given: readonly KubernetesObject[];
  readonly create?: KubernetesObject;
  readonly update?: KubernetesObject;
  readonly delete?: ObjectReference;
}

/** What the two webhooks answer to a request, one after the other, as its user would see it. */
function review(file: string): string {
  const golden = load(readFileSync(join(root, 'review', file), 'utf8')) as GoldenReview;
  const { given, create, update, delete: deleted } = golden;
  const { inventory } = createInventoryStore({ mode: 'v3crd' }, given);
  const now = new Date('2026-11-20T12:00:00Z');
  const wanted = deleted ?? (update && referenceOf(update));
  const oldObject = given.find((object) => isDeepStrictEqual(referenceOf(object), wanted));
  const operation = create ? 'CREATE' : update ? 'UPDATE' : 'DELETE';
  const ask = (answer: typeof answerValidate, object: KubernetesObject | undefined) => {
    const kind = { group: '', version: 'v1', kind: (object ?? oldObject)?.kind ?? '' };
    const request = {
      uid: 'u',
      kind,
      operation,
      user: { username: 'ada', groups: [] },
      dryRun: false,
      ...(object ? { object } : {}),
      ...(oldObject ? { oldObject } : {}),
    } as const;
    return answer(request, inventory, defaultConventions(), now);
  };
  const object = create ?? update;
  const { patch } = ask(answerMutate, object);
  const { allowed, status, warnings } = ask(answerValidate, object && applyPatch(object, patch));
  return [
    ...patch.map((operation) => `patch: ${JSON.stringify(operation)}`),
    ...warnings.map((warning) => `warning: ${warning}`),
    allowed ? 'allowed' : (status?.message ?? ''),
    '',
  ].join('\n');
}

t.test('what only admission can see is told word for word', async (t) => {
  const folder = join(root, 'review');
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.yaml'))) {
    const file = join(folder, name.replace(/yaml$/, 'out'));
    const text = review(name);
    if (update) writeFileSync(file, text);
    t.equal(text, readFileSync(file, 'utf8'), name);
  }
});

t.test('every expected output belongs to manifests', async (t) => {
  const names = new Set(goldens('err').map(({ name }) => name));
  for (const file of readdirSync(join(root, 'err')).filter((name) => name.endsWith('.out'))) {
    t.ok(names.has(basename(file, '.out')), file);
  }
});
