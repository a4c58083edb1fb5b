import { stateOnceApplied } from '../../application/check/judge-manifests.ts';
import { placesOf } from '../../application/check/places-of.ts';
import { TollgateError } from '../../errors.ts';
import { asYaml } from '../../facts/policy/opening-policy.ts';
import { askFlow } from '../../questions/flow/ask-flow.ts';
import type { FlowAnswer } from '../../questions/flow/flow-answer.ts';
import { readEnd, readPort } from '../../questions/flow/read-question.ts';
import { flowFormatNames, flowFormats, type FlowFormatName } from '../../report/flow/formats.ts';
import type { FlowReport } from '../../report/flow/flow-report.ts';
import { list, value, type ValuesOf } from '../../settings.ts';
import { shellWord } from '../../text/shell-word.ts';
import { type CommandContext, defineCommand } from '../command.ts';
import { manifestSettings } from '../inputs/manifest-settings.ts';
import { type OutputTarget, readTarget, targetsFor } from '../output-target.ts';
import { contextSettings } from '../inputs/read-context.ts';
import { readState } from '../inputs/read-state.ts';
import { renderSettings } from '../inputs/render-settings.ts';
import { writeAnswer, writeOut } from '../write-answer.ts';

const settings = {
  ...manifestSettings,
  ...contextSettings,
  ...renderSettings,
  open: value<string | undefined>('open', {
    placeholder: 'FILE',
    description: 'Write the objects that open exactly what is denied to a file',
    fallback: undefined,
    read: (text) => ({ value: text }),
  }),
  output: list<OutputTarget<FlowFormatName>>('output', {
    short: 'o',
    placeholder: 'FORMAT[=FILE]',
    description: `${flowFormatNames.join(', ')}; without a file it goes to standard output`,
    read: readTarget(flowFormatNames),
  }),
} as const;

/** `tollgate flow`: whether one end may connect to another, what decides it, and what would open it. */
export const command = defineCommand({
  usage: 'FROM TO [PORT[/PROTOCOL]] [PATH…] [FLAGS]',
  description: [
    'Says whether FROM may connect to TO: what the policies of both ends decide, step by step, on the port that they see,',
    'what Linkerd makes of it, and for a denial the smallest objects that open it, tried by the engine before they are',
    'printed. An end is NAMESPACE/NAME (a workload, or as TO a Service), KIND/NAMESPACE/NAME where that is ambiguous,',
    'NAMESPACE/{KEY=VALUE,…} for a pod that does not exist yet, an address, a block such as 10.0.0.0/8, or internet for',
    'every IPv4 address that is not private. Without a PORT it is every port that TO declares. A port by its name takes',
    'its protocol with it: http/TCP. A PATH is what `tollgate check` takes.',
    '',
    'Exit codes: 0 allowed, 1 denied, 2 wrong usage or configuration, 3 unknown.',
  ].join('\n'),
  settings,
  examples: [
    ['tollgate flow shop/web shop/db 5432 deploy/', 'may the web pods reach the database'],
    ['tollgate flow internet shop/web', 'what of the web pods is open to the world'],
    ['tollgate flow shop/web shop/db --live', 'in the cluster of the kubeconfig file'],
    [
      "tollgate flow 'shop/{app=report}' shop/db 5432 --open open.yaml",
      'a client to come, and what it needs',
    ],
  ],
  run: async ({ values, positionals }, context) => {
    const asked = readPositionals(positionals);
    const targets = targetsFor(values.output, 'text', 'flow');
    const { around, set, stated, whole } = await readState(asked.paths, values, context);
    const { conventions, inventory } = stateOnceApplied(whole, stated, around.application);
    const found = askFlow(asked.question, { inventory, conventions, now: values.now ?? context.now() });
    if ('problem' in found)
      throw new TollgateError('ERR_USAGE', { command: 'flow', problems: found.problem });
    const { answers } = found;
    const report: FlowReport = {
      question: asked.written,
      answers,
      placeOf: placesOf(set),
      openCommand: openCommandOf(positionals, values),
    };
    await writeAnswer(report, targets, flowFormats, context);
    if (values.open !== undefined) writeOpenings(answers, values.open, context);
    return exitCodeOf(answers);
  },
});

interface Asked {
  readonly question: Parameters<typeof askFlow>[0];
  readonly written: FlowReport['question'];
  readonly paths: readonly string[];
}

function readPositionals([from, to, third, ...paths]: readonly string[]): Asked {
  if (from === undefined || to === undefined)
    throw usage('FROM and TO are missing: name two ends of a connection');
  const [source, destination] = [readEnd(from), readEnd(to)];
  if ('problem' in source) throw usage(source.problem);
  if ('problem' in destination) throw usage(destination.problem);
  const port = third === undefined ? undefined : readPort(third);
  if (port && 'problem' in port) throw usage(port.problem);
  return {
    question: {
      source: source.value,
      destination: destination.value,
      ...(port ? { port: port.value } : {}),
    },
    written: { from, to, ...(port && third !== undefined ? { port: third } : {}) },
    paths: third === undefined || port ? paths : [third, ...paths],
  };
}

function usage(problems: string): TollgateError {
  return new TollgateError('ERR_USAGE', { command: 'flow', problems });
}

/** Denied outweighs allowed, and what nobody knows outweighs both. */
function exitCodeOf(answers: readonly FlowAnswer[]): 0 | 1 | 3 {
  if (answers.length === 0 || answers.some(({ verdict }) => verdict === 'unknown')) return 3;
  return answers.some(({ verdict }) => verdict === 'denied') ? 1 : 0;
}

/** Each object once, although several answers need it. */
function writeOpenings(answers: readonly FlowAnswer[], file: string, context: CommandContext): void {
  const documents = answers.flatMap(({ opening }) =>
    opening && 'objects' in opening ? opening.objects.map((object) => asYaml(object)) : [],
  );
  if (documents.length === 0) {
    context.stderr.write(`nothing to open: ${file} is not written\n`);
    return;
  }
  writeOut(file, `${[...new Set(documents)].join('\n---\n')}\n`, context);
}

function openCommandOf(
  positionals: readonly string[],
  { conventions, context, live, helm, values, release, kustomize }: ValuesOf<typeof settings>,
): string {
  const flags = [
    ...helm.flatMap((chart) => ['--helm', chart]),
    ...values.flatMap((file) => ['--values', file]),
    ...(release === undefined ? [] : ['--release', release]),
    ...kustomize.flatMap((path) => ['--kustomize', path]),
    ...conventions.flatMap((file) => ['--conventions', file]),
    ...context.flatMap((path) => ['--context', path]),
    ...(live ? ['--live'] : []),
  ];
  return ['tollgate', 'flow', ...positionals, ...flags, '--open', 'open.yaml'].map(shellWord).join(' ');
}
