import { gunzipSync, gzipSync } from 'node:zlib';
import type { KubernetesObject } from '../kubernetes/object.ts';
import { record } from '../kubernetes/read.ts';
import type { ApiConnection } from './connection/api-connection.ts';
import { createReflector } from './follow/reflector.ts';
import type { Schedule } from './pace/schedule.ts';

export interface ConfigTextOptions {
  readonly connection: ApiConnection;
  readonly namespace: string;
  readonly name: string;
  readonly schedule: Schedule;
  /** Told when the text has been read or has changed. */
  readonly onChange: () => void;
}

/** A text that is kept in a ConfigMap, and followed. */
export interface ConfigText {
  readonly start: () => void;
  readonly close: () => Promise<void>;
  /** It is known whether there is a text, and which. */
  readonly synced: () => boolean;
  /** Undefined where there is none. */
  readonly text: () => string | undefined;
  /** Why it cannot be read. */
  readonly problem: () => string | undefined;
  /** Writes it, unless somebody else has written since. @throws ApiError; Error where the text is too long */
  readonly write: (
    text: string,
    annotations: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ) => Promise<void>;
}

const key = 'documents.json.gz';
/** The API server takes objects of 1 MiB, with the text in base64. */
const longest = 700_000;
/** Whatever stands there is not unpacked beyond this. */
const longestUnpacked = 64 * 1024 * 1024;

export function createConfigText(options: ConfigTextOptions): ConfigText {
  const { connection, namespace, name, schedule, onChange } = options;
  const path = `/api/v1/namespaces/${namespace}/configmaps`;
  let stored: KubernetesObject | undefined;
  let text: string | undefined;
  let problem: string | undefined;
  const read = (object: KubernetesObject) => {
    stored = object;
    try {
      text = unpacked(record(object['binaryData'])[key]);
      problem = undefined;
    } catch {
      // Whoever spoiled it did not mean the replicas to forget it.
      problem = `ConfigMap ${namespace}/${name} cannot be read; the leader writes it again`;
    }
  };
  const reflector = createReflector({
    connection,
    schedule,
    path: () => path,
    query: { fieldSelector: `metadata.name=${name}` },
    project: (object) => (object.metadata.name === name ? object : undefined),
    onChange: ({ put = [], remove = [] }) => {
      if (remove.length > 0) {
        stored = undefined;
        problem = `ConfigMap ${namespace}/${name} has been deleted; the leader writes it again`;
      }
      for (const object of put) read(object);
      setImmediate(onChange);
    },
    onStatus: () => setImmediate(onChange),
  });
  return {
    start: reflector.start,
    close: reflector.close,
    synced: () => reflector.status().synced,
    text: () => text,
    problem: () => problem ?? reflector.status().problem,
    write: async (next, annotations, signal) => {
      const packed = gzipSync(next).toString('base64');
      if (packed.length > longest)
        throw new Error(`they do not fit into ConfigMap ${namespace}/${name}: ${packed.length} bytes`);
      const value = {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { ...stored?.metadata, name, namespace, annotations },
        binaryData: { [key]: packed },
      };
      const body = { type: 'application/json', value };
      if (stored) await connection.json('PUT', `${path}/${name}`, { body, signal });
      else await connection.json('POST', path, { body, signal });
    },
  };
}

function unpacked(packed: unknown): string {
  if (typeof packed !== 'string') throw new Error(`it has no ${key}`);
  return gunzipSync(Buffer.from(packed, 'base64'), { maxOutputLength: longestUnpacked }).toString('utf8');
}
