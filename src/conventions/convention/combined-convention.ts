import type { Convention, WaiverTerms } from './convention.ts';

/** What several conventions ask of the cluster as a whole. */
export function combine(conventions: readonly Convention[]): Convention | undefined {
  const [first, ...others] = conventions;
  if (!first || others.length === 0) return first;
  const { nameServer, source } = first;
  return {
    name: conventions.map(({ name }) => name).join(' + '),
    priority: first.priority,
    namespaces: first.namespaces,
    selects: () => false,
    labels: [],
    stores: [],
    workloads: conventions.flatMap(({ workloads }) => workloads),
    nameServer,
    rules: new Map(),
    madeOf: [first, ...others],
    waivers: strictestTerms(conventions.map(({ waivers }) => waivers)),
    source,
    calico: statedCalico(conventions),
  };
}

/** What every one of several conventions lets waivers do. */
function strictestTerms(terms: readonly WaiverTerms[]): WaiverTerms {
  const longest = terms.flatMap(({ maxDays }) => maxDays ?? []);
  const fewest = terms.flatMap(({ maxObjects }) => maxObjects ?? []);
  const [first, ...others] = terms.flatMap(({ approvers }) => (approvers ? [approvers] : []));
  return {
    ...(longest.length === 0 ? {} : { maxDays: Math.min(...longest) }),
    requiredFields: [...new Set(terms.flatMap(({ requiredFields }) => requiredFields))],
    wholeGroups: terms.every(({ wholeGroups }) => wholeGroups),
    byAnnotation: terms.every(({ byAnnotation }) => byAnnotation),
    never: new Set(terms.flatMap(({ never }) => [...never])),
    mustName: [...new Set(terms.flatMap(({ mustName }) => mustName))],
    globs: terms.every(({ globs }) => globs),
    ...(fewest.length === 0 ? {} : { maxObjects: Math.min(...fewest) }),
    mustPin: new Set(terms.flatMap(({ mustPin }) => [...mustPin])),
    ...(first ? { approvers: first.filter((name) => others.every((list) => list.includes(name))) } : {}),
  };
}

/** There is one Calico: of its mode and its version each is what the first convention that names it says. */
function statedCalico(conventions: readonly Convention[]): Convention['calico'] {
  const mode = conventions.find(({ calico }) => calico.mode !== undefined)?.calico.mode;
  const version = conventions.find(({ calico }) => calico.version !== undefined)?.calico.version;
  return { ...(mode === undefined ? {} : { mode }), ...(version === undefined ? {} : { version }) };
}

/**
 * What could be asked of a namespace that one of several conventions governs, of which nobody knows which one: all that
 * any of them asks for.
 */
export function strictestOf(conventions: readonly [Convention, ...Convention[]]): Convention {
  const [first] = conventions;
  const denies = conventions.flatMap(({ defaultDeny }) => defaultDeny ?? []);
  const [defaultDeny] = denies;
  const mesh = conventions.find((convention) => convention.mesh)?.mesh;
  return {
    ...(combine(conventions) ?? first),
    name: conventions.map(({ name }) => name).join(' or '),
    ...(defaultDeny
      ? {
          defaultDeny: {
            ...defaultDeny,
            directions: [...new Set(denies.flatMap(({ directions }) => directions))],
            families: [...new Set(denies.flatMap(({ families }) => families))],
            forbiddenLabels: defaultDeny.forbiddenLabels.filter((key) =>
              denies.every(({ forbiddenLabels }) => forbiddenLabels.includes(key)),
            ),
            onMissing: denies.some(({ onMissing }) => onMissing === 'reject') ? 'reject' : 'hold',
          },
        }
      : {}),
    ...(mesh ? { mesh } : {}),
    labels: [
      ...Map.groupBy(
        conventions.flatMap(({ labels }) => labels),
        ({ key }) => key,
      ).values(),
    ].flatMap(([label, ...others]) =>
      label
        ? [
            {
              ...label,
              required: [label, ...others].some(({ required }) => required),
              forbidden: [label, ...others].some(({ forbidden }) => forbidden),
            },
          ]
        : [],
    ),
    stores: conventions.flatMap(({ stores }) => stores),
  };
}
