import type { Convention } from '../conventions/convention/convention.ts';
import type { ConventionSet } from '../conventions/convention-set.ts';
import { defaultConventionFile } from '../conventions/default-conventions.ts';
import { type DocumentSource, placeInWords } from '../conventions/document/document-source.ts';
import { selectionReason } from '../conventions/convention/selection-reason.ts';
import type { Waiver } from '../conventions/waiver/waiver.ts';
import type { WaiverCounts } from '../conventions/waiver/waiver-count.ts';
import { deadNamesOf, reportWaivers, useOfCounts } from '../conventions/waiver-report.ts';
import { printable } from '../engine/printable.ts';
import { namespaceIdentity, type NamespaceIdentity } from '../kubernetes/namespace.ts';
import { value } from '../settings.ts';
import { defineCommand } from './command.ts';
import { judgeManifests } from '../application/check/judge-manifests.ts';
import { useOf } from '../application/check/waiver-use.ts';
import { listInWords } from '../text/list.ts';
import { counted } from '../text/plural.ts';
import { findConventions } from '../application/read/find-conventions.ts';
import { manifestSettings } from './inputs/manifest-settings.ts';
import { readSet } from './inputs/read-set.ts';

/** `tollgate conventions`: what is in force, and which convention governs a namespace. */
export const command = defineCommand({
  usage: '[FLAGS] [PATH…]',
  description: [
    'Prints the conventions and waivers that are in force, as documents that can be saved and loaded: every value with',
    'the file and line it comes from, and what each field is for.',
    'Of manifests in the PATHs it says how many objects in how many namespaces each waiver covers, and which of its names',
    'no object with a finding has. With --explain, it says which convention governs a namespace and why; the labels of the namespace are read from',
    'the manifests in the PATHs.',
  ].join('\n'),
  settings: {
    conventions: manifestSettings.conventions,
    now: manifestSettings.now,
    exclude: manifestSettings.exclude,
    noIgnore: manifestSettings.noIgnore,
    namespace: manifestSettings.namespace,
    stdinFilename: manifestSettings.stdinFilename,
    explain: value<string | undefined>('explain', {
      placeholder: 'NAMESPACE',
      description: 'Say which convention governs this namespace and why',
      fallback: undefined,
      read: (text) => ({ value: text }),
    }),
  },
  examples: [
    ['tollgate conventions', 'what is in force here'],
    ['tollgate conventions deploy/', 'the same, with what each waiver covers in deploy/'],
    ['tollgate conventions > tollgate.yaml', 'start from the default convention'],
    [
      'tollgate conventions --explain shop deploy/',
      'who governs the namespace shop, with its labels in deploy/',
    ],
  ],
  run: async ({ values, positionals }, context) => {
    const set = await findConventions(values.conventions, context.folder, context.stdin);
    const now = values.now ?? context.now();
    const manifests = positionals.length > 0 ? await readSet(positionals, values, context) : undefined;
    if (values.explain === undefined) {
      const counts = manifests && useOf(judgeManifests(manifests, set, now), set.waivers);
      context.stdout.write(await printSet(set, now, counts));
      return 0;
    }
    const object = manifests?.objects.find(
      ({ reference }) => reference.kind === 'Namespace' && reference.name === values.explain,
    )?.object;
    const namespace = namespaceIdentity(values.explain, object);
    context.stdout.write(explanationOf(set, namespace, object !== undefined));
    return 0;
  },
});

async function printSet(set: ConventionSet, now: Date, counts?: WaiverCounts): Promise<string> {
  const { printDocument } = await import('./print/print-conventions.ts');
  const notices = reportWaivers(set, now);
  const documents = [...set.conventions, ...set.waivers].map(async (document) => {
    const said = notices.filter(({ waiver }) => waiver === document).map(({ message }) => `# ${message}\n`);
    const covered = counts && !('priority' in document) ? `# ${coverInWords(document, counts)}\n` : '';
    return `${printable(`# ${headingOf(document)}\n${covered}${said.join('')}`)}${await printDocument(document)}`;
  });
  return (await Promise.all(documents)).join('---\n');
}

/** `covers 3 objects in 2 namespaces of what was read; nothing of "old", "older"`. */
function coverInWords(waiver: Waiver, counts: WaiverCounts): string {
  const count = counts.get(waiver.name);
  if (!count) return 'covers nothing of what was read';
  const { names, namespaces } = deadNamesOf(waiver, useOfCounts(counts));
  const dead = [...new Set([...namespaces, ...names])].map((name) => `"${name}"`);
  const rest = dead.length > 0 ? `; nothing of ${listInWords(dead, { last: ',', most: 20 })}` : '';
  return `covers ${counted(count.objects, 'object')} in ${counted(count.namespaces.size, 'namespace')} of what was read${rest}`;
}

function headingOf(document: Convention | Waiver): string {
  const kind = 'priority' in document ? 'convention' : 'waiver';
  return `${kind} "${document.name}", ${originOf(document.source)}`;
}

function originOf(source: DocumentSource | undefined): string {
  if (!source) return 'from an annotation';
  return source.file === defaultConventionFile
    ? 'the default one: no conventions are given'
    : `from ${placeInWords(source, '/metadata/name')}`;
}

/** Every convention in the order of priority, each with why it selects the namespace or not. */
function explanationOf(set: ConventionSet, namespace: NamespaceIdentity, isKnown: boolean): string {
  const governing = set.governing(namespace);
  const verdict = governing
    ? `namespace "${namespace.name}" is governed by convention "${governing.name}", ${originOf(governing.source)}`
    : `namespace "${namespace.name}" is governed by no convention: nothing in it is judged`;
  const labels = Object.entries(namespace.labels).map(([key, label]) => `${key}=${label}`);
  const known = `  its labels: ${labels.join(', ')}${isKnown ? '' : ' (no manifest of it was read: name the file or folder that has it, and its labels count)'}`;
  const reasons = set.conventions.map((convention) => {
    const { selected, reason } = selectionReason(convention, namespace);
    const rank =
      selected && convention !== governing && governing
        ? `, and "${governing.name}" has the higher priority ${governing.priority}`
        : '';
    const mark = convention === governing ? '*' : ' ';
    return `${mark} "${convention.name}", priority ${convention.priority}, ${reason}${rank}`;
  });
  return `${[verdict, known, ...reasons].join('\n')}\n`;
}
