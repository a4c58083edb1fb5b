import type { AcceptedDocuments } from '../../../conventions/accepted-documents.ts';
import { defaultConventionFile } from '../../../conventions/default-conventions.ts';
import type { ReadinessCheck } from '../../../server/probes.ts';
import { counted } from '../../../text/plural.ts';
import { confirmationAnnotation } from './confirmed-deletion.ts';

/** What is known of the conventions beside what is in force. */
export interface ConventionsState {
  /** All has been read once. */
  readonly isKnown: boolean;
  /** Conventions with a fault that may have had a good version, which is not known here. */
  readonly doubtful: readonly string[];
  /** Why they are not known as they are now. */
  readonly problem: string | undefined;
}

/**
 * What is to be seen of the conventions at `/readyz`. A replica that does not know the last good set is not ready; one
 * that judges by the last good set, since the documents are worse, is, and says so.
 */
export function conventionsCheck(
  accepted: AcceptedDocuments,
  { isKnown, doubtful, problem }: ConventionsState,
): ReadinessCheck {
  const name = 'conventions';
  const { unreadable } = accepted;
  const unknown = [...new Set([...doubtful, ...unreadable])];
  if (!isKnown) return { name, ok: false, detail: problem ?? 'not read yet' };
  if (unknown.length > 0) {
    const detail = `no version of ${unknown.join(', ')} is known that this version of tollgate can read: correct it, or delete it`;
    return { name, ok: false, detail };
  }
  const faults = [...faultsInWords(accepted), ...(problem === undefined ? [] : [problem])];
  const detail = [inForceInWords(accepted), ...faults].join('; ');
  return faults.length === 0 ? { name, ok: true, detail } : { name, ok: false, harmless: true, detail };
}

/** How many documents are not in force as they are written, or are gone without a confirmation. */
export function problemsOf({ outcomes, lost, unreadable }: AcceptedDocuments): number {
  return outcomes.filter(({ problems }) => problems.length > 0).length + lost.length + unreadable.length;
}

/** `3 objects`: the packaged convention is named, since it is in force only where there is none in the cluster. */
function inForceInWords({ set, outcomes }: AcceptedDocuments): string {
  const isPackaged = set.conventions.some(({ source }) => source.file === defaultConventionFile);
  const count = counted(outcomes.length, 'object');
  return isPackaged ? `the packaged convention, ${count}` : count;
}

function faultsInWords({ outcomes, lost }: AcceptedDocuments): readonly string[] {
  const refused = outcomes.filter(({ problems }) => problems.length > 0).map(({ name }) => name);
  return [
    ...(refused.length === 0 ? [] : [`not in force as it is written: ${refused.join(', ')}`]),
    ...(lost.length === 0
      ? []
      : [
          `deleted without the annotation ${confirmationAnnotation}, so it stays in force: ${lost.join(', ')}`,
        ]),
  ];
}
