import t from 'tap';
import { calicoPolicies, watchedResources } from '../../src/cluster/view/resources.ts';
import { reportApis } from '../../src/kubernetes/report-api.ts';
import type { KubernetesObject } from '../../src/kubernetes/object.ts';
import { goldenObjects, goldenSets, theOnly } from './golden-objects.ts';

interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

const rulesOf = (role: KubernetesObject) => role['rules'] as readonly PolicyRule[];

/** `VERB RESOURCE.GROUP`, with `/NAME` behind it where the right is bound to names. */
function rightsOf(role: KubernetesObject): readonly string[] {
  return rulesOf(role)
    .flatMap(({ apiGroups, resources, resourceNames = [''], verbs }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) =>
          resourceNames.flatMap((name) =>
            verbs.map((verb) => `${verb} ${resource}.${group}${name === '' ? '' : `/${name}`}`),
          ),
        ),
      ),
    )
    .toSorted();
}

const objects = goldenObjects('default');
const clusterRights = rightsOf(theOnly(objects, 'ClusterRole'));
const ownRights = rightsOf(theOnly(objects, 'Role'));

/** What following the cluster asks for, however Calico is served. */
function followed(): readonly string[] {
  const resources = (['apiserver', 'v3crd', 'raw', 'absent'] as const).flatMap((calico) =>
    watchedResources(calico, ['linkerd']),
  );
  const rights = resources.flatMap(({ group, resource }) => {
    const name = resource.endsWith('/configmaps') ? 'configmaps./linkerd-config' : `${resource}.${group}`;
    return [`list ${name}`, `watch ${name}`];
  });
  // Calico's API server lets nobody see a tier's policies who may not get the tier and list its policies.
  const tiers = calicoPolicies.flatMap((resource) => [
    `list tier.${resource}.projectcalico.org`,
    `watch tier.${resource}.projectcalico.org`,
  ]);
  return [
    ...rights,
    ...tiers,
    'list pods.',
    'get tiers.projectcalico.org',
    'get clusterinformations.projectcalico.org/default',
    'get clusterinformations.crd.projectcalico.org/default',
    'get apiservices.apiregistration.k8s.io/v3.projectcalico.org',
    // Whether anything runs in a held namespace; pods are not followed.
    'list pods.',
  ];
}

t.test('the process may read what its code reads, and nothing else', async (t) => {
  const isOwn = (right: string) => /\.tollgate\.dev$|^create |^patch /.test(right);
  t.same(
    clusterRights.filter((right) => !isOwn(right)),
    [...new Set(followed())].toSorted(),
  );
  t.same(clusterRights.filter(isOwn), [
    'create events.events.k8s.io',
    'list conventionpolicies.tollgate.dev',
    'list waivers.tollgate.dev',
    'patch conventionpolicies/status.tollgate.dev',
    'patch events.events.k8s.io',
    'patch mutatingwebhookconfigurations.admissionregistration.k8s.io/gate-tollgate',
    'patch validatingwebhookconfigurations.admissionregistration.k8s.io/gate-tollgate',
    'patch waivers/status.tollgate.dev',
    'watch conventionpolicies.tollgate.dev',
    'watch waivers.tollgate.dev',
  ]);
});

t.test('in its own namespace it may touch its Lease and its Secret, by name', async (t) => {
  t.same(ownRights, [
    'create leases.coordination.k8s.io',
    'create secrets.',
    'get leases.coordination.k8s.io/tollgate',
    'get leases.coordination.k8s.io/tollgate-take-aways',
    'list secrets./tollgate-tls',
    'update leases.coordination.k8s.io/tollgate',
    'update leases.coordination.k8s.io/tollgate-take-aways',
    'update secrets./tollgate-tls',
    'watch secrets./tollgate-tls',
  ]);
});

t.test('where reports are asked for it may write those of both APIs, and nothing else more', async (t) => {
  const rendered = goldenObjects('reports-of-the-audit-and-its-page');
  const added = rightsOf(theOnly(rendered, 'ClusterRole')).filter((right) => !clusterRights.includes(right));
  const written = reportApis.flatMap(({ group, report, clusterReport }) =>
    [report, clusterReport].flatMap(({ resource }) =>
      ['get', 'list', 'create', 'update', 'delete'].map((verb) => `${verb} ${resource}.${group}`),
    ),
  );
  t.same(added, written.toSorted());
  t.same(rightsOf(theOnly(rendered, 'Role')), ownRights);
  t.notMatch(clusterRights.join('\n'), 'reports', 'and not where they are not');
  const { template } = theOnly(rendered, 'Deployment').spec as {
    readonly template: { readonly spec: PodSpec };
  };
  const { args } = template.spec.containers[0];
  for (const flag of ['--reports', '--audit-page']) t.ok(args.includes(flag), flag);
});

t.test('with a certificate from elsewhere it writes no Secret and no webhook configuration', async (t) => {
  const rendered = goldenObjects('certificate-by-cert-manager');
  const rights = [...rightsOf(theOnly(rendered, 'ClusterRole')), ...rightsOf(theOnly(rendered, 'Role'))];
  t.same(
    rights.filter((right) => /secrets|webhookconfigurations/.test(right)),
    ['list', 'watch'].flatMap((verb) =>
      ['mutating', 'validating'].map(
        (kind) => `${verb} ${kind}webhookconfigurations.admissionregistration.k8s.io`,
      ),
    ),
    'it reads them, its own two to see whether it is asked',
  );
});

t.test(
  'a replica asks for the Lease that it may touch, and for no leader that keeps no certificates',
  async (t) => {
    const leases = goldenSets.map((set) => {
      const objects = goldenObjects(set);
      const { template } = theOnly(objects, 'Deployment').spec as {
        readonly template: { readonly spec: PodSpec };
      };
      const { args } = template.spec.containers[0];
      const named = (flag: string) => args.find((arg) => arg.startsWith(flag))?.slice(flag.length) ?? '';
      const lease = named('--lease=');
      const rights = rightsOf(theOnly(objects, 'Role'));
      // Those of before and after another source of certificates agree with each other.
      t.equal(named('--take-away-lease='), 'tollgate-take-aways');
      for (const name of [lease, 'tollgate-take-aways'])
        for (const verb of ['get', 'update'])
          t.ok([...rights].includes(`${verb} leases.coordination.k8s.io/${name}`), `${set}: ${verb} ${name}`);
      return `${args.some((arg) => arg.startsWith('--tls-secret=')) ? 'own' : 'files'}: ${lease}`;
    });
    t.same(new Set(leases), new Set(['own: tollgate', 'files: tollgate-files']));
  },
);

interface PodSpec {
  readonly containers: readonly [{ readonly args: readonly string[] }];
}

t.test('no right is a wildcard', async (t) => {
  for (const set of ['default', 'born-closed', 'in-the-nodes-network'] as const) {
    const roles = goldenObjects(set).filter(({ kind }) => kind === 'ClusterRole' || kind === 'Role');
    t.notMatch(JSON.stringify(roles.map(rulesOf)), '*');
  }
});
