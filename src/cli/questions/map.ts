import { stateOnceApplied } from '../../application/check/judge-manifests.ts';
import { placesOf } from '../../application/check/places-of.ts';
import { judgeWorkloads } from '../../application/map/judge-workloads.ts';
import { readSide } from '../../application/diff/read-side.ts';
import { dayOf } from '../../conventions/document/days.ts';
import { keyOf } from '../../inventory/inventory-store.ts';
import { askConnections } from '../../questions/connections/ask-connections.ts';
import { askDiff } from '../../questions/diff/ask-diff.ts';
import { askPosture } from '../../questions/posture/ask-posture.ts';
import { bridgeChanges } from '../../questions/posture/bridge-changes.ts';
import { TollgateError } from '../../errors.ts';
import { mapFormatNames, mapFormats, type MapFormatName } from '../../report/map/formats.ts';
import { list, value } from '../../settings.ts';
import { defineCommand } from '../command.ts';
import { manifestSettings } from '../inputs/manifest-settings.ts';
import { type OutputTarget, readTarget, targetsFor } from '../output-target.ts';
import { contextSettings } from '../inputs/read-context.ts';
import { readState } from '../inputs/read-state.ts';
import { tellIncomplete, writeAnswer } from '../write-answer.ts';

const settings = {
  ...manifestSettings,
  ...contextSettings,
  base: value<string | undefined>('base', {
    placeholder: 'STATE',
    description:
      'Colour what is different from another state: a folder, a snapshot, git:REV or git:REV:FOLDER',
    fallback: undefined,
    read: (text) => ({ value: text }),
  }),
  output: list<OutputTarget<MapFormatName>>('output', {
    short: 'o',
    placeholder: 'FORMAT[=FILE]',
    description: `${mapFormatNames.join(', ')}; without a file it goes to standard output`,
    read: readTarget(mapFormatNames),
  }),
} as const;

/** `tollgate map`: a picture of who may reach whom. */
export const command = defineCommand({
  usage: '[PATH…] [FLAGS]',
  description: [
    'Draws what manifests let through: namespaces as islands with the gates that close them, workloads as cars with the',
    "mesh's armour or without, and what may connect as bridges. The page is one file that asks nobody for anything; in it,",
    'two workloads answer whether one may connect to the other. A PATH is what `tollgate check` takes.',
    '',
    'Exit codes: 0 drawn, 2 wrong usage or configuration, 3 something could not be read, so that nothing is certain.',
  ].join('\n'),
  settings,
  examples: [
    ['tollgate map deploy/ -o html=map.html', 'a page to be opened in a browser'],
    ['tollgate map --live -o html=map.html', 'of the cluster of the kubeconfig file'],
    ['tollgate map deploy/ --base git:main:deploy -o html=map.html', 'what a pull request changes'],
    ['tollgate map deploy/ -o svg=map.svg -o json=map.json', 'the drawing alone, and what it is made of'],
  ],
  run: async ({ values, positionals }, context) => {
    const targets = targetsFor(values.output, 'html', 'map');
    const { around, isAround, set, stated, whole } = await readState(positionals, values, context);
    const { conventions, inventory } = stateOnceApplied(whole, stated, around.application);
    const question = { inventory, conventions, now: values.now ?? context.now() };
    const answer = askConnections(question);
    const findings = judgeWorkloads(question, [...inventory.populated()]);
    const posture = askPosture(question, answer, (workload) => findings.get(keyOf(workload)) ?? []);
    const { base } = values;
    if (base !== undefined && isAround)
      throw new TollgateError('ERR_USAGE', {
        command: 'map',
        problems: '--base is compared with files: name a PATH',
      });
    const compare = async (from: string) => {
      const { exclude, namespace, noIgnore } = values;
      const side = await readSide(from, {
        folder: context.folder,
        exclude,
        namespace,
        useGitIgnore: !noIgnore,
      });
      const before = { objects: side.set.objects, gaps: [...side.set.gaps, ...around.gaps] };
      const application = { ...around.application, ...(side.calico ? { calico: side.calico } : {}) };
      const was = stateOnceApplied(before, stated, application);
      const objectsOf = (of: typeof before | typeof whole) => of.objects.map(({ object }) => object);
      return askDiff(
        { question: { ...question, ...was }, objects: objectsOf(before) },
        { question, objects: objectsOf(whole) },
      );
    };
    const diff = base === undefined ? undefined : await compare(base);
    const report = {
      answer,
      posture: diff
        ? { ...posture, incomplete: [...new Set([...posture.incomplete, ...diff.incomplete])] }
        : posture,
      placeOf: placesOf(set),
      day: dayOf(question.now),
      ...(diff ? { changes: bridgeChanges(diff) } : {}),
    };
    await writeAnswer(report, targets, mapFormats, context);
    tellIncomplete(report.posture.incomplete, targets, context);
    return report.posture.incomplete.length > 0 ? 3 : 0;
  },
});
