import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { kinds } from '../../src/kinds.ts';
import { ruleIds } from '../../src/rules/registry.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/linkerd.md'), 'utf8');

t.test('the table of Linkerd’s objects names every kind that is one, and rules that exist', async (t) => {
  for (const { class: objectClass, kind } of kinds)
    if (objectClass === 'mesh-policy') t.match(page, new RegExp(`\`${kind}\``), kind);
  const named = new Set([...page.matchAll(/`(mesh\/[\w-]+)`/g)].map(([, id = '']) => id));
  for (const id of named) t.ok(ruleIds.includes(id as (typeof ruleIds)[number]), id);
  // What a convention wants on namespaces is nothing that Linkerd does.
  const missing = ruleIds.filter((id) => id.startsWith('mesh/') && !named.has(id));
  t.same(missing, ['mesh/namespace-annotation'], 'every rule about the mesh is on the page');
});
