import t from 'tap';
import { answerMutate, answerValidate } from '../../src/admission/review.ts';
import type { Decision } from '../../src/admission/decision.ts';
import { createInventoryStore } from '../../src/inventory/inventory-store.ts';
import type { AdmissionRequest } from '../../src/kubernetes/admission-review.ts';
import type { KubernetesObject } from '../../src/kubernetes/object.ts';
import { limits } from '../../src/facts/limits.ts';
import { conventions } from '../support/conventions.ts';
import { type Shape, shapes } from '../support/costly-shapes.ts';
import { globalNetworkPolicy, namespace } from '../support/objects.ts';

const { most: mostListed } = limits.findingsListed;

/**
 * The work of a review grows with its body and no faster: it is counted, never timed. A body four times as long may be
 * looked at some five times as often.
 */
const [short, long] = [1024, 4 * 1024];
const mostGrowth = 5.5;
const now = new Date('2026-11-30T12:00:00Z');
const set = conventions({ waivers: { byAnnotation: true } });
const { inventory } = createInventoryStore({ mode: 'v3crd', version: '3.32' }, [
  namespace('shop', { team: 'team-0' }),
  globalNetworkPolicy('closed', { selector: 'all()', types: ['Ingress', 'Egress'] }),
]);

function requestOf(operation: 'CREATE' | 'UPDATE', object: KubernetesObject, oldObject: KubernetesObject) {
  const request: AdmissionRequest = {
    uid: '1',
    kind: { group: '', version: 'v1', kind: object.kind },
    operation,
    dryRun: false,
    user: { username: 'ada', groups: [] },
    object,
    ...(object.metadata.namespace ? { namespace: object.metadata.namespace } : {}),
    ...(operation === 'UPDATE' ? { oldObject } : {}),
  };
  return request;
}

/** An object that counts how often something of it is looked at. */
function counted<Value extends object>(
  value: Value,
): { readonly value: Value; readonly count: () => number } {
  let count = 0;
  const known = new WeakMap<object, object>();
  const wrap = (inner: object): object => {
    const there = known.get(inner);
    if (there) return there;
    const made = new Proxy(inner, {
      get: (target, key) => {
        count++;
        const found: unknown = Reflect.get(target, key);
        return typeof found === 'object' && found !== null ? wrap(found) : found;
      },
      getOwnPropertyDescriptor: (target, key) => {
        count++;
        return Reflect.getOwnPropertyDescriptor(target, key);
      },
    });
    known.set(inner, made);
    return made;
  };
  return { value: wrap(value) as Value, count: () => count };
}

function looksAt({ make }: Shape, bytes: number, operation: 'CREATE' | 'UPDATE'): number {
  const [object, former] = [counted(make(bytes)), counted(make(bytes))];
  const request = requestOf(operation, object.value, former.value);
  answerValidate(request, inventory, set, now);
  answerMutate(request, inventory, set, now);
  return object.count() + former.count();
}

t.test('a body four times as long is not looked at much more than four times as often', async (t) => {
  for (const shape of shapes) {
    for (const operation of ['CREATE', 'UPDATE'] as const) {
      const [few, many] = [looksAt(shape, short, operation), looksAt(shape, long, operation)];
      t.ok(many <= mostGrowth * Math.max(few, 500), `${operation} of ${shape.name}: ${few}, then ${many}`);
    }
  }
});

t.test('of many findings of a rule so many are listed, and the others are counted', async (t) => {
  const annotations = Object.fromEntries(
    Array.from({ length: 1000 }, (_, index) => [`config.linkerd.io/proxy-requets${index}`, 'x']),
  );
  const object = {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'shop', labels: { 'kubernetes.io/metadata.name': 'shop' }, annotations },
  };
  const { findings, warnings }: Decision = answerValidate(
    requestOf('UPDATE', object, object),
    inventory,
    set,
    now,
  );
  const unknown = findings.filter(({ rule }) => rule === 'mesh/annotation-unknown');
  t.equal(unknown.length, mostListed + 1);
  t.equal(
    unknown.at(-1)?.message,
    `Namespace "shop": and ${1000 - mostListed} more findings of this rule, which are not listed`,
  );
  t.ok(
    unknown.slice(0, mostListed).every(({ expected }) => expected !== undefined),
    'each with what to write',
  );
  t.equal(warnings.at(-1), `${mostListed + 1 - 16} more warnings, shown by: tollgate check`);
});

t.test('every finding that denies is kept, however many there are', async (t) => {
  const labels = Object.fromEntries(
    Array.from({ length: 500 }, (_, index) => [`projectcalico.org/mine-${index}`, 'x']),
  );
  const template = {
    metadata: { labels: { app: 'web', ...labels } },
    spec: { containers: [{ name: 'web', image: 'example/web:1' }] },
  };
  const object = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'shop' },
    spec: { selector: { matchLabels: { app: 'web' } }, template },
  };
  const { findings } = answerValidate(requestOf('CREATE', object, object), inventory, set, now);
  t.equal(findings.filter(({ rule }) => rule === 'label/reserved').length, 500);
});
