/**
 * Counts what the rules find in the corpus: `npx node test/corpus/report.ts [--by file] [--show PATTERN]`. The second
 * prints every finding of the rules that the pattern fits, to be read beside its document.
 */
import { parseArgs } from 'node:util';
import { judgeCorpus, noCorpus } from './judged-corpus.ts';

const { values } = parseArgs({ options: { by: { type: 'string' }, show: { type: 'string' } } });

function raise(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function print(title: string, counts: ReadonlyMap<string, number>): void {
  console.log(`\n${title}`);
  for (const [key, count] of [...counts].toSorted(([a], [b]) => (a < b ? -1 : 1)))
    console.log(`${String(count).padStart(6)}  ${key}`);
}

async function report(): Promise<void> {
  const shown = values.show === undefined ? undefined : new RegExp(values.show);
  const [documents, notJudged, findings] = [1, 2, 3].map(() => new Map<string, number>());
  if (!documents || !notJudged || !findings) return;
  for await (const { judged, set } of judgeCorpus(values.by === 'file' ? 'file' : 'project')) {
    for (const { id } of set.notJudged) raise(notJudged, id);
    for (const _ of set.foreign) raise(documents, 'no manifests');
    for (const { judgement, manifest, otherKind } of judged) {
      raise(
        documents,
        judgement.ungoverned ? 'of namespaces that the default convention leaves alone' : 'judged',
      );
      if (otherKind) raise(documents, 'judged, of a kind that no rule is about');
      for (const finding of judgement.findings) {
        raise(findings, finding.rule);
        if (!shown?.test(finding.rule)) continue;
        const { expected, message, pointer, rule, witness } = finding;
        console.log([manifest.document.file.name, rule, pointer, message, witness, expected].join('\n    '));
      }
    }
  }
  print('documents', documents);
  print('not judged, each named with its reason', notJudged);
  print('findings', findings);
}

if (noCorpus === false) await report();
else console.log(`skipped: ${noCorpus}`);
