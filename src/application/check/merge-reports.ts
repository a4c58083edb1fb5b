import type { NotJudged } from '../../manifests/manifest-problem.ts';
import type {
  OtherKind,
  Report,
  ReportedFinding,
  ReportedNotice,
  ReportedObject,
  SetVerdict,
  Tally,
} from '../../report/report.ts';

/** The report of one set, and the set's name. */
export interface SetReport {
  readonly name: string;
  readonly report: Report;
}

/**
 * One report of several sets: each has its own verdict, the worst is that of the run, and what is found in several sets
 * at the same place is told once, with their names.
 */
export function mergeReports(sets: readonly [SetReport, ...SetReport[]]): Report {
  const [{ report: first }] = sets;
  const reports = sets.map(({ report }) => report);
  const objects = new Map<string, ReportedObject>();
  for (const object of reports.flatMap((report) => report.objects))
    if (!objects.has(keyOfObject(object))) objects.set(keyOfObject(object), object);
  const findings = inSets(
    sets,
    ({ findings: own }) => own,
    keyOfFinding,
    (finding) => ({ ...finding, subject: objects.get(keyOfObject(finding.subject)) ?? finding.subject }),
  );
  return {
    ...first,
    findings: findings.toSorted(byPlace),
    objects: [...objects.values()],
    notJudged: inSets(sets, ({ notJudged }) => notJudged, keyOfProblem),
    foreign: unique(
      reports.flatMap(({ foreign }) => foreign),
      keyOfProblem,
    ),
    tally: tallyOf(reports),
    fileNames: [...new Set(reports.flatMap(({ fileNames }) => fileNames))],
    notices: noticesOf(reports),
    early: [...new Set(reports.flatMap(({ early }) => early))],
    basis: {
      ...first.basis,
      conventions: unique(
        reports.flatMap(({ basis }) => basis.conventions),
        ({ file, hash, name }) => [file, hash, name].join('\n'),
      ),
      remarks: [...new Set(reports.flatMap(({ basis }) => basis.remarks))],
    },
    sets: sets.map(verdictOf),
    exitCode: Math.max(...reports.map(({ exitCode }) => exitCode)),
  };
}

function verdictOf({ name, report }: SetReport): SetVerdict {
  const { findings, notices, notJudged, tally, exitCode } = report;
  const many = (wanted: string) =>
    [...findings, ...notices].filter(({ severity }) => severity === wanted).length;
  return {
    name,
    errors: many('error'),
    warnings: many('warning'),
    waived: many('waived'),
    judged: tally.judged,
    notJudged: notJudged.length,
    exitCode,
  };
}

/** What several sets have in common once, with the names of those sets; of a single one nobody has to be told. */
function inSets<T extends object>(
  sets: readonly SetReport[],
  of: (report: Report) => readonly T[],
  key: (item: T) => string,
  map: (item: T) => T = (item) => item,
): readonly (T & { readonly sets?: readonly string[] })[] {
  const found = new Map<string, { readonly item: T; readonly names: Set<string> }>();
  for (const { name, report } of sets) {
    const seen = new Map<string, number>();
    for (const item of of(report)) {
      // two findings of one set that look alike are two
      const number = (seen.get(key(item)) ?? 0) + 1;
      seen.set(key(item), number);
      const known = found.get(`${key(item)}\n${number}`);
      if (known) known.names.add(name);
      else found.set(`${key(item)}\n${number}`, { item, names: new Set([name]) });
    }
  }
  const isOne = sets.length === 1;
  return [...found.values()].map(({ item, names }) => ({
    ...map(item),
    ...(isOne ? {} : { sets: [...names] }),
  }));
}

function keyOfObject({
  reference: { apiVersion, kind, namespace, name },
  file,
  source,
  ungoverned,
}: ReportedObject): string {
  return [apiVersion, kind, namespace, name, file, source, ungoverned].join('\n');
}

function keyOfFinding({ finding, severity, subject, place, admission }: ReportedFinding): string {
  const { rule, message, pointer, found, witness, expected } = finding;
  const { line, column } = place;
  return JSON.stringify([
    rule,
    message,
    pointer,
    found,
    witness,
    expected,
    severity,
    admission,
    keyOfObject(subject),
    line,
    column,
  ]);
}

function keyOfProblem({ id, file, line, column, reason }: NotJudged): string {
  return [id, file, line, column, reason].join('\n');
}

function byPlace(one: ReportedFinding, other: ReportedFinding): number {
  if (one.subject.file !== other.subject.file) return one.subject.file < other.subject.file ? -1 : 1;
  return one.place.line - other.place.line || one.place.column - other.place.column;
}

/** A waiver is without use only where no set has one for it. */
function noticesOf(reports: readonly Report[]): readonly ReportedNotice[] {
  const keyOf = (notice: ReportedNotice) => JSON.stringify(notice);
  const counts = Map.groupBy(
    reports.flatMap(({ notices }) => notices),
    keyOf,
  );
  return [...counts.values()].flatMap((members) => {
    const [notice] = members;
    const isEverywhere = members.length >= reports.length;
    return notice && (notice.rule !== 'waiver/unused' || isEverywhere) ? [notice] : [];
  });
}

function tallyOf(reports: readonly Report[]): Tally {
  const tallies = reports.map(({ tally }) => tally);
  const sum = (of: (tally: Tally) => number) => tallies.reduce((total, tally) => total + of(tally), 0);
  return {
    files: new Set(reports.flatMap(({ fileNames }) => fileNames)).size,
    judged: sum(({ judged }) => judged),
    otherKinds: sum(({ otherKinds }) => otherKinds),
    otherKindNames: kindsOf(tallies.flatMap(({ otherKindNames }) => otherKindNames)),
    ungoverned: sum(({ ungoverned }) => ungoverned),
    assumedNamespace: {
      name: tallies[0]?.assumedNamespace.name ?? '',
      objects: sum(({ assumedNamespace }) => assumedNamespace.objects),
    },
  };
}

function kindsOf(kinds: readonly OtherKind[]): readonly OtherKind[] {
  return [...Map.groupBy(kinds, ({ kind }) => kind)]
    .map(([kind, members]) => ({
      kind,
      count: members.reduce((sum, { count }) => sum + count, 0),
      makesPods: members.some(({ makesPods }) => makesPods),
    }))
    .toSorted((one, other) => other.count - one.count || (one.kind < other.kind ? -1 : 1));
}

function unique<T>(items: readonly T[], key: (item: T) => string): readonly T[] {
  return [...new Map(items.toReversed().map((item) => [key(item), item])).values()].toReversed();
}
