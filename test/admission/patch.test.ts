import fc from 'fast-check';
import t from 'tap';
import { applyPatch } from '../../src/admission/apply-patch.ts';
import { patchFor } from '../../src/admission/patch.ts';
import { valueAt } from '../../src/kubernetes/json-pointer.ts';
import { holds } from '../support/law.ts';
import type { KubernetesObject } from '../../src/kubernetes/object.ts';

const pod = (metadata: object): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: metadata as never,
  spec: { containers: [] },
});
const inject = { pointer: '/metadata/annotations/linkerd.io~1inject', value: 'enabled' };
const name = { pointer: '/metadata/labels/app.kubernetes.io~1name', value: 'web' };

t.test('parents that are absent are created once', async (t) => {
  const second = { pointer: '/metadata/annotations/other', value: 'x' };
  t.same(patchFor(pod({}), [inject, name, second]), [
    { op: 'add', path: '/metadata/annotations', value: { 'linkerd.io/inject': 'enabled', other: 'x' } },
    { op: 'add', path: '/metadata/labels', value: { 'app.kubernetes.io/name': 'web' } },
  ]);
  t.same(patchFor(pod({ annotations: null }), [inject]), [
    { op: 'add', path: '/metadata/annotations', value: { 'linkerd.io/inject': 'enabled' } },
  ]);
  t.same(
    patchFor({ apiVersion: 'v1', kind: 'X', metadata: {} }, [
      { pointer: '/spec/template/metadata/labels/a', value: '1' },
    ]),
    [{ op: 'add', path: '/spec', value: { template: { metadata: { labels: { a: '1' } } } } }],
  );
});

t.test('keys are escaped, siblings stay, and what is there gives no operation', async (t) => {
  t.same(patchFor(pod({ annotations: { a: 'b' } }), [inject]), [
    { op: 'add', path: inject.pointer, value: 'enabled' },
  ]);
  t.same(patchFor(pod({ annotations: { 'linkerd.io/inject': 'enabled' } }), [inject]), []);
  t.same(patchFor(pod({ annotations: { a: 'b' } }), [{ pointer: '/metadata/annotations/a', remove: true }]), [
    { op: 'remove', path: '/metadata/annotations/a' },
  ]);
  t.same(patchFor(pod({}), [{ pointer: '/metadata/annotations/a', remove: true }]), []);
});

t.test('what is no map where a map should be is left alone', async (t) => {
  const edit = (pointer: string) => [{ pointer, value: 'x' }];
  const odd = { apiVersion: 'v1', kind: 'Odd', metadata: {}, list: ['a'], text: 'b', number: 0, flag: false };
  for (const key of ['list', 'text', 'number', 'flag']) t.same(patchFor(odd, edit(`/${key}/c`)), [], key);
  t.same(patchFor(odd, edit('/list/0/c')), [], 'a text in a list');
  t.same(patchFor({ ...odd, list: [{}] }, edit('/list/0/c')), [{ path: '/list/0/c', op: 'add', value: 'x' }]);
  t.same(patchFor({ ...odd, map: null }, edit('/map/c')), [{ path: '/map', op: 'add', value: { c: 'x' } }]);
});

t.test('a patch brings its edits about, changes nothing else, and is empty the second time', async (t) => {
  const key = fc.constantFrom('a', 'linkerd.io/inject', 'constructor', 'x~y');
  const strings = fc.dictionary(key, fc.string(), { maxKeys: 3 });
  const object = fc.record(
    { annotations: fc.option(strings), labels: strings, extra: fc.jsonValue() },
    { requiredKeys: ['extra'] },
  );
  const edit = fc.record({ map: fc.constantFrom('annotations', 'labels'), key, value: fc.string() });
  const law = fc.property(object, fc.array(edit, { minLength: 1, maxLength: 4 }), (metadata, wanted) => {
    const before = pod(metadata);
    const kept = JSON.stringify(before);
    const edits = wanted.map(({ map, key, value }) => ({
      pointer: `/metadata/${map}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`,
      value,
    }));
    const after = applyPatch(before, patchFor(before, edits));
    const last = new Map(edits.map(({ pointer, value }) => [pointer, value]));
    for (const [pointer, value] of last) if (valueAt(after, pointer) !== value) return false;
    if (JSON.stringify(before) !== kept) return false;
    if (JSON.stringify(after.metadata.extra) !== JSON.stringify(metadata.extra)) return false;
    return (
      patchFor(
        after,
        [...last].map(([pointer, value]) => ({ pointer, value })),
      ).length === 0
    );
  });
  holds(t, 'the edits are there, nothing else moved, the second patch is empty', law, 300);
});
