import type { Convention } from '../../conventions/convention/convention.ts';
import type { RuleIdentity } from '../../conventions/convention/rule-action.ts';
import type { Point } from '../../conventions/document/action.ts';
import { meshConventionOf } from '../../facts/workload/mesh-workload.ts';
import type { QuestionContext } from '../question-context.ts';
import { type Control, controls } from './controls.ts';
import type { ControlEvidence, EvidenceFinding, RuleEvidence } from './evidence.ts';

/** Everything that the state of a control hangs on. */
export interface ControlQuestion {
  readonly findings: readonly EvidenceFinding[];
  /** The conventions that govern a namespace of what was read. */
  readonly governing: readonly Convention[];
  readonly rules: readonly RuleIdentity[];
  readonly point: Point;
  /** Whether something could not be read that may decide. */
  readonly incomplete: boolean;
}

/** How each control stands: the worst of what its rules find, and never good where something could not be read. */
export function controlStates(asked: ControlQuestion, question: QuestionContext): readonly ControlEvidence[] {
  return controls.map((control) => {
    const { id, title, source, part } = control;
    const findings = asked.findings.filter((finding) => isAbout(control, finding));
    const rules = control.rules.map((rule) => countOf(rule, findings));
    return { id, title, source, part, rules, state: stateOf(control, rules, asked, question) };
  });
}

function isAbout({ direction, rules }: Control, { directions, rule }: EvidenceFinding): boolean {
  if (!rules.includes(rule)) return false;
  return !direction || !directions || directions.length === 0 || directions.includes(direction);
}

function countOf(rule: RuleEvidence['rule'], findings: readonly EvidenceFinding[]): RuleEvidence {
  const own = findings.filter((finding) => finding.rule === rule);
  const many = (outcome: EvidenceFinding['outcome']) =>
    own.filter((finding) => finding.outcome === outcome).length;
  return { rule, deny: many('deny'), warn: many('warn'), waived: many('waived') };
}

function stateOf(
  control: Control,
  counts: readonly RuleEvidence[],
  asked: ControlQuestion,
  question: QuestionContext,
): ControlEvidence['state'] {
  const open = counts.filter(({ deny, warn }) => deny + warn > 0);
  if (open.some(({ rule }) => rule !== 'gate/unknown')) return 'found';
  // Of namespaces that were not read nobody knows what governs them.
  const isUnknown = open.length > 0 || asked.incomplete;
  if (!isJudged(control, asked, question))
    return isUnknown && asked.governing.length === 0 ? 'unknown' : 'off';
  if (isUnknown) return 'unknown';
  return counts.some(({ waived }) => waived > 0) ? 'waived' : 'nothing found';
}

/** Whether every convention that governs has what the control is about, and each of its rules on: half a control is none. */
function isJudged(
  { needs, rules: ids, direction }: Control,
  { governing, point, rules }: ControlQuestion,
  { conventions, now }: QuestionContext,
): boolean {
  const identities = rules.filter(({ id }) => ids.includes(id));
  return (
    governing.length > 0 &&
    governing.every(
      (convention) =>
        (needs === 'mesh'
          ? meshConventionOf(convention) !== undefined
          : convention.defaultDeny !== undefined &&
            (!direction || convention.defaultDeny.directions.includes(direction))) &&
        identities.every((rule) => conventions.actionFor(rule, convention, point, now).action !== 'off'),
    )
  );
}
