import t from 'tap';
import type { KubernetesObject } from '../../src/kubernetes/object.ts';
import { misplacedSettings } from '../../src/linkerd/index.ts';
import { deployment, namespace, pod } from '../support/objects.ts';

const inject = { 'linkerd.io/inject': 'enabled' };
const skip = { 'config.linkerd.io/skip-inbound-ports': '80' };
const exported = { 'mirror.linkerd.io/exported': 'true' };
const webhooks = { 'config.linkerd.io/admission-webhooks': 'disabled' };
const web = (metadata: object, template: object = {}): KubernetesObject => {
  const made = deployment('web', 'shop', template);
  return { ...made, metadata: { ...made.metadata, ...metadata } };
};
const nightly = (metadata: object): KubernetesObject => ({
  apiVersion: 'batch/v1',
  kind: 'CronJob',
  metadata: { name: 'nightly', namespace: 'shop' },
  spec: { jobTemplate: { metadata, spec: deployment('nightly', 'shop').spec } },
});
const onTemplate = '/spec/template/metadata/annotations/';

/** Where a setting stands that Linkerd does not see there, and where it belongs. */
const cases: readonly (readonly [string, KubernetesObject, readonly string[]])[] = [
  ['nothing of Linkerd’s', web({ annotations: { team: 'a' }, labels: { team: 'a' } }), []],
  [
    'an annotation of the workload',
    web({ annotations: { ...inject, ...skip } }),
    [
      `/metadata/annotations/linkerd.io~1inject → ${onTemplate}linkerd.io~1inject`,
      `/metadata/annotations/config.linkerd.io~1skip-inbound-ports → ${onTemplate}config.linkerd.io~1skip-inbound-ports`,
    ],
  ],
  [
    'one of an older name',
    web({ annotations: { 'config.alpha.linkerd.io/proxy-wait-before-exit-seconds': '1' } }),
    [
      `/metadata/annotations/config.alpha.linkerd.io~1proxy-wait-before-exit-seconds → ${onTemplate}config.alpha.linkerd.io~1proxy-wait-before-exit-seconds`,
    ],
  ],
  ['on the template', web({}, { annotations: { ...inject, ...skip } }), []],
  ['a key of somebody else’s', web({ annotations: { 'my.config.linkerd.io/proxy': 'x' } }), []],
  ['on a pod', pod('web', 'shop', { annotations: inject }), []],
  ['on a namespace', namespace('shop', {}, { metadata: { name: 'shop', annotations: inject } }), []],
  [
    'a label of the workload',
    web({ labels: inject }),
    [`/metadata/labels/linkerd.io~1inject → ${onTemplate}linkerd.io~1inject`],
  ],
  [
    'a label of the template',
    web({}, { labels: skip }),
    [
      `/spec/template/metadata/labels/config.linkerd.io~1skip-inbound-ports → ${onTemplate}config.linkerd.io~1skip-inbound-ports`,
    ],
  ],
  [
    'a label of a pod',
    pod('web', 'shop', { labels: inject }),
    ['/metadata/labels/linkerd.io~1inject → /metadata/annotations/linkerd.io~1inject'],
  ],
  [
    'the job template of a CronJob',
    nightly({ annotations: inject }),
    [
      '/spec/jobTemplate/metadata/annotations/linkerd.io~1inject → /spec/jobTemplate/spec/template/metadata/annotations/linkerd.io~1inject',
    ],
  ],
  ['a job template that says nothing', nightly({}), []],
  [
    'a label as an annotation',
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web', namespace: 'shop', annotations: exported },
    },
    ['/metadata/annotations/mirror.linkerd.io~1exported → /metadata/labels/mirror.linkerd.io~1exported'],
  ],
  ['the label that turns webhooks off', namespace('shop', webhooks), []],
  [
    'the same as an annotation',
    namespace('shop', {}, { metadata: { name: 'shop', annotations: webhooks } }),
    [
      '/metadata/annotations/config.linkerd.io~1admission-webhooks → /metadata/labels/config.linkerd.io~1admission-webhooks',
    ],
  ],
  ['maps that are none', web({ annotations: 7, labels: [] }), []],
];

t.test('settings that stand where Linkerd does not look', async (t) => {
  for (const [name, object, expected] of cases)
    t.same(
      misplacedSettings(object).map(({ belongs, pointer }) => `${pointer} → ${belongs}`),
      expected,
      name,
    );
});
