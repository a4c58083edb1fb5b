import type { Logger } from 'pino';
import type { ApiConnection } from '../../../cluster/connection/api-connection.ts';
import { createDocumentView } from '../../../cluster/document-view.ts';
import type { Schedule } from '../../../cluster/pace/schedule.ts';
import { referenceOf } from '../../../kubernetes/object.ts';
import type { ConventionsInForce } from './in-force.ts';
import { listInWords } from '../../../text/list.ts';

/**
 * Says of the ConventionPolicy and Waiver objects of a cluster that they are not in use, where conventions come from
 * somewhere else: whoever applies one would take it for granted. It changes nothing about what is in force.
 */
export function tellOfUnused(
  inForce: ConventionsInForce,
  { source, connection, schedule }: UnusedOptions,
  log: Logger,
): ConventionsInForce {
  let told = '';
  const unused = () => view.documents().map((document) => `${document.kind}/${referenceOf(document).name}`);
  const view = createDocumentView({
    connection,
    schedule,
    onChange: () => {
      const documents = unused();
      if (documents.join() === told) return;
      told = documents.join();
      if (documents.length > 0)
        log.warn({ documents: documents.slice(0, most), source }, 'objects of the cluster are not in use');
    },
  });
  const details = () => [
    ...(inForce.checks().length > 0 ? inForce.checks().map(({ detail }) => detail ?? '') : [source]),
    ...remarkOn(unused()),
  ];
  return {
    ...inForce,
    checks: () => [{ name: 'conventions', ok: true, ...inForce.checks()[0], detail: details().join('; ') }],
    start: () => {
      inForce.start();
      view.start();
    },
    close: async () => {
      await Promise.all([inForce.close(), view.close()]);
    },
  };
}

export interface UnusedOptions {
  /** Where conventions come from instead, in words. */
  readonly source: string;
  readonly connection: ApiConnection;
  readonly schedule: Schedule;
}

/** As many are named. */
const most = 10;

function remarkOn(documents: readonly string[]): readonly string[] {
  if (documents.length === 0) return [];
  return [`not in use without --conventions-from-cluster: ${listInWords(documents, { last: ',', most })}`];
}
