import { printedObjects } from '../../facts/printed-objects.ts';
import type { ManifestFile } from '../../manifests/manifest-set.ts';
import type { JudgedManifest } from '../check/judge-manifests.ts';
import type { FileChange } from './file-change.ts';

/**
 * Writes the objects that remedies print to the end of the file whose objects they are for.
 *
 * @param written the texts of objects that the set has or gets; one may be the remedy of many findings
 */
export function writeObjects(
  file: ManifestFile,
  entries: readonly JudgedManifest[],
  written: Set<string>,
): FileChange {
  const findings = entries
    .flatMap(({ judgement }) => judgement.findings)
    .filter(({ expected, fix, waiver }) => !waiver && !fix && printedObjects(expected).length > 0);
  if (findings.length === 0 || file.rendering) return { findings: 0, refusals: [] };
  if (/^\s*[{[]/.test(file.text))
    return { findings: 0, refusals: [`${file.name}:1:1: left alone, JSON has no place for one more object`] };
  const objects = [...new Set(findings.flatMap(({ expected }) => printedObjects(expected)))].filter(
    (text) => !written.has(text),
  );
  for (const text of objects) written.add(text);
  const start = file.text.endsWith('\n') || file.text === '' ? file.text : `${file.text}\n`;
  return {
    ...(objects.length === 0 ? {} : { text: `${start}${objects.map((text) => `---\n${text}\n`).join('')}` }),
    findings: findings.length,
    refusals: [],
  };
}

/** The texts of the objects that some files of a set have got already: a remedy that did not help is not written twice. */
export function writtenIn(files: readonly ManifestFile[], judged: readonly JudgedManifest[]): Set<string> {
  const printed = judged.flatMap(({ judgement }) =>
    judgement.findings.flatMap(({ expected }) => printedObjects(expected)),
  );
  return new Set([...new Set(printed)].filter((text) => files.some((file) => file.text.includes(text))));
}
