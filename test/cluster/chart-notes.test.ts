import t from 'tap';
import { notesOf } from './rendered.ts';

/** What stands under "Still to be done", by its first words. */
const toDo = (values: object) =>
  (/^Still to be done:\n([^]*?)\n\n/m.exec(notesOf(values))?.[1] ?? '')
    .split(/^- /m)
    .filter((item) => item !== '')
    .map((item) => item.trim());

const monitored = {
  metrics: { serviceMonitor: { enabled: true }, prometheusRule: { enabled: true } },
};
const policies = [{ metadata: { name: 'own' }, spec: { mesh: { inject: 'enabled' } } }];
const own = { conventions: { source: 'values', policies } };

t.test('the notes name what is not guarded yet, and the command for the next stage', async (t) => {
  const next = 'helm upgrade tollgate … --namespace tollgate-system --reset-then-reuse-values --set stage=';
  t.match(
    toDo({ stage: 'observe' })[0],
    `Nothing is enforced yet. When the warnings say what you mean:\n    ${next}mutate`,
  );
  t.match(toDo({ stage: 'mutate' })[0], `${next}enforce`);
  t.match(toDo({ webhooks: { validating: { failurePolicy: 'Ignore' } } })[0], /failurePolicy is Ignore/);
  t.match(toDo({ webhooks: { namespaceSelector: { matchLabels: { a: 'b' } } } })[0], /narrows the gate/);
  t.notMatch(notesOf({ stage: 'observe' }), /--reuse-values/, 'which leaves out defaults of new values');
});

t.test('the notes name each source that something else has to fill', async (t) => {
  const has = (values: object, pattern: RegExp) =>
    t.ok(
      toDo(values).some((item) => pattern.test(item)),
      String(pattern),
    );
  has({ conventions: { source: 'configMap', configMap: 'platform' } }, /wait for the ConfigMap "platform"/);
  has({ conventions: { source: 'cluster' } }, /get conventionpolicies/);
  has({}, /^The convention inside the image/);
  has({ tls: { source: 'certManager' } }, /cainjector.*\n.*Until then guarded writes are refused/);
  has({ tls: { source: 'certManager' }, stage: 'observe' }, /Until then guarded writes are not checked/);
  has({ tls: { source: 'secret', secretName: 'a' } }, /caBundle is empty/);
  has({ tls: { clientCAConfigMap: 'clients' } }, /"clients" may ask/);
  has({}, /^Client authentication is off/);
  has({ defaultDeny: { enabled: true } }, /coverLabel/);
  has({}, /namespaces first/);
  has({ replicas: 1 }, /^One replica/);
});

t.test('what is done is not in the notes', async (t) => {
  const lacks = (values: object, pattern: RegExp) => t.notMatch(toDo(values).join('\n'), pattern);
  lacks(monitored, /metrics|alert/);
  lacks({ metrics: { podMonitor: { enabled: true } } }, /scraped/);
  lacks(own, /convention inside/);
  lacks({ replicas: null }, /One replica/);
  lacks({ replicas: 1, autoscaling: { enabled: true } }, /One replica/);
  lacks({ tls: { clientCAConfigMap: 'clients' } }, /Client authentication is off/);
});
