import type { KubernetesObject } from '../../src/kubernetes/object.ts';

/**
 * A cluster of so many namespaces as it comes from the API: half of them have a policy of their own, all are covered by
 * one of 50 policies of the cluster, and each has a service account and five pods' worth of Deployments, with the replica
 * sets that an API server has besides. `shop` is one of them.
 */
export function worldOf(namespaces: number, hasWorkloads = true): readonly KubernetesObject[] {
  const names = Array.from({ length: namespaces }, (_, index) => (index === 0 ? 'shop' : `island-${index}`));
  const teams = Array.from({ length: 50 }, (_, index) => `team-${index}`);
  return [
    ...teams.map((team) => ({
      apiVersion: 'projectcalico.org/v3',
      kind: 'GlobalNetworkPolicy',
      metadata: { name: `close-${team}`, uid: `gnp-${team}` },
      spec: { namespaceSelector: `team == "${team}"`, types: ['Ingress', 'Egress'] },
    })),
    {
      apiVersion: 'projectcalico.org/v3',
      kind: 'Tier',
      metadata: { name: 'default', uid: 'tier' },
      spec: { order: 1_000_000, defaultAction: 'Deny' },
    },
    {
      apiVersion: 'projectcalico.org/v3',
      kind: 'ClusterInformation',
      metadata: { name: 'default', uid: 'cluster-information' },
      spec: { calicoVersion: 'v3.32.0' },
    },
    ...names.flatMap((name, index) => namespaceOf(name, index, hasWorkloads)),
  ];
}

function namespaceOf(name: string, index: number, hasWorkloads: boolean): readonly KubernetesObject[] {
  const team = `team-${index % 50}`;
  const deployments = [0, ...(index % 4 === 0 ? [1] : [])].map((number) => `car-${number}`);
  return [
    {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: {
        name,
        uid: `ns-${name}`,
        labels: { 'kubernetes.io/metadata.name': name, team, stage: index % 3 === 0 ? 'test' : 'production' },
        creationTimestamp: '2026-01-01T00:00:00Z',
        managedFields: managedFields(),
      },
      spec: { finalizers: ['kubernetes'] },
      status: { phase: 'Active' },
    },
    {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'default', namespace: name, uid: `sa-${name}` },
    },
    ...(index % 2 === 0
      ? [
          {
            apiVersion: 'projectcalico.org/v3',
            kind: 'NetworkPolicy',
            metadata: { name: 'own', namespace: name, uid: `np-${name}`, managedFields: managedFields() },
            spec: {
              selector: `app == "${name}"`,
              types: ['Ingress'],
              ingress: [
                {
                  action: 'Allow',
                  protocol: 'TCP',
                  source: { selector: `team == "${team}"` },
                  destination: { ports: [8080] },
                },
              ],
            },
          },
        ]
      : []),
    ...(hasWorkloads ? deployments.flatMap((deployment) => workloadsOf(deployment, name)) : []),
  ];
}

function workloadsOf(name: string, namespace: string): readonly KubernetesObject[] {
  const labels = { app: name, 'app.kubernetes.io/name': name, 'app.kubernetes.io/part-of': namespace };
  const template = {
    metadata: { labels, annotations: { 'linkerd.io/inject': 'enabled' } },
    spec: {
      serviceAccountName: 'default',
      containers: ['main', 'exporter'].map((container, index) => ({
        name: container,
        image: `registry.example/${namespace}/${container}:1.0.${index}`,
        ports: [{ name: `port-${index}`, containerPort: 8080 + index }],
        env: Array.from({ length: 8 }, (_, number) => ({
          name: `SETTING_${number}`,
          value: `value of ${number}`,
        })),
        resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '512Mi' } },
        readinessProbe: { httpGet: { path: '/ready', port: `port-${index}` }, periodSeconds: 5 },
        livenessProbe: { httpGet: { path: '/live', port: `port-${index}` }, periodSeconds: 10 },
      })),
    },
  };
  const spec = { replicas: 4, selector: { matchLabels: { app: name } }, template };
  const common = { namespace, labels, managedFields: managedFields() };
  const status = { replicas: 4, readyReplicas: 4, conditions: [{ type: 'Available', status: 'True' }] };
  return [
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name, uid: `deployment-${namespace}-${name}`, ...common },
      spec,
      status,
    },
    {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: {
        name: `${name}-5445b6557f`,
        uid: `replicaset-${namespace}-${name}`,
        ...common,
        ownerReferences: [{ apiVersion: 'apps/v1', kind: 'Deployment', name, uid: 'u', controller: true }],
      },
      spec,
      status,
    },
  ];
}

/** What an API server notes of who wrote which field: a third of what it sends. */
function managedFields(): readonly object[] {
  const fieldsV1 = Object.fromEntries(
    Array.from({ length: 12 }, (_, index) => [`f:field-${index}`, { '.': {}, 'f:name': {}, 'f:value': {} }]),
  );
  return [
    { manager: 'kubectl', operation: 'Apply', apiVersion: 'v1', time: '2026-01-01T00:00:00Z', fieldsV1 },
  ];
}
