import t from 'tap';
import {
  annotationEffect,
  catalogue,
  defaultProfile,
  suggestAnnotation,
  valueKinds,
  type AnnotationPlacement,
} from '../../src/linkerd/index.ts';

const config = 'config.linkerd.io/';

/** Key, value, place; then what people are told, and what they probably meant. */
type Told = readonly [
  string,
  string,
  AnnotationPlacement,
  string | undefined,
  string | undefined,
  version?: string,
];

const told: readonly Told[] = [
  ['linkerd.io/inject', 'enabled', 'podTemplate', undefined, undefined],
  [
    'linkerd.io/inject',
    'enable',
    'podTemplate',
    'linkerd.io/inject: "enable" keeps pods out of the mesh',
    'enabled',
  ],
  [
    'linkerd.io/inject',
    'true',
    'namespace',
    'linkerd.io/inject: "true" keeps every pod of the namespace out of the mesh, even pods that say enabled',
    'enabled',
  ],
  [
    'linkerd.io/inject',
    'enabled',
    'object',
    "linkerd.io/inject does nothing on the workload's own metadata; it counts on the pod template or the namespace",
    undefined,
  ],
  [
    'linkerd.io/injected',
    'enabled',
    'podTemplate',
    'Linkerd has no annotation linkerd.io/injected, so it does nothing',
    'linkerd.io/inject',
  ],
  [
    'linkered.io/inject',
    'enabled',
    'podTemplate',
    'Linkerd has no annotation linkered.io/inject, so it does nothing',
    'linkerd.io/inject',
  ],
  [
    `${config}proxy-log-http-headers`,
    'on',
    'podTemplate',
    `${config}proxy-log-http-headers: "on" makes the injector refuse the pod: logHTTPHeaders must be one of: insecure | off`,
    'off',
  ],
  [
    `${config}close-wait-timeout`,
    '1m',
    'podTemplate',
    `${config}close-wait-timeout: "1m" makes the injector refuse the pod: proxyInit.runAsRoot must be set to use proxyInit.closeWaitTimeoutSecs`,
    undefined,
  ],
  [
    `${config}close-wait-timeout`,
    '1m',
    'namespace',
    `${config}close-wait-timeout is not handed down from a namespace to its pods, so here it does nothing; it counts on the pod template`,
    undefined,
  ],
  [
    `${config}proxy-additional-env`,
    '[{"name":"A"}]',
    'namespace',
    `${config}proxy-additional-env: "[{\\"name\\":\\"A\\"}]" breaks the injector's patch, into which a namespace's values are printed unescaped: pods are refused, or with failurePolicy Ignore on Kubernetes 1.34 and later created without a proxy`,
    undefined,
  ],
  [
    `${config}default-inbound-policy`,
    'all_authenticated',
    'podTemplate',
    `${config}default-inbound-policy: "all_authenticated" is ignored, so the installation's own setting stays, by default all-unauthenticated`,
    'all-authenticated',
  ],
  [
    `${config}opaque-ports`,
    'db,3306',
    'podTemplate',
    `${config}opaque-ports: "db,3306" makes the policy controller drop the whole list, because of "db"`,
    undefined,
  ],
  [
    `${config}opaque-ports`,
    '3306 - 3310',
    'service',
    `${config}opaque-ports: "3306 - 3310" is not read whole by the injector, which drops "3306 - 3310"`,
    undefined,
  ],
  [`${config}opaque-ports`, '3306,4320-4325', 'service', undefined, undefined],
  [`${config}opaque-ports`, '', 'podTemplate', undefined, undefined],
  [
    `${config}skip-inbound-ports`,
    '8081, 9000',
    'podTemplate',
    `${config}skip-inbound-ports: "8081, 9000" is not read whole by linkerd-init, which drops " 9000"`,
    undefined,
  ],
  [
    `${config}pod-inbound-ports`,
    '80',
    'podTemplate',
    `${config}pod-inbound-ports has had no effect since Linkerd 2.16`,
    undefined,
  ],
  [`${config}pod-inbound-ports`, '80', 'podTemplate', undefined, undefined, '2.15'],
  [
    'config.beta.linkerd.io/proxy-enable-native-sidecar',
    'true',
    'podTemplate',
    `config.beta.linkerd.io/proxy-enable-native-sidecar is deprecated since Linkerd 2.20; write ${config}proxy-enable-native-sidecar`,
    undefined,
  ],
  [
    'config.alpha.linkerd.io/proxy-enable-native-sidecar',
    'true',
    'namespace',
    `config.alpha.linkerd.io/proxy-enable-native-sidecar is deprecated since Linkerd 2.19; write ${config}proxy-enable-native-sidecar`,
    undefined,
  ],
  [
    'config.alpha.linkerd.io/proxy-enable-native-sidecar',
    'true',
    'podTemplate',
    'config.alpha.linkerd.io/proxy-enable-native-sidecar is deprecated since Linkerd 2.19; write config.beta.linkerd.io/proxy-enable-native-sidecar',
    undefined,
    '2.19',
  ],
  // Nothing else is handed down by a namespace in 2.19.
  ['config.alpha.linkerd.io/proxy-enable-native-sidecar', 'true', 'namespace', undefined, undefined, '2.19'],
  // A newer Linkerd may have annotations that nobody knew here.
  [`${config}tracing-flavour`, 'x', 'podTemplate', undefined, undefined, '2.21'],
  [
    `${config}tracing-flavour`,
    'x',
    'podTemplate',
    `Linkerd has no annotation ${config}tracing-flavour, so it does nothing`,
    undefined,
  ],
  // Extensions may have annotations that are listed nowhere here.
  ['mirror.linkerd.io/remote-svc-fq-name', 'web.shop.svc', 'service', undefined, undefined],
  [
    `${config}proxy-enable-native-sidecar`,
    'true',
    'podTemplate',
    `${config}proxy-enable-native-sidecar is read since Linkerd 2.20, so 2.18 ignores it`,
    undefined,
    '2.18',
  ],
  [
    `${config}init-image`,
    'x',
    'podTemplate',
    `${config}init-image was last read by Linkerd 2.19, so 2.20 ignores it`,
    undefined,
  ],
  [
    'config.alpha.linkerd.io/proxy-wait-before-exit-seconds',
    '30',
    'podTemplate',
    'config.alpha.linkerd.io/proxy-wait-before-exit-seconds has no effect on a proxy that is a native sidecar',
    undefined,
  ],
  [
    `${config}proxy-await`,
    'true',
    'namespace',
    `${config}proxy-await: "true" is ignored, so the installation's own setting stays, by default enabled`,
    'enabled',
  ],
  [
    `${config}proxy-memory-limit`,
    '64MB',
    'podTemplate',
    `${config}proxy-memory-limit: "64MB" is ignored, so the installation's own setting stays`,
    '64M',
  ],
  [
    `${config}proxy-outbound-connect-timeout`,
    '6000',
    'podTemplate',
    `${config}proxy-outbound-connect-timeout: "6000" is ignored, so the installation's own setting stays, by default 1000ms`,
    '6000ms',
  ],
  [
    `${config}shutdown-grace-period`,
    '1d',
    'podTemplate',
    `${config}shutdown-grace-period: "1d" is ignored, so the installation's own setting stays, by default the proxy's 120s`,
    '24h',
  ],
  [
    `${config}admin-port`,
    '70000',
    'podTemplate',
    `${config}admin-port: "70000" is used whatever its range, and the pod cannot start`,
    undefined,
  ],
  [
    `${config}admin-port`,
    'abc',
    'podTemplate',
    `${config}admin-port: "abc" is ignored, so the installation's own setting stays, by default 4191`,
    undefined,
  ],
  [
    `${config}skip-subnets`,
    '10.0.0.1',
    'podTemplate',
    `${config}skip-subnets: "10.0.0.1" makes linkerd-init exit, so the pod never starts: "10.0.0.1" is no network`,
    undefined,
  ],
  [
    `${config}image-pull-policy`,
    'always',
    'podTemplate',
    `${config}image-pull-policy: "always" is used as it is, and Kubernetes refuses the pod`,
    'Always',
  ],
  [
    `${config}access-log`,
    'common',
    'podTemplate',
    `${config}access-log: "common" makes the proxy print an error and write no access log`,
    undefined,
  ],
  [`${config}access-log`, 'JSON', 'podTemplate', undefined, undefined],
  [
    'retry.linkerd.io/http',
    'bad',
    'service',
    'retry.linkerd.io/http: "bad" drops all retry annotations of the Service, so nothing is retried',
    undefined,
  ],
  ['retry.linkerd.io/http', '5XX,429,502-504', 'service', undefined, undefined],
  [
    'retry.linkerd.io/http',
    '5xx, 429',
    'route',
    'retry.linkerd.io/http: "5xx, 429" makes Linkerd\'s policy webhook refuse the route',
    '5xx,429',
  ],
  [
    'timeout.linkerd.io/request',
    '1.5s',
    'service',
    'timeout.linkerd.io/request: "1.5s" drops all timeout annotations of the Service, so nothing times out',
    '1500ms',
  ],
  [
    'retry.linkerd.io/timeout',
    '1m30s',
    'route',
    'retry.linkerd.io/timeout: "1m30s" makes Linkerd\'s policy webhook refuse the route',
    '90s',
  ],
  [
    `${config}default-inbound-policy`,
    'audit',
    'namespace',
    `${config}default-inbound-policy: "audit" is ignored, so the installation's own setting stays, by default all-unauthenticated`,
    undefined,
    '2.15',
  ],
  [`${config}default-inbound-policy`, 'audit', 'namespace', undefined, undefined, '2.16'],
  [
    'balancer.linkerd.io/failure-accrual',
    'unified',
    'service',
    'balancer.linkerd.io/failure-accrual: "unified" drops all failure-accrual annotations of the Service, so its circuit breaker is off',
    undefined,
    '2.19',
  ],
  ['balancer.linkerd.io/failure-accrual', 'unified', 'service', undefined, undefined, '2.20'],
  [
    `${config}proxy-enable-native-sidecar`,
    'yes',
    'podTemplate',
    `${config}proxy-enable-native-sidecar: "yes" is ignored, so the installation's own setting stays`,
    'true',
  ],
  [
    'balancer.linkerd.io/failure-accrual-consecutive-jitter-ratio',
    '101',
    'service',
    'balancer.linkerd.io/failure-accrual-consecutive-jitter-ratio: "101" drops all failure-accrual annotations of the Service, so its circuit breaker is off',
    undefined,
  ],
  [
    'balancer.linkerd.io/failure-accrual',
    'consecutive',
    'route',
    'balancer.linkerd.io/failure-accrual does nothing on the route; it counts on the Service',
    undefined,
  ],
  [
    'retry.linkerd.io/http',
    '5xx',
    'podTemplate',
    'retry.linkerd.io/http does nothing on the pod template; it counts on the Service or the route',
    undefined,
  ],
  ['example.com/team', 'a', 'podTemplate', undefined, undefined],
  ['linkerd.io/created-by', 'linkerd/cli', 'podTemplate', undefined, undefined],
  ['resource.opentelemetry.io/service.name', 'web', 'podTemplate', undefined, undefined],
];

t.test('what people are told', async (t) => {
  for (const [key, value, placement, message, suggestion, version] of told) {
    const effect = annotationEffect(key, value, placement, defaultProfile(version));
    const name = `${key}: ${value} on ${placement}`;
    t.equal(effect.message, message, name);
    t.equal(effect.suggestion, suggestion, `${name}, suggestion`);
  }
});

t.test('until 2.19 the image of linkerd-init can be another', async (t) => {
  const outcome = (key: string, version: string, changes = {}) =>
    annotationEffect(`${config}${key}`, 'x', 'podTemplate', { ...defaultProfile(version), ...changes })
      .outcome;
  t.equal(outcome('init-image', '2.19'), 'applied');
  t.equal(outcome('init-image-version', '2.19'), 'applied');
  t.equal(outcome('init-image', '2.19', { cni: true }), 'no-effect', 'with the plugin there is none');
  t.equal(outcome('init-image', '2.20'), 'no-effect');
});

t.test('outcomes where pods are not asked', async (t) => {
  const outcome = (...[key, value, placement]: [string, string, AnnotationPlacement]) =>
    annotationEffect(key, value, placement, defaultProfile()).outcome;
  t.equal(outcome('linkerd.io/inject', 'enabled', 'namespace'), 'applied', 'shown on a silent pod');
  t.equal(outcome('linkerd.io/inject', 'disabled', 'namespace'), 'no-effect');
  t.equal(outcome('linkerd.io/inject', 'yes', 'namespace'), 'not-injected');
  t.equal(outcome('linkerd.io/inject', 'enabled', 'object'), 'no-effect');
  t.equal(outcome('retry.linkerd.io/limit', '3', 'service'), 'applied');
  t.equal(outcome('retry.linkerd.io/limit', '-3', 'service'), 'no-effect');
  t.equal(outcome('retry.linkerd.io/limit', '-3', 'route'), 'route-denied');
  t.equal(outcome('config.linkerd.io/opaque-ports', '80', 'route'), 'no-effect');
});

t.test('the catalogue holds together', async (t) => {
  const keys = catalogue.map(({ key }) => key);
  t.equal(new Set(keys).size, keys.length, 'no key twice');
  const profile = defaultProfile();
  for (const entry of catalogue) {
    t.ok(entry.places.length > 0, `${entry.key} counts somewhere`);
    t.notOk(
      entry.inherited && !entry.places.includes('namespace'),
      `${entry.key}: inherited means namespace`,
    );
    const { accepts, values = [] } = valueKinds[entry.kind] as {
      accepts: (value: string) => boolean;
      values?: readonly string[];
    };
    for (const value of values) t.ok(accepts(value), `${entry.key} accepts its own ${value}`);
    for (const placement of ['podTemplate', 'namespace'] as const) {
      if (entry.places.includes(placement) || placement === 'podTemplate') continue;
      t.equal(
        annotationEffect(entry.key, '1', placement, profile).copiedToPod ?? false,
        false,
        `${entry.key} stays on the ${placement}`,
      );
    }
  }
});

t.test('a namespace hands down what the catalogue says, and nothing else', async (t) => {
  const profile = defaultProfile();
  for (const { inherited, key, since, until } of catalogue) {
    const { copiedToPod } = annotationEffect(key, 'off', 'namespace', profile);
    if (copiedToPod === undefined || key === 'linkerd.io/inject') continue;
    t.equal(copiedToPod, inherited && until === undefined, `${key} ${since ?? ''}`);
  }
});

t.test('suggestions are keys worth writing, and only for keys of Linkerd', async (t) => {
  const typos = {
    'config.linkerd.io/opaque-port': 'config.linkerd.io/opaque-ports',
    'linkerd.io/opaque-ports': 'config.linkerd.io/opaque-ports',
    'config.linkerd.io/inject': 'linkerd.io/inject',
    'config.linkerd.io/skip-outbond-ports': 'config.linkerd.io/skip-outbound-ports',
    'config.linkerd.io/proxy-cpu': 'config.linkerd.io/proxy-cpu-request',
    'config.linkerd.io/proxy-enable-native-sidecars': 'config.linkerd.io/proxy-enable-native-sidecar',
    'retry.linkerd.io/https': 'retry.linkerd.io/http',
  };
  for (const [typo, key] of Object.entries(typos)) t.equal(suggestAnnotation(typo), key, typo);
  for (const key of [
    'config.linkerd.io/made-up-key',
    'example.com/inject',
    'linkerd.io/inject',
    'inject',
    '',
  ])
    t.equal(suggestAnnotation(key), undefined, key);
});
