import type { Logger } from 'pino';
import type { ApiConnection } from '../../../cluster/connection/api-connection.ts';
import { ApiError } from '../../../cluster/connection/api-error.ts';
import { createConfigText } from '../../../cluster/config-text.ts';
import type { Schedule } from '../../../cluster/pace/schedule.ts';
import type { OfferedDocument } from '../../../conventions/accepted-documents.ts';
import { hashOf } from '../../../conventions/convention-hash.ts';
import { isRecord } from '../../../kubernetes/object.ts';

/** The last good set of conventions and waivers, as the cluster keeps it for all replicas. */
export interface LastGoodSet {
  readonly start: () => void;
  readonly close: () => Promise<void>;
  /** It is known whether one is kept. */
  readonly synced: () => boolean;
  /** One has been kept; an empty one says that the packaged convention was in force. */
  readonly isKept: () => boolean;
  /** What is kept, once for each change; undefined where nothing has changed since it was last asked for. */
  readonly news: () => readonly OfferedDocument[] | undefined;
  /** Why it cannot be read or written. */
  readonly problem: () => string | undefined;
  /** Keeps a set, where it is another one. */
  readonly keep: (documents: readonly OfferedDocument[], signal: AbortSignal) => Promise<void>;
}

export interface LastGoodSetOptions {
  readonly connection: ApiConnection;
  readonly schedule: Schedule;
  readonly namespace: string;
  /** Of the ConfigMap. */
  readonly name: string;
  readonly onChange: () => void;
}

/** Follows the ConfigMap that keeps the last good set. */
export function followLastGoodSet(options: LastGoodSetOptions, log: Logger): LastGoodSet {
  const config = createConfigText(options);
  let known: string | undefined;
  let problem: string | undefined;
  const tell = (next: string | undefined) => {
    if (next !== undefined && next !== problem)
      log.error({ problem: next }, 'the last good conventions cannot be kept');
    problem = next;
  };
  return {
    start: config.start,
    close: config.close,
    synced: config.synced,
    isKept: () => {
      const text = config.text();
      return text !== undefined && documentsIn(text) !== undefined;
    },
    news: () => {
      const text = config.text();
      if (text === known || text === undefined) return undefined;
      known = text;
      return documentsIn(text);
    },
    problem: () => problem ?? config.problem(),
    keep: async (documents, signal) => {
      const text = JSON.stringify(documents);
      if (text === config.text() && config.problem() === undefined) return;
      try {
        await config.write(text, { 'tollgate.dev/hash': hashOf(documents) }, signal);
        known = text;
        tell(undefined);
      } catch (error) {
        // Another leader was faster; what it wrote will be seen.
        if (error instanceof ApiError && error.status === 409) return;
        tell(error instanceof Error ? error.message : String(error));
      }
    },
  };
}

/** Undefined where the text is not a list of documents, which only a leader writes. */
function documentsIn(text: string): readonly OfferedDocument[] | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  return Array.isArray(parsed) && parsed.every(isDocument) ? parsed : undefined;
}

function isDocument(entry: unknown): entry is OfferedDocument {
  return isRecord(entry) && typeof entry['name'] === 'string' && typeof entry['version'] === 'string';
}
