import { hashOf } from '../../conventions/convention-hash.ts';
import type { ConventionSet } from '../../conventions/convention-set.ts';
import { defaultConventionFile } from '../../conventions/default-conventions.ts';
import { candidatesFor, countsWhateverLabels, labelsDecide } from '../../conventions/unknown-labels.ts';
import { compileNameGlobs } from '../../conventions/document/name-glob.ts';
import type { Waiver } from '../../conventions/waiver/waiver.ts';
import { record } from '../../kubernetes/read.ts';
import type { Basis } from '../../report/report.ts';
import { listInWords } from '../../text/list.ts';
import { hasKnownLabels, type JudgedManifest } from './judge-manifests.ts';

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
    remarks: remarksOn(judged, conventions),
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
