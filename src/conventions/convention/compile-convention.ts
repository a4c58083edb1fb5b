import { readLabelSelector, selectsLabels, type LabelSelector } from '../../kubernetes/label-selector.ts';
import { nameLabel, type NamespaceIdentity } from '../../kubernetes/namespace.ts';
import { defaultProfile, type LinkerdProfile } from '../../linkerd/index.ts';
import type { CustomWorkload } from '../../workloads/custom/custom-workload.ts';
import { points } from '../document/action.ts';
import type {
  Convention,
  DefaultDenyConvention,
  LabelConvention,
  LabelPattern,
  LabelSource,
  MeshConvention,
  RuleSetting,
} from './convention.ts';
import { startOf } from '../document/days.ts';
import type { DocumentSource } from '../document/document-source.ts';
import { compileNameGlobs } from '../document/name-glob.ts';
import type { ConventionPolicyDocument } from '../document/schema/convention-policy.ts';
import { groupNameOf } from './rule-action.ts';

type Spec = ConventionPolicyDocument['spec'];

/** Never governed, whatever a convention selects: without them nothing in the cluster could be repaired. */
export const systemNamespaces = ['kube-system', 'kube-public', 'kube-node-lease', 'tollgate-system'] as const;

/** The rule that refuses workloads with a label that is forbidden. */
const forbiddenLabelRule = 'label/forbidden';

/** Compiles a convention that has been checked against the schema and has its defaults. */
export function compileConvention(
  { metadata, spec }: ConventionPolicyDocument,
  source: DocumentSource,
  compilePattern: (pattern: string) => LabelPattern,
): Convention {
  const selector = readLabelSelector(spec.namespaces.selector) ?? [];
  const rules = new Map(Object.entries(spec.rules).map(([name, setting]) => [name, compileSetting(setting)]));
  const { trustForbiddenLabels } = spec.defaultDeny ?? {};
  const isTrusted = trustForbiddenLabels === true && refusesAlways(forbiddenLabelRule, rules);
  const forbidden = spec.labels.flatMap(({ key, forbidden }) => (forbidden ? [key] : []));
  const forbiddenLabels = isTrusted ? forbidden.toSorted() : [];
  return {
    name: metadata.name,
    priority: spec.priority,
    namespaces: { selector, exclude: spec.namespaces.exclude },
    selects: compileSelection(selector, spec.namespaces.exclude),
    ...(spec.defaultDeny ? { defaultDeny: compileDefaultDeny(spec.defaultDeny, forbiddenLabels) } : {}),
    ...(spec.mesh ? { mesh: compileMesh(spec.mesh) } : {}),
    labels: spec.labels.map((label) => compileLabel(label, compilePattern)),
    stores: spec.stores.map(({ selector: ofPods, ...store }) => ({
      ...store,
      selector: readLabelSelector(ofPods) ?? [],
    })),
    workloads: spec.workloads.map((workload) => compileWorkload(workload, metadata.name)),
    nameServer: spec.nameServer,
    rules,
    waivers: {
      ...spec.waivers,
      // Cover rests on it that no pod has such a label.
      never: new Set([...spec.waivers.never, ...(forbiddenLabels.length > 0 ? [forbiddenLabelRule] : [])]),
      mustPin: new Set(spec.waivers.mustPin),
    },
    source,
    calico: spec.calico,
  };
}

function compileDefaultDeny(
  { coverLabel, directions, families, onMissing }: NonNullable<Spec['defaultDeny']>,
  forbiddenLabels: readonly string[],
): DefaultDenyConvention {
  return { directions, families, onMissing, ...(coverLabel ? { coverLabel } : {}), forbiddenLabels };
}

/** Whether a rule that denies by default does so at admission, without a day from which it does. */
function refusesAlways(rule: string, rules: ReadonlyMap<string, RuleSetting>): boolean {
  for (const name of [rule, groupNameOf(rule)]) {
    const { actions, since } = rules.get(name) ?? { actions: {} };
    if (actions.admission) return actions.admission === 'deny' && since === undefined;
  }
  return true;
}

function compileSelection(
  selector: LabelSelector,
  exclude: readonly string[],
): (namespace: NamespaceIdentity) => boolean {
  const excluded = compileNameGlobs([...systemNamespaces, ...exclude]);
  const asksForName = selector.some(({ key }) => key === nameLabel);
  return ({ name, labels }) =>
    selectsLabels(selector, asksForName ? { ...labels, [nameLabel]: name } : labels) && !excluded(name);
}

function compileMesh({ linkerd, ...mesh }: NonNullable<Spec['mesh']>): MeshConvention {
  return { ...mesh, linkerd: profileOf(linkerd), stated: Object.keys(linkerd) as (keyof typeof linkerd)[] };
}

/** The settings that the convention names, over the defaults of the version it names. */
function profileOf({
  injectorNamespaceSelector,
  injectorObjectSelector,
  ports,
  version,
  ...settings
}: NonNullable<Spec['mesh']>['linkerd']): LinkerdProfile {
  const usual = defaultProfile(version);
  const { injectorNamespaceSelector: namespaces, injectorObjectSelector: objects } = usual;
  return {
    ...usual,
    ...settings,
    injectorNamespaceSelector: readLabelSelector(injectorNamespaceSelector) ?? namespaces,
    injectorObjectSelector: readLabelSelector(injectorObjectSelector) ?? objects,
    ports: { ...usual.ports, ...ports },
  };
}

function compileLabel(
  { key, value, required, allowed, pattern, forbidden }: Spec['labels'][number],
  compilePattern: (pattern: string) => LabelPattern,
): LabelConvention {
  return {
    key,
    required,
    forbidden: forbidden ?? false,
    ...(value ? { value: compileSource(value) } : {}),
    ...(allowed ? { allowed } : {}),
    ...(pattern === undefined ? {} : { pattern: compilePattern(pattern) }),
  };
}

function compileWorkload(
  { group, kind, path, sent }: Spec['workloads'][number],
  convention: string,
): CustomWorkload {
  const places = /annotations$/i.test(path)
    ? { annotations: [path] }
    : { annotations: [`${path}/metadata/annotations`], hostNetwork: [`${path}/spec/hostNetwork`] };
  return { group, kind, ...places, ...(sent ? { sent } : {}), source: `convention "${convention}"` };
}

/** The schema has made sure that exactly one source is there. */
function compileSource(source: NonNullable<Spec['labels'][number]['value']>): LabelSource {
  const { podLabel, namespaceLabel, literal, firstOf, workloadName, namespaceName } = source;
  if (firstOf) return { firstOf: firstOf.map((candidate) => compileSource(candidate)) };
  if (podLabel !== undefined) return { podLabel };
  if (namespaceLabel !== undefined) return { namespaceLabel };
  if (literal !== undefined) return { literal };
  if (workloadName) return { workloadName: {} };
  return namespaceName ? { namespaceName: {} } : { serviceAccount: {} };
}

function compileSetting(setting: Spec['rules'][string]): RuleSetting {
  if (typeof setting === 'string') return compileSetting({ action: setting });
  const named = points.flatMap((point) => {
    const action = setting[point] ?? setting.action;
    return action ? [[point, action] as const] : [];
  });
  return {
    actions: Object.fromEntries(named),
    ...(setting.since === undefined ? {} : { since: startOf(setting.since) }),
  };
}
