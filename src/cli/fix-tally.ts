import type { Fixed } from '../application/fix/fix-sets.ts';
import { printedObjects } from '../facts/printed-objects.ts';
import type { JudgedFinding } from '../engine/judgement.ts';
import { printableLine } from '../engine/printable.ts';
import { counted, plural } from '../text/plural.ts';

/** What became of the findings: what was left and why, a line for each rule, and `4 fixed, 2 left, 1 needs you`. */
export function tallyOf({ files, judged }: Fixed, isDiff: boolean): readonly string[] {
  const rest = restOf(judged);
  const fixed = files.reduce((sum, { findings }) => sum + findings, 0);
  const [mechanical, others] = [rest.filter(canBeWritten), rest.filter((finding) => !canBeWritten(finding))];
  if (fixed === 0 && rest.length === 0) return [`nothing to fix in ${counted(judged.length, 'object')}`];
  return [
    ...reasonsOf(rest),
    [
      `${fixed} ${isDiff ? 'would be fixed' : 'fixed'}`,
      ...(mechanical.length > 0 ? [`${mechanical.length} left`] : []),
      ...(others.length > 0 ? [`${others.length} ${plural(others.length, 'needs', 'need')} you`] : []),
    ].join(', '),
  ];
}

/** What is left in the end, once for each thing that several sets have in common. */
function restOf(judged: Fixed['judged']): readonly JudgedFinding[] {
  const left = judged.flatMap(({ judgement, manifest }) =>
    judgement.findings.flatMap((finding) =>
      finding.waiver ? [] : [[JSON.stringify([manifest.document.file.name, finding]), finding] as const],
    ),
  );
  return [...new Map(left).values()];
}

function canBeWritten(finding: JudgedFinding): boolean {
  return finding.fix !== undefined || printedObjects(finding.expected).length > 0;
}

function reasonsOf(rest: readonly JudgedFinding[]): readonly string[] {
  const groups = Map.groupBy(rest, (finding) => `${finding.rule}, ${reasonOf(finding)}`);
  return [...groups]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([reason, { length }]) => printableLine(`left: ${length} of ${reason}`));
}

function reasonOf(finding: JudgedFinding): string {
  if (finding.fix) return 'the text cannot be edited';
  return printedObjects(finding.expected).length > 0
    ? 'what puts it right opens connections: --unsafe writes it'
    : 'somebody has to decide: tollgate check says what would be right';
}
