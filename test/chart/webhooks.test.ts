import t from 'tap';
import { defaultConventions } from '../../src/conventions/default-conventions.ts';
import { isPolicyKind } from '../../src/kubernetes/object-class.ts';
import type { KubernetesObject } from '../../src/kubernetes/object.ts';
import { checksumAnnotation, checksumOf } from '../../src/cluster/certificates/own-configurations.ts';
import { goldenObjects, goldenSets, theOnly } from './golden-objects.ts';

interface Webhook {
  readonly name: string;
  readonly clientConfig: {
    readonly service: { readonly namespace: string; readonly name: string; readonly path: string };
  };
  readonly admissionReviewVersions: readonly string[];
  readonly sideEffects: string;
  readonly matchPolicy: string;
  readonly failurePolicy: string;
  readonly timeoutSeconds: number;
  readonly namespaceSelector: {
    readonly matchExpressions: readonly {
      readonly key: string;
      readonly operator: string;
      readonly values: readonly string[];
    }[];
  };
  readonly objectSelector?: unknown;
  readonly matchConditions: readonly { readonly name: string; readonly expression: string }[];
  readonly rules: readonly Rule[];
}

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly operations: readonly string[];
}

const webhooksOf = (configuration: KubernetesObject) => configuration['webhooks'] as readonly Webhook[];
const objects = goldenObjects('default');
const validating = theOnly(objects, 'ValidatingWebhookConfiguration');
const mutating = theOnly(objects, 'MutatingWebhookConfiguration');
const all = [...webhooksOf(validating), ...webhooksOf(mutating)];
/** `resource.group OPERATION` of everything that is sent. */
const sent = (webhooks: readonly Webhook[]) =>
  webhooks.flatMap(({ rules }) =>
    rules.flatMap(({ apiGroups, resources, operations }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) => operations.map((operation) => `${operation} ${resource}.${group}`)),
      ),
    ),
  );

/** Those that see the namespaces in which what the gate depends on runs. */
const [peers, system] = ['peers.validate.tollgate.dev', 'system.validate.tollgate.dev'];
const byName = (wanted: string) => {
  const found = all.find(({ name }) => name === wanted);
  if (!found) throw new Error(`there is no webhook ${wanted}`);
  return found;
};

const byCode = (a: string, b: string) => (a < b ? -1 : Number(a > b));

t.test('one configuration for each kind of webhook, and one Service behind all', async (t) => {
  t.same(
    all.map(
      ({ name, clientConfig: { service } }) => `${name} ${service.namespace}/${service.name}${service.path}`,
    ),
    [
      'validate.tollgate.dev tollgate-system/tollgate/validate',
      'peers.validate.tollgate.dev tollgate-system/tollgate/validate',
      'system.validate.tollgate.dev tollgate-system/tollgate/validate',
      'pods.validate.tollgate.dev tollgate-system/tollgate/validate',
      'services.validate.tollgate.dev tollgate-system/tollgate/validate',
      'mutate.tollgate.dev tollgate-system/tollgate/mutate',
    ],
  );
  // Those of the system's namespaces are for what the others leave out.
  const requests = sent(webhooksOf(validating).filter(({ name }) => name !== system));
  t.equal(new Set(requests).size, requests.length, 'no request is sent to two of the validating webhooks');
});

t.test('new namespaces are sent to be changed only where a convention adds something to them', async (t) => {
  const toNamespaces = (configuration: KubernetesObject) =>
    sent(webhooksOf(configuration)).filter((request) => request.endsWith(' namespaces.'));
  t.same(toNamespaces(mutating), []);
  for (const { defaultDeny, mesh } of defaultConventions().conventions)
    t.match([defaultDeny?.coverLabel, mesh?.namespaces], [undefined, {}], 'as the chart believes');
  const bornClosed = theOnly(goldenObjects('born-closed'), 'MutatingWebhookConfiguration');
  t.same(toNamespaces(bornClosed), ['CREATE namespaces.']);
});

t.test('ours is called before Linkerd’s injector', async (t) => {
  for (const { metadata } of [validating, mutating]) {
    const { name = '' } = metadata;
    t.ok(name < 'linkerd-proxy-injector-webhook-config', name);
  }
});

t.test(
  'each webhook has no side effects, sees every version of a kind and is never waited for long',
  async (t) => {
    for (const webhook of all) {
      t.match(webhook, { admissionReviewVersions: ['v1'], sideEffects: 'None', matchPolicy: 'Equivalent' });
      t.ok(webhook.timeoutSeconds <= 3, webhook.name);
      t.equal(webhook.objectSelector, undefined, 'whoever sets labels could drop out of it');
    }
  },
);

t.test('what must come up when nobody answers is not held up', async (t) => {
  const names = [
    'kube-system',
    'calico-system',
    'tigera-operator',
    'linkerd',
    'cert-manager',
    'tollgate-system',
  ];
  for (const { name, namespaceSelector } of all.filter(({ name }) => name !== peers && name !== system)) {
    const excluded = new Set(
      namespaceSelector.matchExpressions
        .filter(({ key, operator }) => key === 'kubernetes.io/metadata.name' && operator === 'NotIn')
        .flatMap(({ values }) => values),
    );
    for (const namespace of names) t.ok(excluded.has(namespace), `${name}: ${namespace}`);
  }
  const [selected] = byName(system).namespaceSelector.matchExpressions;
  t.match(selected, { key: 'kubernetes.io/metadata.name', operator: 'In' });
  t.same(selected?.values, byName('validate.tollgate.dev').namespaceSelector.matchExpressions[0]?.values);
  t.equal(byName(system).failurePolicy, 'Ignore');
  t.same(
    [...new Set(sent([byName(peers)]).map((request) => request.split(' ')[1]))],
    ['networksets.crd.projectcalico.org', 'networksets.projectcalico.org'],
    'which nothing waits for',
  );
});

t.test('what the rules of another namespace find is sent from every namespace', async (t) => {
  t.same(byName(peers).namespaceSelector, {});
  t.same(sent([byName(system)]), [
    'UPDATE namespaces.',
    'UPDATE namespaces/status.',
    'UPDATE namespaces/finalize.',
    'CREATE serviceaccounts.',
    'UPDATE serviceaccounts.',
    'DELETE serviceaccounts.',
  ]);
  const governed = new Set(sent([byName('validate.tollgate.dev')]));
  for (const request of sent([byName(system)])) t.ok(governed.has(request), request);
});

t.test(
  'only what is judged is sent: no lease, node, event or virtual resource, no status but of namespaces and pods, no wildcard',
  async (t) => {
    const kinds = [...new Set(sent(all).map((request) => request.split(' ')[1] ?? ''))].toSorted(byCode);
    t.same(kinds, [
      'adminnetworkpolicies.policy.networking.k8s.io',
      'authorizationpolicies.policy.linkerd.io',
      'baselineadminnetworkpolicies.policy.networking.k8s.io',
      'clusternetworkpolicies.policy.networking.k8s.io',
      'cronjobs.batch',
      'daemonsets.apps',
      'deployments.apps',
      'egressnetworks.policy.linkerd.io',
      'globalnetworkpolicies.crd.projectcalico.org',
      'globalnetworkpolicies.projectcalico.org',
      'globalnetworksets.crd.projectcalico.org',
      'globalnetworksets.projectcalico.org',
      'grpcroutes.gateway.networking.k8s.io',
      'hostendpoints.crd.projectcalico.org',
      'hostendpoints.projectcalico.org',
      'httplocalratelimitpolicies.policy.linkerd.io',
      'httproutes.gateway.networking.k8s.io',
      'httproutes.policy.linkerd.io',
      'jobs.batch',
      'meshtlsauthentications.policy.linkerd.io',
      'namespaces.',
      'namespaces/finalize.',
      'namespaces/status.',
      'networkauthentications.policy.linkerd.io',
      'networkpolicies.crd.projectcalico.org',
      'networkpolicies.networking.k8s.io',
      'networkpolicies.projectcalico.org',
      'networksets.crd.projectcalico.org',
      'networksets.projectcalico.org',
      'pods.',
      'pods/ephemeralcontainers.',
      'pods/status.',
      'replicasets.apps',
      'replicationcontrollers.',
      'serverauthorizations.policy.linkerd.io',
      'servers.policy.linkerd.io',
      'serviceaccounts.',
      'services.',
      'stagedglobalnetworkpolicies.crd.projectcalico.org',
      'stagedglobalnetworkpolicies.projectcalico.org',
      'stagedkubernetesnetworkpolicies.crd.projectcalico.org',
      'stagedkubernetesnetworkpolicies.projectcalico.org',
      'stagednetworkpolicies.crd.projectcalico.org',
      'stagednetworkpolicies.projectcalico.org',
      'statefulsets.apps',
      'tcproutes.gateway.networking.k8s.io',
      'tiers.crd.projectcalico.org',
      'tiers.projectcalico.org',
      'tlsroutes.gateway.networking.k8s.io',
    ]);
  },
);

t.test('every kind that policies are made of is guarded in all three operations', async (t) => {
  const requests = new Set(sent(webhooksOf(validating)));
  const kinds: Readonly<Record<string, readonly string[]>> = {
    'networking.k8s.io': ['NetworkPolicy'],
    'policy.networking.k8s.io': ['ClusterNetworkPolicy', 'AdminNetworkPolicy', 'BaselineAdminNetworkPolicy'],
  };
  const calico = 'NetworkPolicy GlobalNetworkPolicy StagedNetworkPolicy StagedGlobalNetworkPolicy'
    .concat(' StagedKubernetesNetworkPolicy Tier NetworkSet GlobalNetworkSet HostEndpoint')
    .split(' ');
  for (const [group, names] of Object.entries({
    ...kinds,
    'projectcalico.org': calico,
    'crd.projectcalico.org': calico,
  })) {
    for (const kind of names) {
      t.ok(isPolicyKind({ apiVersion: `${group}/v1`, kind }), `${kind} is one of them`);
      const plural = kind.toLowerCase().replace(/y$/, 'ie').concat('s');
      for (const operation of ['CREATE', 'UPDATE', 'DELETE']) {
        t.ok(requests.has(`${operation} ${plural}.${group}`), `${operation} ${plural}.${group}`);
      }
    }
  }
});

t.test(
  'a deletion is asked about for what policies are made of and for service accounts alone, and of pods what rules are about',
  async (t) => {
    const deletions = sent(all).filter((request) => request.startsWith('DELETE '));
    for (const request of deletions)
      t.match(request, /projectcalico\.org|networking\.k8s\.io|serviceaccounts/);
    t.same(
      [...new Set(sent(all).filter((request) => / pods[./]/.test(request)))],
      ['CREATE pods.', 'UPDATE pods.', 'UPDATE pods/ephemeralcontainers.', 'UPDATE pods/status.'],
      'nothing of what Kubernetes does to a pod in an incident',
    );
  },
);

t.test(
  'mutation fails open, its validating counterpart closed, and a lost pod can always be replaced',
  async (t) => {
    t.same(Object.fromEntries(all.map(({ name, failurePolicy }) => [name, failurePolicy])), {
      'validate.tollgate.dev': 'Fail',
      [peers]: 'Fail',
      [system]: 'Ignore',
      'pods.validate.tollgate.dev': 'Ignore',
      'services.validate.tollgate.dev': 'Ignore',
      'mutate.tollgate.dev': 'Ignore',
    });
    const validated = new Set(sent(webhooksOf(validating)));
    for (const request of sent(webhooksOf(mutating)))
      t.ok(validated.has(request), `${request} is validated too`);
  },
);

t.test(
  'what deletes a namespace, and what is on its way out, passes without being asked about',
  async (t) => {
    for (const { name, matchConditions } of all.filter(({ name }) => !name.startsWith('pods.'))) {
      const expressions = matchConditions.map(({ expression }) => expression).join('\n');
      t.match(expressions, 'username != "system:serviceaccount:kube-system:namespace-controller"', name);
      t.match(expressions, '!has(object.metadata.deletionTimestamp)', name);
    }
  },
);

t.test('nobody but the namespace controller deletes without being asked about', async (t) => {
  for (const { name, matchConditions } of all.filter(({ name }) => !name.startsWith('pods.'))) {
    for (const condition of ['not-an-excluded-user', 'not-an-excluded-group']) {
      const found = matchConditions.find((one) => one.name === condition);
      t.match(found?.expression, 'request.operation == "DELETE"', `${name}: ${condition}`);
    }
  }
});

t.test('the chart says by a checksum what its webhooks are, as the process computes it', async (t) => {
  for (const set of goldenSets) {
    for (const kind of ['ValidatingWebhookConfiguration', 'MutatingWebhookConfiguration']) {
      const configuration = theOnly(goldenObjects(set), kind);
      t.equal(
        checksumOf(configuration),
        configuration.metadata.annotations?.[checksumAnnotation],
        `${set}: ${kind}`,
      );
    }
  }
  const ignoring = webhooksOf(validating).map((webhook) => ({ ...webhook, failurePolicy: 'Ignore' }));
  t.not(checksumOf({ ...validating, webhooks: ignoring }), checksumOf(validating));
});
