import { buildReport, type ReportOptions } from '../application/check/build-report.ts';
import { judgeManifests } from '../application/check/judge-manifests.ts';
import { mergeReports, type SetReport } from '../application/check/merge-reports.ts';
import type { NamedSet } from '../application/read/named-sets.ts';
import type { ConventionSet } from '../conventions/convention-set.ts';
import type { ManifestSet } from '../manifests/manifest-set.ts';
import type { Report } from '../report/report.ts';
import type { Around } from './inputs/read-context.ts';
import type { SetToJudge } from './inputs/read-sets.ts';

/** Judges one set by conventions, among what exists. */
export function reportOn(
  set: ManifestSet,
  conventions: ConventionSet,
  around: Around,
  options: ReportOptions,
): Report {
  const whole = { ...set, gaps: [...set.gaps, ...around.gaps] };
  const judged = judgeManifests(whole, conventions, options.now, around.application);
  return buildReport(set, judged, conventions, options);
}

/** By what sets are judged that say nothing else. */
export interface Usual {
  readonly conventions: ConventionSet;
  readonly around: Around;
  readonly options: ReportOptions;
}

/** What a set that is named says beside its manifests, once it is read. */
export interface OfNamed {
  readonly around: Around;
  readonly conventions?: ConventionSet;
  readonly fixCommand: string;
}

/** Judges each set for itself, and makes one report of all. */
export async function reportOnSets(
  [first, ...others]: readonly [SetToJudge, ...SetToJudge[]],
  usual: Usual,
  read: (named: NamedSet) => Promise<OfNamed>,
): Promise<Report> {
  const of = async ({ name, named, manifests }: SetToJudge): Promise<SetReport> => {
    const own = named && (await read(named));
    const options = own ? { ...usual.options, fixCommand: own.fixCommand } : usual.options;
    const conventions = own?.conventions ?? usual.conventions;
    return { name, report: reportOn(manifests, conventions, together(usual.around, own?.around), options) };
  };
  const reports: [SetReport, ...SetReport[]] = [await of(first)];
  for (const set of others) reports.push(await of(set));
  return mergeReports(reports);
}

/** What exists for every set, and for one of them beside that. */
function together(usual: Around, own: Around | undefined): Around {
  if (!own) return usual;
  const calico = usual.application.calico ?? own.application.calico;
  return {
    application: {
      ...usual.application,
      existing: [...own.application.existing, ...usual.application.existing],
      ...(calico ? { calico } : {}),
    },
    gaps: [...usual.gaps, ...own.gaps],
  };
}
