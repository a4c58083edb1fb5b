import { resolve } from 'node:path';
import t from 'tap';
import { safeParse } from 'valibot';
import { conventionPolicySchema } from '../../src/conventions/document/schema/convention-policy.ts';
import { documentCases } from '../conventions/documents.ts';
import { startControlPlane } from './control-plane.ts';
import { createKubectl } from './kubectl.ts';

const definitions = resolve(import.meta.dirname, '../../charts/tollgate/files/crds');

const controlPlane = await startControlPlane();
t.teardown(() => controlPlane.stop());
const { kubectl, apply } = createKubectl(controlPlane);

t.test('the API server takes both resource definitions', async (t) => {
  const applied = await kubectl(['apply', '-f', definitions]);
  t.match(applied, { code: 0, stderr: '' });
  for (const plural of ['conventionpolicies', 'waivers']) {
    const waited = await kubectl([
      'wait',
      '--for=condition=Established',
      '--timeout=30s',
      `crd/${plural}.tollgate.dev`,
    ]);
    t.equal(waited.code, 0, waited.stderr);
  }
});

t.test('the API server refuses the same documents as the loader', async (t) => {
  for (const { name, document, refusedBy } of documentCases) {
    const { status, body } = await controlPlane.api.call('POST', pathOf(document), document);
    t.equal(status === 201, !refusedBy.includes('cluster'), `${name}: ${status} ${body.message ?? ''}`);
  }
});

t.test('the API server fills in the defaults of the loader', async (t) => {
  const document = {
    apiVersion: 'tollgate.dev/v1alpha1',
    kind: 'ConventionPolicy',
    metadata: { name: 'defaults' },
    spec: { mesh: {}, defaultDeny: {}, labels: [{ key: 'a', value: { workloadName: {} } }] },
  };
  t.match(await apply([document]), { code: 0 });
  const stored = await controlPlane.api.get('/apis/tollgate.dev/v1alpha1/conventionpolicies/defaults');
  const parsed = safeParse(conventionPolicySchema, document);
  t.ok(parsed.success);
  t.strictSame(stored?.['spec'], parsed.success && parsed.output.spec);
  t.ok(
    safeParse(conventionPolicySchema, stored).success,
    'what the API server adds to an object is no mistake',
  );
});

/** Where an object of a kind is created, with the strict reading of fields that kubectl asks for, and without effect. */
function pathOf(document: object): string {
  const plural = 'kind' in document && document.kind === 'Waiver' ? 'waivers' : 'conventionpolicies';
  return `/apis/tollgate.dev/v1alpha1/${plural}?dryRun=All&fieldValidation=Strict`;
}
