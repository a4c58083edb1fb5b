import { dump } from 'js-yaml';
import { printableLine } from '../../engine/printable.ts';
import { objectName } from '../../report/wording.ts';
import { referenceOf } from '../../kubernetes/object.ts';
import { cut } from '../../text/cut.ts';
import type { DraftWaiver } from './draft-waivers.ts';

/** Waivers as a file of documents; beside a fingerprint stands what it is that of. */
export function printWaivers(drafts: readonly DraftWaiver[]): string {
  return drafts.map(printWaiver).join('---\n');
}

function printWaiver({ document, findings }: DraftWaiver): string {
  const meanings = new Map(
    findings.map(({ finding, object, pinnable }) => [
      pinnable.fingerprint,
      cut(`${objectName(referenceOf(object))}: ${finding.found ?? finding.message}`, longestMeaning),
    ]),
  );
  const text = dump(document, { lineWidth: -1, noRefs: true });
  return text.replaceAll(
    /^( +- fingerprint: )['"]?([0-9a-f]{32})['"]?$/gm,
    (line, _, fingerprint: string) => {
      const meaning = meanings.get(fingerprint);
      return meaning === undefined ? line : `${line} # ${printableLine(meaning)}`;
    },
  );
}

const longestMeaning = 160;
