import fc from 'fast-check';
import t from 'tap';
import { isKubernetesObject, type KubernetesObject } from '../../src/kubernetes/object.ts';
import { podTemplateOf } from '../../src/kubernetes/pod-template.ts';
import {
  annotationBypasses,
  annotationEffect,
  catalogue,
  createMeshPolicySet,
  danglingReferences,
  defaultProfile,
  inboundAccess,
  meshBypasses,
  meshPolicyProblems,
  misplacedSettings,
  opaqueDisagreements,
  opaquePortsOfPod,
  podSecurityConflict,
  predictInjection,
  profileFromLinkerdConfig,
  proxyFlows,
  readInjectorPorts,
  readPolicyControllerPorts,
  readSkipPorts,
  readSkipSubnets,
  refusedProbes,
  serverFit,
  serviceAnnotationProblems,
  servicePorts,
  suggestAnnotation,
  suggestValue,
  unfinishedJob,
  type AnnotationPlacement,
  type InjectionNamespace,
} from '../../src/linkerd/index.ts';

const profile = defaultProfile();
const sidecarProfile = defaultProfile('2.18');

/** JSON of any shape, with the keys and values that trip careless readers. */
const anyJson = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(
      null,
      true,
      false,
      0,
      -1,
      1.5,
      70_000,
      '',
      'enabled',
      '*',
      'HTTP/1',
      '10.0.0.0/8',
      '4143,x',
    ),
    fc.string({ maxLength: 12 }),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(
      fc.constantFrom(
        '__proto__',
        'constructor',
        'toString',
        'name',
        'kind',
        'containers',
        'linkerd.io/inject',
      ),
      tie('value'),
      { maxKeys: 3 },
    ),
  ),
})).value;

/** Objects that every part of the engine reads deeply. */
const wellFormed: readonly KubernetesObject[] = [
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: 'web',
      namespace: 'shop',
      annotations: { 'linkerd.io/inject': 'enabled' },
      labels: { app: 'web' },
    },
    spec: {
      template: {
        metadata: {
          labels: { app: 'web' },
          annotations: {
            'linkerd.io/inject': 'enabled',
            'config.linkerd.io/opaque-ports': 'db,3306',
            'config.linkerd.io/proxy-additional-env': '[{"name":"A"}]',
          },
        },
        spec: {
          hostNetwork: false,
          securityContext: { runAsUser: 2102 },
          initContainers: [{ name: 'init', image: 'x' }],
          containers: [
            {
              name: 'app',
              image: 'app:1',
              command: ['linkerd-await', '--shutdown'],
              ports: [{ containerPort: 3306, name: 'db', protocol: 'TCP' }],
              readinessProbe: { httpGet: { port: 'db', path: '/ready?x' } },
              livenessProbe: { grpc: { port: 3306 } },
              securityContext: { runAsUser: 2102, capabilities: { add: ['NET_ADMIN'] } },
              volumeMounts: [{ mountPath: '/x' }],
            },
          ],
        },
      },
    },
  },
  {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'nightly' },
    spec: {
      jobTemplate: {
        metadata: { annotations: { 'linkerd.io/inject': 'x' } },
        spec: {
          template: {
            metadata: { annotations: { 'linkerd.io/inject': 'enabled' } },
            spec: { containers: [{ name: 'app' }] },
          },
        },
      },
    },
  },
  {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'web',
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-1' }],
    },
    spec: { containers: [{ name: 'app' }] },
  },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: 'web',
      annotations: {
        'config.linkerd.io/opaque-ports': '80',
        'balancer.linkerd.io/failure-accrual': 'consecutive',
      },
    },
    spec: { ports: [{ port: 80, targetPort: 'db', appProtocol: 'http', name: 'web' }] },
  },
  {
    apiVersion: 'policy.linkerd.io/v1beta3',
    kind: 'Server',
    metadata: { name: 'web', namespace: 'shop' },
    spec: {
      podSelector: { matchLabels: { app: 'web' } },
      port: 'db',
      proxyProtocol: 'HTTP/1',
      accessPolicy: 'audit',
    },
  },
  {
    apiVersion: 'policy.linkerd.io/v1alpha1',
    kind: 'AuthorizationPolicy',
    metadata: { name: 'web', namespace: 'shop' },
    spec: {
      targetRef: { group: 'policy.linkerd.io', kind: 'Server', name: 'web' },
      requiredAuthenticationRefs: [{ kind: 'ServiceAccount', name: 'cart', namespace: 'shop' }],
    },
  },
  {
    apiVersion: 'policy.linkerd.io/v1alpha1',
    kind: 'MeshTLSAuthentication',
    metadata: { name: 'cart', namespace: 'shop' },
    spec: { identities: ['*'], identityRefs: [{ kind: 'ServiceAccount', name: 'cart' }] },
  },
  {
    apiVersion: 'policy.linkerd.io/v1alpha1',
    kind: 'NetworkAuthentication',
    metadata: { name: 'pods', namespace: 'shop' },
    spec: { networks: [{ cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] }] },
  },
  {
    apiVersion: 'policy.linkerd.io/v1beta1',
    kind: 'ServerAuthorization',
    metadata: { name: 'old', namespace: 'shop' },
    spec: {
      server: { selector: { matchLabels: {} } },
      client: {
        networks: [{ cidr: '::/0' }],
        meshTLS: { identities: ['*'], serviceAccounts: [{ name: 'cart' }] },
      },
    },
  },
  {
    apiVersion: 'policy.linkerd.io/v1beta3',
    kind: 'HTTPRoute',
    metadata: { name: 'get', namespace: 'shop' },
    spec: { parentRefs: [{ group: 'policy.linkerd.io', kind: 'Server', name: 'web' }] },
  },
];

/** A well-formed object with one of its values, at any depth, replaced by anything. */
const spoiled = fc
  .tuple(fc.constantFrom(...wellFormed), fc.nat(200), anyJson)
  .map(([object, index, value]) => {
    const copy = structuredClone(object);
    const places = placesOf(copy);
    const place = places[index % places.length];
    if (place)
      Object.defineProperty(place.holder, place.key, {
        value,
        enumerable: true,
        writable: true,
        configurable: true,
      });
    return copy;
  })
  .filter(isKubernetesObject);

function placesOf(value: unknown): { holder: object; key: string }[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) => [{ holder: value, key }, ...placesOf(child)]);
}

t.test('no object makes the engine throw, whatever stands anywhere in it', async (t) => {
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(fc.array(spoiled, { minLength: 1, maxLength: 4 }), anyJson, (objects, annotations) => {
        const namespace = { name: 'shop', labels: {}, annotations } as InjectionNamespace;
        const policies = createMeshPolicySet([...objects, ...wellFormed]);
        danglingReferences(policies, { hasServiceAccount: () => false, hasNamespace: () => false });
        for (const object of objects) {
          for (const origin of ['webhook', 'cli'] as const) {
            const injection = predictInjection(object, namespace, profile, { origin });
            unfinishedJob(object, injection, profile);
          }
          unfinishedJob(object, predictInjection(object, namespace, sidecarProfile), sidecarProfile);
          misplacedSettings(object);
          meshPolicyProblems(object);
          servicePorts(object, namespace.annotations, profile);
          const template = podTemplateOf(object);
          if (!template) continue;
          meshBypasses(template, profile);
          proxyFlows(template, profile, profile);
          opaquePortsOfPod(template, namespace.annotations, profile);
          opaqueDisagreements(object, template, namespace.annotations, profile);
          refusedProbes(template, namespace, policies, profile);
          inboundAccess(template, namespace, 3306, policies, profile);
          for (const server of policies.servers) serverFit(server, [template]);
        }
      }),
      { numRuns: 2000 },
    ),
  );
});

t.test('no annotation makes the engine throw', async (t) => {
  const keys = fc.oneof(
    fc.constantFrom(...catalogue.map(({ key }) => key), '__proto__', 'constructor', 'linkerd.io/injekt'),
    fc.string({ maxLength: 40 }),
  );
  const values = fc.oneof(
    fc.string({ maxLength: 30 }),
    fc.string({ unit: fc.constantFrom(...'0123456789-,. +"\\{}[]:exinfmskMGi%*_'.split('')), maxLength: 30 }),
    anyJson.map((value) => JSON.stringify(value)),
  );
  const placements = fc.constantFrom<AnnotationPlacement>(
    'podTemplate',
    'namespace',
    'service',
    'route',
    'object',
  );
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(keys, values, placements, (key, value, placement) => {
        const effect = annotationEffect(key, value, placement, profile);
        suggestAnnotation(key);
        for (const { kind } of catalogue.slice(0, 5)) suggestValue(kind, value);
        annotationBypasses({ [key]: value }, '/metadata/annotations', profile);
        serviceAnnotationProblems({ [key]: value }, profile, { hasServiceProfile: true });
        readInjectorPorts(value, new Map());
        readPolicyControllerPorts(value);
        for (const route of ['init-inbound', 'init', 'cni'] as const) {
          readSkipPorts(value, route);
          readSkipSubnets(value, route);
        }
        return effect.outcome !== undefined;
      }),
      { numRuns: 3000 },
    ),
  );
});

t.test('no configuration makes a profile that breaks the engine', async (t) => {
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(anyJson, anyJson, anyJson, (proxy, proxyInjector, clusterNetworks) => {
        const read = profileFromLinkerdConfig({
          proxy,
          proxyInit: proxy,
          identity: proxy,
          proxyInjector,
          clusterNetworks,
          linkerdVersion: clusterNetworks,
        });
        podSecurityConflict({ 'pod-security.kubernetes.io/enforce': 'baseline' }, read);
        for (const object of wellFormed)
          predictInjection(object, { name: 'shop', labels: {}, annotations: {} }, read);
        annotationEffect('config.linkerd.io/proxy-await', 'disabled', 'podTemplate', read);
        JSON.stringify(read);
      }),
      { numRuns: 1000 },
    ),
  );
  t.same(profileFromLinkerdConfig(undefined), profileFromLinkerdConfig({}));
});

t.test('long and deep text costs little and throws nothing', async (t) => {
  const long = '9'.repeat(250_000);
  const deep = '['.repeat(100_000);
  const texts = [
    long,
    deep,
    '1h'.repeat(100_000),
    '1,'.repeat(120_000),
    `0.${long}s`,
    `1e${long}`,
    '_'.repeat(100_000),
    'a-'.repeat(100_000),
  ];
  const oneOfEachKind = new Map(catalogue.map(({ key, kind }) => [kind, key])).values();
  for (const key of oneOfEachKind) {
    for (const text of texts) annotationEffect(key, text, 'podTemplate', profile);
  }
  t.equal(suggestAnnotation(`config.linkerd.io/${'x'.repeat(100_000)}`), undefined);
});
