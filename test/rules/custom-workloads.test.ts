import t from 'tap';
import type { KubernetesObject } from '../../src/kubernetes/object.ts';
import { customWorkloads } from '../../src/workloads/custom/find-custom.ts';
import { podPlacesOf } from '../../src/workloads/custom/pod-places.ts';
import { conventions } from '../support/conventions.ts';
import { told, type Judging } from '../support/judged.ts';

const custom = (apiVersion: string, kind: string, spec: object, metadata: object = {}): KubernetesObject => ({
  apiVersion,
  kind,
  metadata: { name: 'it', namespace: 'shop', ...metadata },
  spec,
});
const off = { annotations: { 'linkerd.io/inject': 'disabled' } };
const template = (spec: object, metadata: object = {}) => ({ metadata, spec: { containers: [], ...spec } });

t.test('every kind of the table has a source, and its places lead somewhere', async (t) => {
  for (const { annotations, group, hostNetwork = [], kind, source } of customWorkloads) {
    t.ok(source, `${kind}.${group}`);
    for (const place of annotations) t.match(place, /annotations$|Annotations$/, place);
    for (const place of hostNetwork) t.match(place, /hostNetwork$/, place);
  }
  const names = customWorkloads.map(({ group, kind }) => `${kind}.${group}`);
  t.equal(new Set(names).size, names.length, 'each once');
});

t.test('what a custom resource gives its pods is judged where it is written', async (t) => {
  const cases: readonly (readonly [string, KubernetesObject, readonly string[]])[] = [
    [
      'an opt-out in a map of the table',
      custom('postgresql.cnpg.io/v1', 'Cluster', { inheritedMetadata: off }),
      ['mesh/opt-out deny'],
    ],
    [
      'one in a list of them',
      custom('psmdb.percona.com/v1', 'PerconaServerMongoDB', { replsets: [{}, off] }),
      ['mesh/opt-out deny'],
    ],
    [
      'the last of a long list',
      custom('psmdb.percona.com/v1', 'PerconaServerMongoDB', {
        replsets: [...Array.from({ length: 500 }, () => ({})), off],
      }),
      ['mesh/opt-out deny'],
    ],
    [
      'one in a template, whatever the kind: a warning',
      custom('example.com/v1', 'Fleet', { parts: [{ podTemplate: template({}, off) }] }),
      ['mesh/opt-out warn'],
    ],
    [
      'the network of the node',
      custom('keda.sh/v1alpha1', 'ScaledJob', {
        jobTargetRef: { template: template({ hostNetwork: true }) },
      }),
      ['gate/host-network warn'],
    ],
    [
      'a word that Linkerd does not know',
      custom('acid.zalan.do/v1', 'postgresql', { podAnnotations: { 'linkerd.io/inject': 'true' } }),
      ['mesh/inject-value deny'],
    ],
    [
      'an annotation that reaches no pod',
      custom('postgresql.cnpg.io/v1', 'Cluster', {}, { annotations: { 'linkerd.io/inject': 'enabled' } }),
      ['mesh/inject-misplaced warn'],
    ],
    [
      'the right place',
      custom('postgresql.cnpg.io/v1', 'Cluster', {
        inheritedMetadata: { annotations: { 'linkerd.io/inject': 'enabled' } },
      }),
      [],
    ],
    [
      'a key that Linkerd does not have, in a map of a kind that nobody knows',
      custom('example.com/v1', 'Fleet', {
        parts: [{ podAnnotations: { 'config.linkerd.io/inject': 'enabled' } }],
      }),
      ['mesh/annotation-unknown warn'],
    ],
    [
      'a value that it does not take, of an annotation that has a rule of its own elsewhere',
      custom('example.com/v1', 'Fleet', {
        annotations: { 'config.linkerd.io/default-inbound-policy': 'all_authenticated' },
      }),
      ['mesh/annotation-value warn'],
    ],
    [
      'a word of injection in a map that is no pod template',
      custom('example.com/v1', 'Fleet', { annotations: { 'linkerd.io/inject': 'true' } }),
      ['mesh/annotation-value warn'],
    ],
    [
      'a value in a pod template',
      custom('example.com/v1', 'Fleet', {
        podTemplate: template({}, { annotations: { 'config.linkerd.io/opaque-ports': 'redis' } }),
      }),
      ['mesh/annotation-value warn'],
    ],
    [
      'what makes the injector refuse pods is no more than a warning where an operator makes them',
      custom('example.com/v1', 'Fleet', {
        podTemplate: template({}, { annotations: { 'config.linkerd.io/proxy-log-http-headers': 'on' } }),
      }),
      ['mesh/annotation-fatal warn'],
    ],
    [
      'inject on the metadata of a kind that nobody knows',
      custom('example.com/v1', 'Fleet', {}, { annotations: { 'linkerd.io/inject': 'enabled' } }),
      ['mesh/inject-misplaced warn'],
    ],
    [
      'on that of one whose operator hands it on, or may',
      custom(
        'redis.redis.opstreelabs.in/v1beta2',
        'RedisCluster',
        {},
        { annotations: { 'linkerd.io/inject': 'enabled' } },
      ),
      [],
    ],
    [
      'right keys and values, and a setting that may be for a Service',
      custom('example.com/v1', 'Fleet', {
        annotations: { 'linkerd.io/inject': 'enabled', 'balancer.linkerd.io/failure-accrual': 'consecutive' },
      }),
      [],
    ],
    [
      'a pattern of a policy engine',
      custom('kyverno.io/v1', 'ClusterPolicy', {
        rules: [{ validate: { pattern: { metadata: { annotations: { 'linkerd.io/inject': '?*' } } } } }],
      }),
      [],
    ],
    [
      'a schema that has annotations, and one whose default names a key',
      custom('apiextensions.k8s.io/v1', 'CustomResourceDefinition', {
        properties: { annotations: { 'linkerd.io/injekt': 'enabled' } },
      }),
      [],
    ],
    [
      'annotations of the resource itself, where its operator hands them on',
      custom('redis.redis.opstreelabs.in/v1beta2', 'RedisCluster', { hostNetwork: true }, off),
      ['gate/host-network warn', 'mesh/opt-out deny'],
    ],
    [
      'and where it keeps them',
      custom('rabbitmq.com/v1beta1', 'RabbitmqCluster', {}, off),
      ['mesh/inject-misplaced warn'],
    ],
    [
      'the pods that build connectors',
      custom('kafka.strimzi.io/v1', 'KafkaConnect', { template: { buildPod: { metadata: off } } }),
      ['mesh/opt-out deny'],
    ],
    [
      'a pooler beside the database',
      custom('pgv2.percona.com/v2', 'PerconaPGCluster', { proxy: { pgBouncer: { metadata: off } } }),
      ['mesh/opt-out deny'],
    ],
    [
      'hidden members of a replica set, and the search beside it',
      custom('psmdb.percona.com/v1', 'PerconaServerMongoDB', {
        replsets: [{ hidden: off }],
        search: off,
      }),
      ['mesh/opt-out deny', 'mesh/opt-out deny'],
    ],
    [
      'what takes backups of a cluster',
      custom('pxc.percona.com/v1', 'PerconaXtraDBCluster', { backup: { storages: { s3: off } } }),
      ['mesh/opt-out deny'],
    ],
    [
      'Beats in the network of their node',
      custom('beat.k8s.elastic.co/v1beta1', 'Beat', {
        daemonSet: { podTemplate: { spec: { hostNetwork: true } } },
      }),
      ['gate/host-network warn'],
    ],
    [
      'a runner whose template is its spec',
      custom('actions.github.com/v1alpha1', 'EphemeralRunner', {
        metadata: off,
        spec: { hostNetwork: true },
      }),
      ['gate/host-network warn', 'mesh/opt-out deny'],
    ],
    [
      'runners of a deployment of their own kind',
      custom('actions.summerwind.dev/v1alpha1', 'RunnerDeployment', {
        template: { metadata: off, spec: {} },
      }),
      ['mesh/opt-out deny'],
    ],
    [
      'an annotation that Keycloak keeps from its pods',
      custom('k8s.keycloak.org/v2alpha1', 'Keycloak', {}, off),
      ['mesh/inject-misplaced warn'],
    ],
    ['a kind that makes no pods', custom('example.com/v1', 'Teapot', { template: { colour: 'blue' } }), []],
  ];
  for (const [name, object, expected] of cases)
    t.same(
      told('', object).map((line) => line.slice(0, line.indexOf(':'))),
      expected,
      name,
    );
});

t.test('a convention names kinds of its own, for the namespaces that it governs', async (t) => {
  const workloads = [
    { group: 'example.com', kind: 'Fleet', path: '/spec/ships/*/pod' },
    { group: 'example.com', kind: 'Fleet', path: '/spec/podAnnotations' },
  ];
  const set = conventions({ mesh: {}, defaultDeny: {}, workloads });
  const fleet = (spec: object, apiVersion = 'example.com/v1') => custom(apiVersion, 'Fleet', spec);
  const cases: readonly (readonly [string, KubernetesObject, readonly string[]])[] = [
    ['in a template of a list', fleet({ ships: [{}, { pod: { metadata: off } }] }), ['mesh/opt-out deny']],
    [
      'in a map of annotations',
      fleet({ podAnnotations: { 'linkerd.io/inject': 'yes' } }),
      ['mesh/inject-value deny'],
    ],
    [
      'the network of the node',
      fleet({ ships: [{ pod: { spec: { hostNetwork: true } } }] }),
      ['gate/host-network warn'],
    ],
    [
      'a template that the structure shows as well is told once',
      fleet({ ships: [{ pod: {} }], podTemplate: template({}, off) }),
      ['mesh/opt-out deny'],
    ],
    ['a right one', fleet({ ships: [{ pod: {} }] }), []],
    ['the same kind of another group', fleet({ podAnnotations: off.annotations }, 'other.com/v1'), []],
  ];
  for (const [name, object, expected] of cases) {
    const said = (judging: Judging) =>
      told('', object, { set, ...judging }).map((line) => line.slice(0, line.indexOf(':')));
    t.same(said({}), expected, name);
    t.same(said({ operation: 'CREATE' }), expected, `${name}, at admission`);
  }
  const [, , [, object]] = [...cases] as unknown as [unknown, unknown, [string, KubernetesObject]];
  t.same(told('', object), [], 'nothing is known of it elsewhere');
});

t.test('a definition is searched only so far', async (t) => {
  let deep: object = { template: template({ hostNetwork: true }) };
  for (let depth = 0; depth < 10_000; depth++) deep = { below: deep };
  t.equal(podPlacesOf(custom('example.com/v1', 'Deep', deep)), undefined);
  const wide = Object.fromEntries(
    Array.from({ length: 100_000 }, (_, index) => [
      `${index}`,
      { template: template({ hostNetwork: true }) },
    ]),
  );
  t.ok((podPlacesOf(custom('example.com/v1', 'Wide', wide))?.hostNetwork.length ?? 0) <= 2000);
});

t.test(
  'pods of a custom resource that run to their end never end beside a proxy that is no native sidecar',
  async (t) => {
    const meshed = (restartPolicy: string, annotations: object = {}) =>
      custom('keda.sh/v1alpha1', 'ScaledJob', {
        jobTargetRef: {
          template: template(
            { restartPolicy },
            { annotations: { 'linkerd.io/inject': 'enabled', ...annotations } },
          ),
        },
      });
    const rollout = custom('example.com/v1', 'Batch', {
      template: template({ restartPolicy: 'OnFailure' }, { annotations: { 'linkerd.io/inject': 'enabled' } }),
    });
    const native = { 'config.alpha.linkerd.io/proxy-enable-native-sidecar': 'true' };
    const cases: readonly (readonly [string, KubernetesObject, string, readonly string[]])[] = [
      ['never started again', meshed('Never'), '2.18', ['mesh/job-never-finishes warn']],
      ['in spec.template of a kind that nobody knows', rollout, '2.18', ['mesh/job-never-finishes warn']],
      ['always started again', meshed('Always'), '2.18', []],
      ['with a native sidecar', meshed('Never', native), '2.18', []],
      ['with native sidecars by default', meshed('Never'), '2.20', []],
      [
        'out of the mesh',
        meshed('Never', { 'linkerd.io/inject': 'disabled' }),
        '2.18',
        ['mesh/opt-out deny'],
      ],
    ];
    for (const [name, object, version, expected] of cases) {
      const linkerd = { version, nativeSidecar: version === '2.20' };
      const found = told('mesh/', object, { set: conventions({ mesh: { linkerd } }) });
      t.same(
        found.map((line) => line.slice(0, line.indexOf(':'))),
        expected,
        name,
      );
    }
  },
);
