import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadAll } from 'js-yaml';
import t from 'tap';
import { judge } from '../../src/engine/judge.ts';
import { createInventoryStore } from '../../src/inventory/inventory-store.ts';
import { referenceOf, type KubernetesObject } from '../../src/kubernetes/object.ts';
import { explainedRules as rules } from '../../src/application/explained-rules.ts';
import { reportWaivers } from '../../src/conventions/waiver-report.ts';
import type { Subject } from '../../src/facts/subject.ts';
import { conventions } from '../support/conventions.ts';

/** A fenced example: what it is, the operation it is judged as (none: manifests in CI), and its text. */
interface Example {
  readonly role: 'given' | 'convention' | 'waiver' | 'bad' | 'good';
  readonly operation?: 'CREATE' | 'UPDATE' | 'DELETE';
  readonly text: string;
}

const text = readFileSync(join(import.meta.dirname, '../../docs/rules.md'), 'utf8');
const sections = new Map(
  text
    .split(/^## /m)
    .slice(1)
    .map((section) => [section.slice(0, section.indexOf('\n')).trim(), section]),
);
const now = new Date('2026-11-21T00:00:00Z');

function examplesOf(section: string): readonly Example[] {
  return [
    ...section.matchAll(
      /^```yaml (given|convention|waiver|bad|good)(?: (CREATE|UPDATE|DELETE))?\n([^]*?)^```$/gm,
    ),
  ].map(
    ([, role, operation, body]) => ({ role, text: body, ...(operation ? { operation } : {}) }) as Example,
  );
}

const objectsOf = (example: Example | undefined) =>
  (example ? loadAll(example.text) : []) as KubernetesObject[];

/** The ids of the rules that an example gives findings of. */
function findingsOf(example: Example, all: readonly Example[]): readonly string[] {
  const given = all.filter(({ role }) => role === 'given').flatMap(objectsOf);
  const convention = all.find(({ role }) => role === 'convention');
  const waivers = all.filter(({ role }) => role === 'waiver');
  const set = conventions(
    convention ? (loadAll(convention.text)[0] as Record<string, unknown>) : {},
    ...waivers.map(({ text: spec }) => waiverOf(loadAll(spec)[0])),
  );
  const own = objectsOf(example);
  const isOwn = (object: KubernetesObject) => own.some((other) => sameReference(other, object));
  const { operation } = example;
  const before = operation === undefined ? [...given.filter((object) => !isOwn(object)), ...own] : given;
  const { inventory } = createInventoryStore({ mode: 'v3crd' }, before);
  const subjects = own.map((object): Subject => {
    const oldObject = given.find((other) => sameReference(other, object));
    return {
      operation: operation ?? 'STATE',
      object,
      ...(operation === 'UPDATE' && oldObject ? { oldObject } : {}),
    };
  });
  const point = operation ? 'admission' : 'ci';
  const findings = subjects.flatMap((subject) => judge(subject, inventory, set, now, point).findings);
  const used = new Set(findings.flatMap(({ waiver }) => waiver?.name ?? []));
  const notices = operation === undefined ? reportWaivers(set, now, undefined, { used }) : [];
  return [...findings, ...notices].map(({ rule }) => rule);
}

function waiverOf(spec: unknown): object {
  return { apiVersion: 'tollgate.dev/v1alpha1', kind: 'Waiver', metadata: { name: 'example' }, spec };
}

function sameReference(a: KubernetesObject, b: KubernetesObject): boolean {
  return JSON.stringify(referenceOf(a)) === JSON.stringify(referenceOf(b));
}

t.test('every rule has its section, and every section its rule', async (t) => {
  t.same([...sections.keys()].toSorted(), rules.map(({ id }) => id).toSorted());
  for (const { id, title } of rules)
    t.ok(sections.get(id)?.includes(`\n\n${title}.\n`), `${id} says what it finds: ${title}`);
});

for (const { id } of rules) {
  t.test(id, async (t) => {
    const examples = examplesOf(sections.get(id) ?? '');
    const bad = examples.filter(({ role }) => role === 'bad');
    const good = examples.filter(({ role }) => role === 'good');
    t.ok(bad.length > 0 && good.length > 0, 'has a bad and a good example');
    for (const example of bad) t.ok(findingsOf(example, examples).includes(id), `found in\n${example.text}`);
    for (const example of good)
      t.notOk(findingsOf(example, examples).includes(id), `silent about\n${example.text}`);
  });
}
