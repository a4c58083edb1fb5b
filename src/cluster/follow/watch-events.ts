import type { Readable } from 'node:stream';
import { isKubernetesObject, type KubernetesObject } from '../../kubernetes/object.ts';
import { UnreadableAnswer, errorOfStatus } from '../connection/api-error.ts';
import { record } from '../../kubernetes/read.ts';

/** One thing that a watch reports, with the version from which a broken watch is to be resumed. */
export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  readonly object: KubernetesObject;
  readonly version: string;
}

/** The longest event: etcd holds objects of 1.5 MB, which may be several times as long when they are shown as JSON. */
const longestLine = 32 * 1024 * 1024;

/**
 * Reads the events of a watch, those of one network packet at a time.
 * An event that was cut off by the end of the stream is left out: it comes again when the watch is resumed.
 * @throws ApiError for an ERROR event, once the events before it have been handed out; UnreadableAnswer for a line
 *   that is no event; and what the stream throws when the connection breaks.
 */
export async function* readWatch(body: Readable): AsyncGenerator<readonly WatchEvent[]> {
  let rest = '';
  for await (const chunk of body.setEncoding('utf8') as AsyncIterable<string>) {
    const end = chunk.lastIndexOf('\n');
    if (end < 0) {
      rest += chunk;
      if (rest.length > longestLine) throw new UnreadableAnswer('an event of the watch has no end');
      yield []; // a sign of life
      continue;
    }
    const lines = (rest + chunk.slice(0, end)).split('\n');
    rest = chunk.slice(end + 1);
    const events: WatchEvent[] = [];
    try {
      for (const line of lines) if (line.trim() !== '') events.push(readEvent(line));
    } catch (error) {
      yield events;
      throw error;
    }
    yield events;
  }
}

function readEvent(line: string): WatchEvent {
  let event: unknown;
  try {
    event = JSON.parse(line);
  } catch (cause) {
    throw new UnreadableAnswer('a line of the watch is no JSON', { cause });
  }
  const { type, object } = record(event);
  if (type === 'ERROR') throw errorOfStatus(object, 500);
  if (type !== 'ADDED' && type !== 'MODIFIED' && type !== 'DELETED' && type !== 'BOOKMARK') {
    throw new UnreadableAnswer(`an event of the watch has the unknown type ${JSON.stringify(type)}`);
  }
  if (!isKubernetesObject(object) || (type !== 'BOOKMARK' && !object.metadata.name)) {
    throw new UnreadableAnswer('an event of the watch has no object');
  }
  const version = object.metadata.resourceVersion;
  if (typeof version !== 'string' || version === '') {
    throw new UnreadableAnswer('an event of the watch has no version');
  }
  return { type, object, version };
}
