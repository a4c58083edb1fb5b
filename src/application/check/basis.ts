import { asksForLess } from '../../conventions/convention/asks-for-less.ts';
import { hashOf } from '../../conventions/convention-hash.ts';
import type { ConventionSet } from '../../conventions/convention-set.ts';
import { defaultConventionFile } from '../../conventions/default-conventions.ts';
import { candidatesFor, countsWhateverLabels, labelsDecide } from '../../conventions/unknown-labels.ts';
import { compileNameGlobs } from '../../conventions/document/name-glob.ts';
import type { Waiver } from '../../conventions/waiver/waiver.ts';
import { record } from '../../kubernetes/read.ts';
import type { Basis } from '../../report/report.ts';
import { listInWords } from '../../text/list.ts';
import { counted } from '../../text/plural.ts';
import { hasKnownLabels, type JudgedManifest, namespacesAmong } from './judge-manifests.ts';
import { useOf } from './waiver-use.ts';

/** What a run was judged by, and what is not certain because of labels that nobody has written down. */
export function basisOf(
  conventions: ConventionSet,
  judged: readonly JudgedManifest[],
  { now, conventionsAbove }: { readonly now: Date; readonly conventionsAbove?: string },
): Basis {
  return {
    now: now.toISOString(),
    conventions: conventions.conventions.map(({ name, source: { file, value } }) => ({
      name,
      file,
      hash: hashOf(record(value).spec),
      packaged: file === defaultConventionFile,
    })),
    ...(conventionsAbove === undefined ? {} : { notInForce: conventionsAbove }),
    remarks: [
      ...remarksOn(judged, conventions),
      ...remarksOnLayers(judged, conventions),
      ...remarksOnWidth(judged, conventions),
    ],
  };
}

function remarksOn(
  judged: readonly JudgedManifest[],
  { conventions, waivers }: ConventionSet,
): readonly string[] {
  const isKnown = hasKnownLabels(judged.map(({ manifest }) => manifest.object));
  const namespaces = new Set(
    judged.flatMap(({ manifest, otherKind }) =>
      otherKind ? [] : (manifest.object.metadata.namespace ?? []),
    ),
  );
  const unknown = [...namespaces].filter((name) => !isKnown(name)).toSorted();
  const governed = unknown.filter((name) => labelsDecide(name, conventions));
  const byLabels = waivers.filter((waiver) => !countsWhateverLabels(waiver));
  const waived = unknown.filter((name) => byLabels.some((waiver) => isAbout(waiver, name)));
  const list = (names: readonly string[]) => listInWords(names, { last: ',', most: 5 });
  const remedy = 'To fix: add the Namespace to the manifests that are checked';
  const candidates = new Set(governed.flatMap((name) => candidatesFor(name, conventions)));
  return [
    ...(governed.length > 0
      ? [
          `the labels of ${list(governed)} are not known, and they decide which convention governs: judged by the strictest that could (${list([...candidates].map(({ name }) => name))}). ${remedy}`,
        ]
      : []),
    ...(waived.length > 0
      ? [
          `the labels of ${list(waived)} are not known, so waivers that depend on them do not count: ${list(byLabels.map(({ name }) => name))}. ${remedy}`,
        ]
      : []),
  ];
}

/** Whether a waiver could be about a namespace of this name. */
function isAbout({ namespaces }: Waiver, name: string): boolean {
  return !namespaces || compileNameGlobs(namespaces)(name);
}

/** Conventions are not added up: one of a higher priority governs alone, whatever those below it ask for. */
function remarksOnLayers(
  judged: readonly JudgedManifest[],
  { conventions }: ConventionSet,
): readonly string[] {
  if (conventions.length < 2) return [];
  const objects = judged.map(({ manifest }) => manifest.object);
  const pairs = new Map<string, { readonly names: string[]; readonly less: readonly string[] }>();
  for (const namespace of namespacesAmong(objects)) {
    const [governing, ...below] = conventions.filter((convention) => convention.selects(namespace));
    for (const other of governing ? below : []) {
      const less = governing ? asksForLess(other, governing) : [];
      const key = `convention "${governing?.name ?? ''}" governs instead of "${other.name}"`;
      if (less.length > 0)
        pairs.set(key, { less, names: [...(pairs.get(key)?.names ?? []), namespace.name] });
    }
  }
  return [...pairs].map(
    ([key, { names, less }]) =>
      `${key} and asks for less: ${less.join(', ')} (namespaces: ${listInWords(names, { last: ',', most: 5 })})`,
  );
}

/** A waiver that names neither namespaces nor objects covers more than anybody can have looked at. */
function remarksOnWidth(judged: readonly JudgedManifest[], { waivers }: ConventionSet): readonly string[] {
  const wide = waivers.filter(isWide);
  if (wide.length === 0) return [];
  const counts = useOf(judged, waivers);
  return wide.map(({ name, owner }) => {
    const { objects: many = 0, namespaces } = counts.get(name) ?? {};
    const inMany = namespaces?.size ?? 0;
    return `waiver "${name}" (owner: ${owner}) is for every object of every namespace; here it covers ${counted(many, 'object')} in ${counted(inMany, 'namespace')}`;
  });
}

function isWide({ namespaces, namespaceSelector, names }: Waiver): boolean {
  const isAny = (globs: readonly string[] | undefined) => !globs || globs.some((glob) => /^\*+$/.test(glob));
  return isAny(namespaces) && !namespaceSelector && isAny(names);
}
