import fc from 'fast-check';
import t from 'tap';
import { answerValidate } from '../../src/admission/review.ts';
import { createPolicyWorld, judgeCoverage } from '../../src/calico/index.ts';
import { judge } from '../../src/engine/judge.ts';
import { denies } from '../../src/engine/judgement.ts';
import { createInventoryStore, keyOf } from '../../src/inventory/inventory-store.ts';
import type { AdmissionRequest } from '../../src/kubernetes/admission-review.ts';
import type { KubernetesObject } from '../../src/kubernetes/object.ts';
import { anyPolicies, tiers } from '../calico/generated-policies.ts';
import { conventions } from '../support/conventions.ts';
import { holds } from '../support/law.ts';
import {
  globalNetworkPolicy,
  globalNetworkSet,
  namespace,
  networkPolicy,
  networkSet,
} from '../support/objects.ts';

/** Only the gate speaks: what is invalid gets in, so that states that nobody can decide are there as well. */
const set = conventions({
  rules: { 'policy/*': 'off', 'label/*': 'off', 'mesh/*': 'off' },
  namespaces: { exclude: ['system'] },
});
const now = new Date('2026-11-30T00:00:00Z');
const version = '3.32';
/** The namespace `system` is governed by nobody. */
const names = ['shop', 'orders', 'system'] as const;
const both = ['Ingress', 'Egress'];

const name = fc.constantFrom(...names);
const labels = fc.constantFrom(
  { env: 'prod' },
  { env: 'dev' },
  { zone: 'outer' },
  { team: 'a', env: 'prod' },
);
const anyNamespace = fc.tuple(name, labels).map(([called, own]) => namespace(called, own));
const setLabels = fc.constantFrom({}, { a: 'xa' }, { role: 'partner' }, { b: 'ya', role: 'partner' });
const nets = fc.constantFrom(
  ['0.0.0.0/0'],
  ['0.0.0.0/1'],
  ['128.0.0.0/1'],
  ['10.0.0.0/8'],
  ['192.0.2.0/24'],
  ['::/0'],
);
const anySet = fc
  .tuple(fc.boolean(), name, setLabels, nets)
  .map(([isGlobal, where, own, addresses]) =>
    isGlobal ? globalNetworkSet('set', own, addresses) : networkSet('set', where, own, addresses),
  );
const anyAccount = fc
  .tuple(name, fc.constantFrom('default', 'known'), fc.constantFrom({}, { role: 'web' }))
  .map(
    ([where, called, own]): KubernetesObject => ({
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: called, namespace: where, labels: own },
    }),
  );
const anyTier = fc
  .tuple(fc.constantFrom(...tiers), fc.constantFrom('Deny', 'Pass'), fc.constantFrom(50, 100, 200, 2_000_000))
  .map(([one, defaultAction, order]): KubernetesObject => ({ ...one, spec: { order, defaultAction } }));

/** Peers that are found in the whole cluster, by labels of sets and of their namespaces. */
const peer = fc.constantFrom(
  { namespaceSelector: 'all()', selector: 'role == "partner"' },
  { namespaceSelector: 'zone == "outer"' },
  { namespaceSelector: 'has(team)', selector: 'has(a)' },
  { namespaceSelector: 'kubernetes.io/metadata.name == "system"' },
  { namespaceSelector: 'global()', selector: 'has(role)' },
  { selector: 'role == "partner"' },
  { notSelector: 'role == "partner"' },
  { nets: ['0.0.0.0/1'] },
  {},
);
const openings = fc.array(
  fc.tuple(
    fc.constantFrom('Allow', 'Allow', 'Deny', 'Pass'),
    peer,
    fc.constantFrom<readonly [string | undefined, readonly string[]]>(
      [undefined, []],
      ['TCP', []],
      ['UDP', []],
      ['TCP', ['1:40000']],
      ['UDP', ['30000:65535']],
    ),
  ),
  { maxLength: 3 },
);
const reaching = fc
  .tuple(fc.boolean(), fc.constantFrom('peers', 'more'), name, openings, fc.constantFrom(undefined, 1, 2))
  .map(([isGlobal, called, where, rules, order]) => {
    const written = (end: string) =>
      rules.map(([action, other, [protocol, ports]]) => ({
        action,
        ...(protocol === undefined ? {} : { protocol }),
        [end]: end === 'destination' && ports.length > 0 ? { ...other, ports } : other,
        ...(end === 'source' && ports.length > 0 ? { destination: { ports } } : {}),
      }));
    const spec = {
      ...(order === undefined ? {} : { order }),
      types: both,
      ingress: written('source'),
      egress: written('destination'),
    };
    return isGlobal
      ? globalNetworkPolicy(called, { ...spec, namespaceSelector: 'env == "prod"' })
      : networkPolicy(called, where, spec);
  });
const closing = name.map((where) => networkPolicy('closed', where, { types: both }));
/** Calico reads it nowhere. */
const unreadable = fc
  .tuple(name, fc.constantFrom('a ==', 'all()', 'a == "xa"'))
  .map(([where, selector]) =>
    networkPolicy('broken', where, { selector, types: both, ingress: [{ action: 'Explode' }] }),
  );
const anyPolicy = anyPolicies.chain((policies) => fc.constantFrom(...policies));
const anyObject = fc.oneof(
  { weight: 4, arbitrary: reaching },
  { weight: 4, arbitrary: anySet },
  { weight: 2, arbitrary: closing },
  { weight: 2, arbitrary: anyPolicy },
  { weight: 1, arbitrary: unreadable },
  { weight: 1, arbitrary: anyAccount },
  { weight: 1, arbitrary: anyTier },
);

const state = fc
  .tuple(
    fc.tuple(...names.map((called) => labels.map((own) => namespace(called, own)))),
    fc.uniqueArray(anyObject, { minLength: 1, maxLength: 7, selector: keyOf }),
  )
  .map(([namespaces, objects]) => [...namespaces, ...objects]);

/** Something comes, is written anew, or goes; namespaces are relabelled. */
type Step = { readonly put: KubernetesObject } | { readonly remove: number };
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: anyObject.map((put) => ({ put })) },
  { weight: 2, arbitrary: anyNamespace.map((put) => ({ put })) },
  { weight: 3, arbitrary: fc.nat({ max: 20 }).map((remove) => ({ remove })) },
);

/** The request of a step, and the objects that are there once it has gone through. */
function requestOf(
  objects: readonly KubernetesObject[],
  one: Step,
): { readonly request: AdmissionRequest; readonly after: readonly KubernetesObject[] } | undefined {
  const removable = objects.filter(({ kind }) => kind !== 'Namespace');
  const object = 'put' in one ? one.put : removable[one.remove % Math.max(removable.length, 1)];
  if (!object) return undefined;
  const oldObject = objects.find((other) => keyOf(other) === keyOf(object));
  const rest = objects.filter((other) => other !== oldObject);
  const operation = 'remove' in one ? 'DELETE' : oldObject ? 'UPDATE' : 'CREATE';
  const [group = '', served = group] = object.apiVersion.split('/');
  const request: AdmissionRequest = {
    uid: 'u',
    kind: { group, version: served, kind: object.kind },
    operation,
    user: { username: 'ada', groups: [] },
    dryRun: false,
    ...(object.metadata.namespace ? { namespace: object.metadata.namespace } : {}),
    ...(operation === 'DELETE' ? {} : { object }),
    ...(oldObject ? { oldObject } : {}),
  };
  return { request, after: operation === 'DELETE' ? rest : [...rest, object] };
}

type Judged = ReadonlyMap<
  string,
  {
    readonly verdict: string;
    readonly isWide: boolean;
    /** Wide where a policy is left out of which nobody can say whether it is in force: one in a tier that is missing. */
    readonly mayBeWide: boolean;
    readonly visible: string;
  }
>;

/** What `judgeCoverage` says of the governed namespaces of a state that nobody has seen before. */
function verdictsOf(objects: readonly KubernetesObject[]): Judged {
  const world = createPolicyWorld(objects, { mode: 'v3crd', version });
  const entries = objects.flatMap(({ kind, metadata }) => {
    if (kind !== 'Namespace' || metadata.name === 'system') return [];
    const identity = { name: metadata.name ?? '', labels: (metadata.labels ?? {}) as Record<string, string> };
    const visible = judgeCoverage(world, identity, { doubts: 'left-out' }).directions;
    return judgeCoverage(world, identity).directions.map(({ direction, verdict, wideOpen }, index) => {
      const seen = visible[index];
      const isWide = seen?.wideOpen !== undefined;
      const mayBeWide = wideOpen !== undefined;
      const judged = { verdict, isWide, mayBeWide, visible: seen?.verdict ?? '' };
      return [`${identity.name} ${direction}`, judged] as const;
    });
  });
  return new Map(entries);
}

function admits(objects: readonly KubernetesObject[], request: AdmissionRequest): boolean {
  const { inventory } = createInventoryStore({ mode: 'v3crd', version }, objects);
  return answerValidate(request, inventory, set, now).allowed;
}

const runs = 700;

t.test('laws of what the gate admits', async (t) => {
  holds(
    t,
    'no admitted change takes the default-deny from a governed namespace, wherever the changed object lies',
    fc.property(state, fc.array(step, { minLength: 1, maxLength: 4 }), (first, steps) => {
      let objects: readonly KubernetesObject[] = first;
      for (const one of steps) {
        const asked = requestOf(objects, one);
        if (!asked || !admits(objects, asked.request)) continue;
        const [before, after] = [verdictsOf(objects), verdictsOf(asked.after)];
        for (const [where, was] of before) {
          const is = after.get(where);
          if (was.verdict === 'deny' && is?.verdict !== 'deny') return false;
          if (was.verdict === 'deny' && !was.isWide && is?.isWide) return false;
          if (was.verdict === 'unknown' && was.visible === 'deny' && is?.visible !== 'deny') return false;
          if (was.verdict === 'unknown' && was.visible === 'deny' && !was.isWide && is?.isWide) return false;
        }
        objects = asked.after;
      }
      return true;
    }),
    runs,
  );

  holds(
    t,
    'what is refused would have taken it from one',
    fc.property(state, step, (objects, one) => {
      const asked = requestOf(objects, one);
      if (!asked || admits(objects, asked.request)) return true;
      const [before, after] = [verdictsOf(objects), verdictsOf(asked.after)];
      return [...before].some(([where, was]) => {
        const is = after.get(where);
        const isLess = (verdict?: string, other?: string) =>
          verdict !== 'allow' && verdict !== other && other !== 'deny';
        return (
          isLess(was.verdict, is?.verdict) ||
          isLess(was.visible, is?.visible) ||
          (!was.isWide && is?.isWide === true) ||
          (!was.mayBeWide && is?.mayBeWide === true)
        );
      });
    }),
    runs,
  );

  holds(
    t,
    'the review of a change and the check of the state afterwards agree',
    fc.property(state, step, (objects, one) => {
      const asked = requestOf(objects, one);
      if (!asked) return true;
      const refused = (all: readonly KubernetesObject[]) => {
        const { inventory } = createInventoryStore({ mode: 'v3crd', version }, all);
        return new Set(
          all
            .filter(({ kind }) => kind === 'Namespace')
            .flatMap((object) =>
              judge({ operation: 'STATE', object }, inventory, set, now, 'ci')
                .findings.filter(denies)
                .map(() => object.metadata.name),
            ),
        );
      };
      const [before, after] = [refused(objects), refused(asked.after)];
      const news = [...after].filter((one) => !before.has(one));
      return admits(objects, asked.request) ? news.length === 0 : after.size > 0;
    }),
    runs,
  );
});
