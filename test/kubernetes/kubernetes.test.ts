import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { readAdmissionReview } from '../../src/kubernetes/admission-review.ts';
import { parentAt, pathOf, pointerOf, valueAt } from '../../src/kubernetes/json-pointer.ts';
import { readLabelSelector, selectsLabels } from '../../src/kubernetes/label-selector.ts';
import { isLabelValue, isQualifiedName } from '../../src/kubernetes/label-syntax.ts';
import { isTerminating, namespaceIdentity } from '../../src/kubernetes/namespace.ts';
import { classOf } from '../../src/kubernetes/object-class.ts';
import { podTemplateOf } from '../../src/kubernetes/pod-template.ts';
import { holds } from '../support/law.ts';

const reviews = join(import.meta.dirname, '../../examples/reviews');

t.test('pointers escape what JSON Pointer reserves and find only own properties', async (t) => {
  t.equal(
    pointerOf('metadata', 'annotations', 'linkerd.io/inject'),
    '/metadata/annotations/linkerd.io~1inject',
  );
  t.equal(pointerOf('a~b', 0), '/a~0b/0');
  t.equal(valueAt({ list: [{ a: 1 }] }, '/list/0/a'), 1);
  t.equal(valueAt({ list: [1] }, '/list/00'), undefined, 'no leading zeros');
  t.equal(valueAt({}, '/constructor'), undefined);
  t.equal(valueAt({}, '/__proto__/polluted'), undefined);
  t.equal(valueAt({ a: null }, '/a/b'), undefined);
  t.same(valueAt({ a: 1 }, ''), { a: 1 });
  const law = fc.property(
    fc.array(fc.string()),
    (path) => pathOf(pointerOf(...path)).join('\u0000') === path.join('\u0000'),
  );
  holds(t, 'a path is read back from its pointer', law, 100);
  const parents = fc.property(fc.array(fc.string()), fc.nat(10), (path, depth) => {
    const pointer = pointerOf(...path);
    return parentAt(pointer, depth) === pointerOf(...path.slice(0, depth));
  });
  holds(t, 'a parent has the pointer of its own path', parents, 100);
});

t.test('label selectors select as Kubernetes does', async (t) => {
  const select = (selector: unknown, labels: Record<string, string>) => {
    const read = readLabelSelector(selector);
    return read && selectsLabels(read, labels);
  };
  t.equal(select({}, {}), true, 'an empty selector selects everything');
  t.equal(select({ matchLabels: { a: '1' } }, { a: '1' }), true);
  t.equal(select({ matchLabels: { a: '1' } }, { a: '2' }), false);
  t.equal(select({ matchExpressions: [{ key: 'a', operator: 'NotIn', values: ['1'] }] }, {}), true);
  t.equal(select({ matchExpressions: [{ key: 'a', operator: 'In', values: ['1', '2'] }] }, { a: '2' }), true);
  t.equal(select({ matchExpressions: [{ key: 'a', operator: 'Exists' }] }, {}), false);
  t.equal(select({ matchExpressions: [{ key: 'a', operator: 'DoesNotExist' }] }, {}), true);
  t.equal(select({ matchExpressions: [{ key: 'constructor', operator: 'Exists' }] }, {}), false);
  for (const wrong of [
    null,
    [],
    'a=b',
    { matchLabels: [] },
    { matchExpressions: {} },
    { matchExpressions: [{ key: 'a', operator: 'in' }] },
    { matchExpressions: [{ key: 'a', operator: 'In' }] },
    { matchExpressions: [{ key: 'a', operator: 'Exists', values: ['x'] }] },
  ]) {
    t.equal(readLabelSelector(wrong), undefined, JSON.stringify(wrong));
  }
});

t.test('label values and keys have the syntax of Kubernetes', async (t) => {
  for (const value of ['', 'a', 'A-b_c.d', 'x'.repeat(63)]) t.equal(isLabelValue(value), true, value);
  for (const value of ['-a', 'a-', 'a b', 'ä', 'x'.repeat(64), 'a/b', 'a\n'])
    t.equal(isLabelValue(value), false, value);
  for (const key of ['app', 'app.kubernetes.io/name', 'x.y/A_b']) t.equal(isQualifiedName(key), true, key);
  for (const key of ['', '/a', 'a/', 'A.b/c', 'a/b/c', 'a b']) t.equal(isQualifiedName(key), false, key);
});

t.test('a pod template is found by structure', async (t) => {
  const spec = { containers: [{ name: 'c' }] };
  const find = (kind: string, rest: object) =>
    podTemplateOf({ apiVersion: 'example.dev/v1', kind, metadata: {}, ...rest })?.pointer;
  t.equal(find('Pod', { spec }), '');
  t.equal(find('Rollout', { spec: { template: { spec } } }), '/spec/template');
  t.equal(
    find('CronJob', { spec: { jobTemplate: { spec: { template: { spec } } } } }),
    '/spec/jobTemplate/spec/template',
  );
  t.equal(
    find('Certificate', { spec: { template: { spec: { secret: 'x' } } } }),
    undefined,
    'a template of something else',
  );
  t.equal(find('Pod', {}), undefined);
  t.equal(find('Thing', { spec: null }), undefined);
});

t.test('objects are told apart by group, kind and structure', async (t) => {
  const is = (apiVersion: string, kind: string, rest: object = {}) =>
    classOf({ apiVersion, kind, metadata: {}, ...rest });
  t.equal(is('v1', 'Namespace'), 'namespace');
  t.equal(is('v1', 'ServiceAccount'), 'service-account');
  t.equal(is('crd.projectcalico.org/v1', 'GlobalNetworkPolicy'), 'policy');
  t.equal(is('projectcalico.org/v3', 'Tier'), 'policy');
  t.equal(is('networking.k8s.io/v1', 'NetworkPolicy'), 'policy');
  t.equal(is('networking.k8s.io/v1', 'Ingress'), 'other');
  t.equal(is('example.dev/v1', 'NetworkPolicy'), 'other');
  t.equal(is('policy.linkerd.io/v1beta3', 'Server'), 'mesh-policy');
  t.equal(is('gateway.networking.k8s.io/v1', 'HTTPRoute'), 'mesh-policy');
  t.equal(is('gateway.networking.k8s.io/v1', 'GRPCRoute'), 'mesh-policy');
  t.equal(is('gateway.networking.k8s.io/v1', 'Gateway'), 'other');
  t.equal(is('constructor/v1', 'Tier'), 'other');
  t.equal(is('apps/v1', 'Deployment', { spec: { template: { spec: { containers: [] } } } }), 'workload');
});

t.test('a namespace carries its name as a label and may be on its way out', async (t) => {
  t.same(namespaceIdentity('shop').labels, { 'kubernetes.io/metadata.name': 'shop' });
  const namespace = (rest: object) => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'shop' },
    ...rest,
  });
  t.equal(isTerminating(namespace({})), false);
  t.equal(isTerminating(namespace({ status: { phase: 'Terminating' } })), true);
  t.equal(isTerminating(namespace({ metadata: { deletionTimestamp: '2026-11-21T00:00:00Z' } })), true);
});

t.test('recorded reviews are read', async (t) => {
  for (const file of readdirSync(reviews).filter((name) => name.endsWith('.json'))) {
    const review = readAdmissionReview(JSON.parse(readFileSync(join(reviews, file), 'utf8')));
    if ('problem' in review) t.fail(`${file}: ${review.problem}`);
    else t.ok(review.object ?? review.oldObject, file);
  }
  const read = readAdmissionReview(JSON.parse(readFileSync(join(reviews, 'deployment-scale.json'), 'utf8')));
  t.match(read, {
    subResource: 'scale',
    operation: 'UPDATE',
    user: { username: 'admin' },
    namespace: 'shop',
  });
});

t.test('what is no review is told why', async (t) => {
  const problem = (body: unknown) => (readAdmissionReview(body) as { problem?: string }).problem;
  const review = (request: unknown) => ({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request,
  });
  t.equal(problem([]), 'the body is not a JSON object');
  t.equal(problem({ kind: 'Pod' }), 'kind is "Pod", expected "AdmissionReview"');
  t.equal(
    problem({ kind: 'AdmissionReview', apiVersion: 'admission.k8s.io/v1beta1' }),
    'apiVersion is "admission.k8s.io/v1beta1", expected "admission.k8s.io/v1"',
  );
  const deep = JSON.parse('['.repeat(20_000) + ']'.repeat(20_000)) as unknown;
  t.equal(problem({ kind: deep }), 'kind is an array, expected "AdmissionReview"');
  t.equal(problem({ kind: { deep } }), 'kind is an object, expected "AdmissionReview"');
  t.equal(problem(review(undefined)), 'the review has no request');
  t.equal(problem(review({})), 'the request has no uid');
  t.equal(
    problem(review({ uid: 'u' })),
    'operation is missing, expected one of CREATE, UPDATE, DELETE, CONNECT',
  );
  t.equal(
    problem(review({ uid: 'u', operation: 'CREATE' })),
    'the request does not say the kind of its object',
  );
  const kind = { group: '', version: 'v1', kind: 'Pod' };
  t.equal(
    problem(review({ uid: 'u', operation: 'CREATE', kind, object: [] })),
    'the object of the request is no Kubernetes object',
  );
  const law = fc.property(fc.jsonValue(), (body) => 'problem' in readAdmissionReview(body));
  holds(t, 'any other JSON is a problem, never an exception', law, 200);
});
