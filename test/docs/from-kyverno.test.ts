import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load, loadAll } from 'js-yaml';
import t from 'tap';
import { applyPatch } from '../../src/admission/apply-patch.ts';
import { answerMutate, answerValidate } from '../../src/admission/review.ts';
import { loadConventions } from '../../src/conventions/load-conventions.ts';
import { denies } from '../../src/engine/judgement.ts';
import { createInventoryStore } from '../../src/inventory/inventory-store.ts';
import type { AdmissionRequest } from '../../src/kubernetes/admission-review.ts';
import { annotationsOf, groupOf, type KubernetesObject } from '../../src/kubernetes/object.ts';
import { rules } from '../../src/rules/registry.ts';

const text = readFileSync(join(import.meta.dirname, '../../docs/from-kyverno.md'), 'utf8');
const blocks = [...text.matchAll(/^```yaml (convention|refused|admitted)(?: (\S+))?\n([^]*?)^```$/gm)].map(
  ([, role, rule, yaml = '']) => ({ role, rule, yaml }),
);
const convention = blocks.find(({ role }) => role === 'convention');
const { set, problems } = loadConventions(
  [{ value: load(convention?.yaml ?? ''), file: 'docs/from-kyverno.md' }],
  rules,
);
const now = new Date('2026-11-21T00:00:00Z');

function create(object: KubernetesObject): AdmissionRequest {
  const { apiVersion, kind, metadata } = object;
  const version = apiVersion.slice(apiVersion.indexOf('/') + 1);
  return {
    uid: 'u',
    kind: { group: groupOf(apiVersion), version, kind },
    operation: 'CREATE',
    ...(metadata.namespace ? { namespace: metadata.namespace } : {}),
    user: { username: 'ada', groups: [] },
    dryRun: false,
    object,
  };
}

t.same(problems, [], 'the convention is a good one');
const inForce =
  set ??
  (() => {
    throw new Error('no convention was read');
  })();

/** Creates objects one after the other, as a cluster with both webhooks would; gives what was refused and what came out. */
function apply(objects: readonly KubernetesObject[]) {
  const store = createInventoryStore({ mode: 'v3crd' });
  const refusals: string[] = [];
  const stored = objects.map((object) => {
    const mutated = applyPatch(object, answerMutate(create(object), store.inventory, inForce, now).patch);
    const { findings } = answerValidate(create(mutated), store.inventory, inForce, now);
    refusals.push(...findings.filter(denies).map(({ rule }) => rule));
    store.apply({ put: [mutated] });
    return mutated;
  });
  return { refusals, stored };
}

for (const { role, rule, yaml } of blocks.filter((block) => block.role !== 'convention')) {
  t.test(rule ?? 'the complete set', async (t) => {
    const { refusals, stored } = apply(loadAll(yaml) as KubernetesObject[]);
    t.same(refusals, role === 'refused' ? [rule] : []);
    const namespace = stored.find(({ kind }) => kind === 'Namespace');
    if (role === 'admitted' && namespace) {
      t.same(annotationsOf(namespace), {
        'linkerd.io/inject': 'enabled',
        'config.linkerd.io/default-inbound-policy': 'deny',
      });
    }
  });
}
t.equal(blocks.length, 7);
