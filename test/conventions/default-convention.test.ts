import { load } from 'js-yaml';
import t from 'tap';
import { safeParse } from 'valibot';
import { defaultConvention } from '../../src/conventions/convention/default-convention.ts';
import { defaultConventions } from '../../src/conventions/default-conventions.ts';
import { loadConventions } from '../../src/conventions/load-conventions.ts';
import { conventionPolicySchema } from '../../src/conventions/document/schema/convention-policy.ts';

const set = defaultConventions();
const governedBy = (name: string) => set.governing({ name, labels: {} })?.name;

t.test('the packaged document says every default that the schema would fill in', async (t) => {
  const document = load(defaultConvention);
  const parsed = safeParse(conventionPolicySchema, document);
  t.ok(parsed.success);
  t.strictSame(parsed.output, document);
});

t.test('starting without the schema gives the same convention as loading the document', async (t) => {
  const value = load(defaultConvention);
  const loaded = loadConventions([{ file: '<default>', value }], []).set?.conventions[0];
  const data = (convention: unknown) => JSON.parse(JSON.stringify(convention ?? 'none')) as unknown;
  t.strictSame(data(set.conventions[0]), data(loaded));
});

t.test('it governs every namespace but those of what the gate depends on', async (t) => {
  for (const name of ['shop', 'default', 'my-linkerd', 'calico', 'kube-tools', 'calico-lab', 'linkerd-shop'])
    t.equal(governedBy(name), 'baseline', name);
  for (const name of [
    'kube-system',
    'kube-public',
    'kube-node-lease',
    'calico-system',
    'calico-apiserver',
    'tigera-operator',
    'linkerd',
    'linkerd-cni',
    'linkerd-viz',
    'linkerd-jaeger',
    'linkerd-multicluster',
    'cert-manager',
    'tollgate-system',
  ]) {
    t.equal(governedBy(name), undefined, name);
  }
});

t.test('it refuses nothing for want of a label and waives nothing', async (t) => {
  const [convention] = set.conventions;
  t.ok(convention?.labels.every(({ required }) => !required));
  t.strictSame(set.waivers, []);
  t.equal(convention?.defaultDeny?.coverLabel, undefined);
  t.equal(convention?.waivers.byAnnotation, false);
});
