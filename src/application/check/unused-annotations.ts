import { reportAnnotationWaivers, waiverAnnotations } from '../../conventions/waiver/annotation-notices.ts';
import type { ConventionSet } from '../../conventions/convention-set.ts';
import { pointerOf } from '../../kubernetes/json-pointer.ts';
import { annotationsOf } from '../../kubernetes/object.ts';
import type { PlaceFinder } from '../../manifests/place-finder.ts';
import type { ReportedNotice } from '../../report/report.ts';
import { rules } from '../../rules/registry.ts';
import { nameOf } from '../../facts/object-name.ts';
import type { JudgedManifest } from './judge-manifests.ts';

/** The waivers that objects carry as annotations, that count, and that cover nothing. */
export function unusedAnnotations(
  judged: readonly JudgedManifest[],
  conventions: ConventionSet,
  now: Date,
  places: PlaceFinder,
): readonly ReportedNotice[] {
  const ids = rules.map(({ id }) => id);
  return judged.flatMap(({ manifest, judgement: { convention: name, findings } }) => {
    const annotations = annotationsOf(manifest.object);
    const keys = waiverAnnotations(annotations);
    if (keys.length === 0) return [];
    const convention =
      conventions.conventions.find((candidate) => candidate.name === name) ?? conventions.clusterWide();
    const { action } = conventions.actionFor(unusedRule, convention, 'ci', now);
    if (action === 'off') return [];
    const lapsed = new Set(
      reportAnnotationWaivers(annotations, convention, ids, now).flatMap(({ rule, pointer }) =>
        rule === 'waiver/expires-soon' ? [] : pointer,
      ),
    );
    const used = new Set(findings.map(({ waiver }) => waiver?.name));
    return keys.flatMap((key) => {
      const pointer = pointerOf('metadata', 'annotations', key);
      if (lapsed.has(pointer) || used.has(`annotation ${key}`)) return [];
      const { file, range } = places.locate(manifest, pointer);
      return {
        rule: unusedRule.id,
        severity: action === 'deny' ? ('error' as const) : ('warning' as const),
        message: `${nameOf(manifest.object)}: the annotation ${key} covers nothing: its rule finds nothing here`,
        expected: 'delete it',
        file,
        line: range.line,
        column: range.column,
      };
    });
  });
}

const unusedRule = { id: 'waiver/unused', defaultAction: 'warn' } as const;
