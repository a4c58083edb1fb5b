import type { FlowAnswer } from '../../questions/flow/flow-answer.ts';
import { listInWords } from '../../text/list.ts';
import type { Mismatch } from './compare-outcome.ts';
import type { FlowDocument } from './flow-schema.ts';
import type { FlowOutcome } from './run-flow.ts';

/** What of the answers about connections is not as expected; a list of assertions has its numbers in the paths. */
export function compareFlows(
  asked: FlowDocument | readonly FlowDocument[],
  outcomes: readonly FlowOutcome[],
): readonly Mismatch[] {
  const isList = Array.isArray(asked);
  const flows = [asked].flat() as readonly FlowDocument[];
  return flows.flatMap((flow, index) => {
    const outcome = outcomes[index];
    const path = isList ? ['flow', index] : ['flow'];
    return outcome ? compare(flow, outcome, path) : [];
  });
}

function compare(
  flow: FlowDocument,
  outcome: FlowOutcome,
  path: readonly (string | number)[],
): readonly Mismatch[] {
  const { from = 'nobody but', only, port, to } = flow;
  const asked = `${from} -> ${to}${port === undefined ? '' : ` ${port}`}`;
  if ('problem' in outcome)
    return [{ field: 'flow', path, expected: asked, found: outcome.problem, actual: undefined }];
  if ('only' in outcome) return compareOnly(only ?? [], outcome.only, [...path, 'only']);
  return [
    ...compareVerdict(flow, outcome.answers, path),
    ...compareDecider(flow, outcome.answers, path),
    ...compareEncrypted(flow, outcome.answers, path),
  ];
}

function compareOnly(
  only: readonly string[],
  { kept, others }: Extract<FlowOutcome, { readonly only: unknown }>['only'],
  path: Mismatch['path'],
): readonly Mismatch[] {
  if (kept.length + others.length === 0) return [];
  const found = [...kept.map(whyInWords), ...others.map(whyInWords)];
  const shown = found.length > most ? [...found.slice(0, most), `and ${found.length - most} more`] : found;
  return [
    {
      field: 'flow.only',
      path,
      expected: listInWords(only) || 'nobody',
      found: shown.join('\n'),
      actual: undefined,
    },
  ];
}

const most = 10;

function compareVerdict(
  { expect }: FlowDocument,
  answers: readonly FlowAnswer[],
  path: Mismatch['path'],
): readonly Mismatch[] {
  const others = answers.filter(({ verdict }) => verdict !== expect);
  if (expect === undefined || (answers.length > 0 && others.length === 0)) return [];
  const verdicts = [...new Set(answers.map(({ verdict }) => verdict))];
  return [
    {
      field: 'flow.expect',
      path: [...path, 'expect'],
      expected: expect,
      found: others.slice(0, most).map(whyInWords).join('\n') || 'no port that anybody declares',
      actual: verdicts.length === 1 ? verdicts[0] : undefined,
    },
  ];
}

function compareDecider(
  { by }: FlowDocument,
  answers: readonly FlowAnswer[],
  path: Mismatch['path'],
): readonly Mismatch[] {
  if (by === undefined) return [];
  const others = answers.filter((answer) => !decidersOf(answer).some((names) => names.includes(by)));
  if (answers.length > 0 && others.length === 0) return [];
  const names = [...new Set(answers.flatMap(decidersOf).map(([name = '']) => name))];
  return [
    {
      field: 'flow.by',
      path: [...path, 'by'],
      expected: by,
      found: listInWords(names) || 'no policy',
      actual: names.length === 1 ? names[0] : undefined,
    },
  ];
}

/** The policies that decide a connection, each by the names that it may be called. */
function decidersOf({ egress, ingress, verdict }: FlowAnswer): readonly (readonly string[])[] {
  const halves = [egress, ingress].flatMap((half) => half ?? []);
  const deciding = verdict === 'denied' ? halves.filter((half) => half.verdict === 'denied') : halves;
  const references = deciding.flatMap(({ selectedBy, steps }) => {
    const at = steps.at(-1)?.at;
    return at ? [at.object] : selectedBy;
  });
  return references.map(({ name, namespace }) =>
    namespace === undefined ? [name] : [`${namespace}/${name}`, name],
  );
}

function compareEncrypted(
  { encrypted }: FlowDocument,
  answers: readonly FlowAnswer[],
  path: Mismatch['path'],
): readonly Mismatch[] {
  if (encrypted === undefined) return [];
  const stateOf = ({ mesh }: FlowAnswer) => mesh?.encrypted ?? 'no';
  const wanted = encrypted ? 'yes' : 'no';
  const others = answers.filter((answer) => stateOf(answer) !== wanted);
  if (answers.length > 0 && others.length === 0) return [];
  const states = [...new Set(answers.map(stateOf))];
  const isKnown = states.length === 1 && states[0] !== 'unknown';
  return [
    {
      field: 'flow.encrypted',
      path: [...path, 'encrypted'],
      expected: String(encrypted),
      found:
        others
          .slice(0, most)
          .map((answer) => `${headOf(answer)}: ${answer.mesh?.text ?? 'neither end is in the mesh'}`)
          .join('\n') || 'no port that anybody declares',
      actual: isKnown ? states[0] === 'yes' : undefined,
    },
  ];
}

function headOf({ destination, port, protocol, source }: FlowAnswer): string {
  return `${source} -> ${destination} ${protocol} ${port}`;
}

/** The verdict with what decides it at the end that does, or why nobody knows. */
function whyInWords(answer: FlowAnswer): string {
  const { egress, ingress, mesh, unknown, verdict } = answer;
  const halves = [
    ['egress', egress],
    ['ingress', ingress],
  ] as const;
  const steps = halves.flatMap(([name, half]) => {
    const text = half && half.verdict === verdict ? half.steps.at(-1)?.text : undefined;
    return text === undefined ? [] : [`${name}: ${text}`];
  });
  const locked = mesh?.authorized?.verdict === verdict && verdict !== 'allowed' ? [mesh.authorized.text] : [];
  const why = [...(verdict === 'unknown' ? unknown : steps), ...locked];
  return `${headOf(answer)}: ${verdict}${why.length > 0 ? `: ${why.join('; ')}` : ''}`;
}
