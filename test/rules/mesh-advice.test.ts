import t from 'tap';
import { warningsFor } from '../../src/admission/message.ts';
import type { KubernetesObject } from '../../src/kubernetes/object.ts';
import { conventions } from '../support/conventions.ts';
import { findingsOf } from '../support/judged.ts';

const old = conventions({ mesh: { linkerd: { version: '2.18', nativeSidecar: false } } });
const native = 'config.alpha.linkerd.io/proxy-enable-native-sidecar';
const workload = (
  kind: 'Job' | 'Deployment',
  annotations: Readonly<Record<string, string>>,
  spec: object = {},
): KubernetesObject => ({
  apiVersion: kind === 'Job' ? 'batch/v1' : 'apps/v1',
  kind,
  metadata: { name: 'it', namespace: 'shop' },
  spec: {
    template: {
      metadata: { annotations },
      spec: { ...(kind === 'Job' ? { restartPolicy: 'Never' } : {}), containers: [{ name: 'it' }], ...spec },
    },
  },
});
const expectedOf = (rule: string, object: KubernetesObject) =>
  findingsOf(rule, object, { set: old }).map(({ expected }) => expected);

t.test('an advice, followed to the letter, passes', async (t) => {
  const waiver = 'a waiver for mesh/opt-out with owner, reason and end';
  const cases: readonly (readonly [string, string, KubernetesObject, string])[] = [
    [
      'a Job that opts out',
      'mesh/opt-out',
      workload('Job', { 'linkerd.io/inject': 'disabled' }),
      `linkerd.io/inject: enabled with ${native}: "true", or ${waiver}`,
    ],
    [
      'a Deployment that opts out',
      'mesh/opt-out',
      workload('Deployment', { 'linkerd.io/inject': 'disabled' }),
      `linkerd.io/inject: enabled, or ${waiver}`,
    ],
    [
      'pods that cannot be meshed',
      'mesh/opt-out',
      workload('Deployment', { 'linkerd.io/inject': 'disabled' }, { hostNetwork: true }),
      waiver,
    ],
    [
      'pods that the API server would refuse once they are injected',
      'mesh/opt-out',
      workload('Deployment', { 'linkerd.io/inject': 'disabled' }, { os: { name: 'windows' } }),
      waiver,
    ],
    [
      'a no',
      'mesh/inject-value',
      workload('Deployment', { 'linkerd.io/inject': 'false' }),
      'linkerd.io/inject: enabled, or disabled with a waiver for mesh/opt-out',
    ],
    [
      'a yes of a Job',
      'mesh/inject-value',
      workload('Job', { 'linkerd.io/inject': 'true' }),
      `linkerd.io/inject: enabled with ${native}: "true"`,
    ],
  ];
  for (const [name, rule, object, expected] of cases) t.same(expectedOf(rule, object), [expected], name);
  t.same(
    findingsOf('mesh/', workload('Job', { 'linkerd.io/inject': 'enabled', [native]: 'true' }), { set: old }),
    [],
    'what it says is what passes',
  );
});

t.test('a warning says what to write before it is cut', async (t) => {
  const warned = (annotations: Readonly<Record<string, string>>) =>
    warningsFor(
      findingsOf(
        'mesh/annotation',
        workload('Deployment', { 'linkerd.io/inject': 'enabled', ...annotations }),
      ),
    );
  t.match(warned({ 'config.linkerd.io/inject': 'enabled' }), [
    /^mesh\/annotation-unknown: Deployment "shop\/it": write linkerd\.io\/inject for config\.linkerd\.io\/inject; Linkerd has/,
  ]);
  t.match(warned({ 'config.linkerd.io/proxy-memory-request': '64MB' }), [
    /^mesh\/annotation-value: Deployment "shop\/it": write config\.linkerd\.io\/proxy-memory-request: "64M"/,
  ]);
});
