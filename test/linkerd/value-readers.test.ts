import t from 'tap';
import { containsNet, readNet } from '../../src/kubernetes/net/net.ts';
import { readEnvironmentVariables } from '../../src/linkerd/installation/environment-variables.ts';
import {
  goSeconds,
  parseGoBool,
  parseGoDuration,
  parseGoFloat,
  parseGoInt,
  parseGoUint,
  parsePolicyDuration,
  parseQuantity,
} from '../../src/linkerd/annotations/value-readers.ts';
import { throughAnnotationTemplate, throughPatchTemplate } from '../../src/linkerd/injection/patch-text.ts';
import {
  atLeast,
  defaultProfile,
  profileFromLinkerdConfig,
  versionOfRelease,
} from '../../src/linkerd/index.ts';

// The expected values of the Go readers were printed by Go 1.26 and Kubernetes apimachinery 0.36.

t.test('booleans as strconv.ParseBool', async (t) => {
  for (const text of ['1', 't', 'T', 'TRUE', 'true', 'True']) t.equal(parseGoBool(text), true, text);
  for (const text of ['0', 'f', 'F', 'FALSE', 'false', 'False']) t.equal(parseGoBool(text), false, text);
  for (const text of ['', 'yes', 'tRUE', ' true', 'enabled', '2'])
    t.equal(parseGoBool(text), undefined, text);
});

t.test('integers as strconv.ParseInt and ParseUint', async (t) => {
  const cases: readonly (readonly [string, bigint | undefined, bigint | undefined])[] = [
    ['5', 5n, 5n],
    ['+5', 5n, undefined],
    ['-0', 0n, undefined],
    ['-5', -5n, undefined],
    ['007', 7n, 7n],
    ['2147483647', 2_147_483_647n, 2_147_483_647n],
    ['2147483648', undefined, 2_147_483_648n],
    ['-2147483648', -2_147_483_648n, undefined],
    ['18446744073709551616', undefined, undefined],
    ['0x10', undefined, undefined],
    ['1_000', undefined, undefined],
    [' 5', undefined, undefined],
    ['', undefined, undefined],
  ];
  for (const [text, signed, unsigned] of cases) {
    t.equal(parseGoInt(text, 32), signed, `${text} as int32`);
    t.equal(parseGoUint(text, 64), unsigned, `${text} as uint64`);
  }
});

t.test('floats as strconv.ParseFloat', async (t) => {
  const cases: readonly (readonly [string, number | undefined])[] = [
    ['0.5', 0.5],
    ['.5', 0.5],
    ['5.', 5],
    ['1e-1', 0.1],
    ['1_0', 10],
    ['0x1p-2', 0.25],
    ['0x_1p-2', 0.25],
    ['inf', Infinity],
    ['-Infinity', -Infinity],
    ['NaN', Number.NaN],
    ['1e400', undefined],
    ['0x1', undefined],
    ['+nan', undefined],
    ['50%', undefined],
    ['', undefined],
  ];
  for (const [text, expected] of cases) t.same(parseGoFloat(text), expected, text);
  const hexadecimal: Readonly<Record<string, number | undefined>> = {
    '0x1p4': 16,
    '-0x1p4': -16,
    '+0x1p4': 16,
    '0x1.8p1': 3,
    '0x.8p0': 0.5,
    '0xa.4p0': 10.25,
    '0x1_0p-1': 8,
    '0xp1': undefined,
    '0x.p1': undefined,
    '0x10': undefined,
  };
  for (const [text, expected] of Object.entries(hexadecimal)) t.equal(parseGoFloat(text), expected, text);
});

t.test('durations as time.ParseDuration', async (t) => {
  const cases: readonly (readonly [string, bigint | undefined])[] = [
    ['1m30s', 90_000_000_000n],
    ['.5s', 500_000_000n],
    ['5.s', 5_000_000_000n],
    ['-1s', -1_000_000_000n],
    ['+0', 0n],
    ['0', 0n],
    ['1µs', 1000n],
    ['100ms1s', 1_100_000_000n],
    ['9223372036854775807ns', 9_223_372_036_854_775_807n],
    ['-9223372036854775808ns', -9_223_372_036_854_775_808n],
    ['9223372036854775808ns', undefined],
    ['2562047h48m', undefined],
    ['1', undefined],
    ['1d', undefined],
    ['1H', undefined],
    ['.s', undefined],
    ['1s ', undefined],
    ['', undefined],
  ];
  for (const [text, expected] of cases) t.equal(parseGoDuration(text), expected, text);
  const units = { ns: 1n, us: 1_000n, µs: 1_000n, μs: 1_000n, ms: 1_000_000n, s: 1_000_000_000n };
  for (const [unit, expected] of Object.entries(units)) t.equal(parseGoDuration(`1${unit}`), expected, unit);
  t.equal(goSeconds(1_500_000_000n), 1.5);
});

t.test('quantities as Kubernetes reads them', async (t) => {
  const cases: readonly (readonly [string, number | undefined])[] = [
    ['100m', 0.1],
    ['0.2', 0.2],
    ['1.5', 1.5],
    ['100M', 1e8],
    ['64Mi', 67_108_864],
    ['1e3', 1000],
    ['1E', 1e18],
    ['-', 0],
    ['.', 0],
    ['Ti', 0],
    ['Pi', undefined],
    ['64MB', undefined],
    ['1 Mi', undefined],
    ['abc', undefined],
    ['', undefined],
  ];
  for (const [text, expected] of cases) t.equal(parseQuantity(text), expected, text);
});

t.test('environment variables as json.Unmarshal into a list of EnvVar', async (t) => {
  t.same(readEnvironmentVariables('[{"name":"A","value":"x"},{"NAME":"B"}]'), [
    { name: 'A', value: 'x' },
    { name: 'B' },
  ]);
  t.same(readEnvironmentVariables('null'), []);
  t.same(readEnvironmentVariables('[null]'), [{ name: '' }]);
  t.same(readEnvironmentVariables('[{"name":"A","valueFrom":{"fieldRef":{}}}]'), [{ name: 'A' }]);
  for (const text of [
    '',
    '{}',
    'A=b',
    '[{"name":1}]',
    '[{"name":"A","value":1}]',
    '["a"]',
    '[{"name":"A"},]',
  ])
    t.equal(readEnvironmentVariables(text), undefined, text);
});

t.test('durations as the policy controller reads them', async (t) => {
  const cases: readonly (readonly [string, number | undefined])[] = [
    ['300ms', 300],
    ['5s', 5000],
    ['2m', 120_000],
    ['1h', 3_600_000],
    ['1d', 86_400_000],
    ['0', 0],
    ['5', undefined],
    ['1.5s', undefined],
    ['1m30s', undefined],
    ['-1s', undefined],
    ['', undefined],
  ];
  for (const [text, expected] of cases) t.equal(parsePolicyDuration(text), expected, text);
});

t.test('networks', async (t) => {
  const contains = (outer: string, inner: string) => {
    const [left, right] = [readNet(outer, 'go-as-written'), readNet(inner, 'ipnet')];
    return left !== undefined && right !== undefined && containsNet(left, right);
  };
  t.ok(contains('10.0.0.0/8', '10.1.2.0/24'));
  t.ok(contains('0.0.0.0/0', '192.0.2.7'));
  t.ok(contains('fd00::/8', 'fd12:3456::1'));
  t.ok(contains('::ffff:0:0/96', '::ffff:10.0.0.1'));
  t.notOk(contains('10.0.0.0/8', '11.0.0.0/8'));
  t.notOk(contains('10.0.0.0/8', '0.0.0.0/0'));
  t.notOk(contains('0.0.0.0/0', '::/0'));
  for (const text of [
    '10.0.0.0',
    '10.0.0.0/33',
    '10.0.0/8',
    '010.0.0.0/8',
    'fe80::1%eth0/64',
    '::/129',
    'x/8',
    '',
  ])
    t.equal(readNet(text, 'go-as-written'), undefined, text);
});

t.test('text through the templates of the patch', async (t) => {
  t.equal(throughPatchTemplate('warn,linkerd=info'), 'warn,linkerd=info');
  t.equal(throughPatchTemplate('a\\nb'), 'a\nb');
  for (const text of ['say "x"', 'a\\d', 'two\nlines', 'tab\there'])
    t.equal(throughPatchTemplate(text), undefined, text);
  t.equal(throughPatchTemplate('x"},{"op":"remove'), 'x', 'a value can smuggle in another operation');
  t.equal(throughAnnotationTemplate('80"+<&>\''), '80&#34;&#43;&lt;&amp;&gt;&#39;');
  t.equal(throughAnnotationTemplate('80\n'), undefined);
});

t.test('settings that came between two versions', async (t) => {
  const cases: readonly (readonly [release: string, mode: string, nativeSidecar: boolean])[] = [
    ['2.17', 'transparent', false],
    ['2.18.2', 'transport-header', false],
    ['enterprise-2.20.1', 'transport-header', true],
    ['edge-25.1.1', 'transparent', false],
    ['edge-25.3.1', 'transparent', false],
    ['edge-25.3.2', 'transport-header', false],
    ['edge-26.5.1', 'transport-header', false],
    ['edge-26.5.2', 'transport-header', true],
    ['edge-26.8.3', 'transport-header', true],
  ];
  for (const [release, outboundTransportMode, nativeSidecar] of cases) {
    const written = { release: '', outboundTransportMode, nativeSidecar };
    t.match(defaultProfile(release), written, release);
    const read = profileFromLinkerdConfig({ linkerdVersion: release, proxy: { logLevel: 'warn' } });
    t.match(read, { ...written, release }, `${release} in linkerd-config`);
  }
  const unknown = { linkerdVersion: 'dev-3f2a1b', proxy: { logLevel: 'warn' } };
  const lacking = { outboundTransportMode: 'transparent', nativeSidecar: false };
  t.match(profileFromLinkerdConfig(unknown), lacking, 'what the values lack, the release lacked');
  const modern = { outboundTransportMode: 'transport-header', nativeSidecar: true };
  t.match(profileFromLinkerdConfig({ ...unknown, proxy: modern }), modern, 'what they say counts');
  t.match(profileFromLinkerdConfig({}), modern, 'where nothing is readable, the latest version');
});

t.test('releases and versions', async (t) => {
  const releases = {
    'stable-2.14.10': '2.14',
    'enterprise-2.18.1': '2.18',
    '2.17.2': '2.17',
    'v2.16.0': '2.16',
    'edge-24.1.3': '2.15',
    'edge-25.3.2': '2.18',
    'edge-25.4.1': '2.18',
    'edge-25.5.1': '2.19',
    'edge-25.10.7': '2.19',
    'edge-25.11.1': '2.20',
    'edge-26.6.4': '2.20',
    'edge-26.7.1': '2.20',
    'edge-23.12.4': '2.15',
    'edge-26.8.3': '2.20',
    'dev-3f2a1b': '2.20',
    linkerdVersionValue: '2.20',
    '': '2.20',
  };
  for (const [release, version] of Object.entries(releases))
    t.equal(versionOfRelease(release), version, release);
  t.ok(atLeast('2.20', '2.9'));
  t.notOk(atLeast('2.9', '2.20'));
  t.ok(atLeast('something', '2.20'), 'text that is no version counts as the latest');
});
