import { type Event, EVENT_ID, parseEvents, YAMLException } from 'js-yaml';
import { createLayout, type MendedLayout, startOfLine } from './mended-layout.ts';

/** The events of a document, and the text that their offsets are in. */
export interface YamlEvents {
  readonly events: Event[];
  /** The document's own text, or the same with blanks where js-yaml asks for them. */
  readonly text: string;
  /** Where something in the text that was read stands in the document. */
  readonly offsetIn: (offset: number) => number;
}

/** How many characters may be read again for the layout of one document, and what an attempt costs beside its text. */
const mostRead = 16 * 1024 * 1024;
const perAttempt = 8 * 1024;

/**
 * Reads a document into events, as lenient about layout as the API server's clients are: inside brackets and quotes
 * the indentation of a line means nothing to them, and between values a tab is a blank. js-yaml refuses both and says
 * where. There, and nowhere else, the line gets blanks in front or the tab becomes one; neither is part of a value.
 * Throws a YAMLException with a place in the document for what is no YAML.
 * Source: go.yaml.in/yaml/v2 scannerc.go, yaml_parser_unroll_indent and yaml_parser_scan_to_next_token.
 */
export function readEvents(text: string, maxDepth: number): YamlEvents {
  const first = attempt(text, maxDepth);
  if ('events' in first) return { events: first.events, text, offsetIn: (offset) => offset };
  if (!isLayout(first.error)) throw first.error;
  return readMended(text, first.error, maxDepth);
}

/**
 * The same text in a layout that every reader of YAML takes, with the way back to the document's own offsets; the text
 * as it is where it is no YAML, or JSON.
 */
export function inStrictLayout(text: string, maxDepth: number): Omit<YamlEvents, 'events'> {
  try {
    return readEvents(text, maxDepth);
  } catch {
    return { text, offsetIn: (offset) => offset };
  }
}

type Attempt = { readonly events: Event[] } | { readonly error: YAMLException };

function attempt(text: string, maxDepth: number): Attempt {
  try {
    return { events: parseEvents(text, { maxDepth }) };
  } catch (error) {
    if (error instanceof YAMLException) return { error };
    throw error;
  }
}

function isLayout({ reason }: YAMLException): boolean {
  return reason === 'deficient indentation';
}

/** What has been mended so far, and how many lines are to be indented from where js-yaml stopped. */
interface Progress {
  readonly layout: MendedLayout;
  readonly at: number;
  readonly count: number;
}

function readMended(text: string, { mark, reason }: YAMLException, maxDepth: number): YamlEvents {
  let progress: Progress = { layout: createLayout(text), at: mark?.position ?? 0, count: 1 };
  for (let read = 0; read <= mostRead; read += progress.layout.text.length + perAttempt) {
    const step = mendOnce(text, progress, maxDepth);
    if ('events' in step) return step;
    progress = step;
  }
  return YAMLException.throwAt(text, progress.layout.offsetIn(progress.at), `${reason} in too many lines`);
}

function mendOnce(text: string, progress: Progress, maxDepth: number): Progress | YamlEvents {
  const { at, count, layout } = progress;
  const mended = mend(layout, at, count);
  const found = mended && attempt(mended.text, maxDepth);
  // A line indented on trial may stand outside the brackets, where js-yaml stumbles over it: then one at a time.
  const again = count > 1 ? { ...progress, count: 1 } : undefined;
  if (!found) return again ?? YAMLException.throwAt(text, layout.offsetIn(at), 'a line or tab out of place');
  const { offsetIn } = mended;
  if ('error' in found) {
    const next = goOn(progress, mended, found.error) ?? again;
    return next ?? YAMLException.throwAt(text, offsetIn(placeOf(found.error)), found.error.reason);
  }
  if (isPartOfAValue(found.events, mended))
    YAMLException.throwAt(text, layout.offsetIn(at), 'a tab out of place');
  return { events: found.events, text: mended.text, offsetIn };
}

/** Where to go on once the lines are mended; undefined where js-yaml stopped for another reason, or among them. */
function goOn({ at, count }: Progress, layout: MendedLayout, error: YAMLException): Progress | undefined {
  const next = placeOf(error);
  const end = endOfLines(layout.text, startOfLine(layout.text, at), count);
  // After a tab became a blank js-yaml may stop on the same line again.
  if (!isLayout(error) || (count > 1 && next < end)) return undefined;
  // Where the very next line is one as well, there may be many.
  const follows = startOfLine(layout.text, next) === end;
  return { layout, at: next, count: follows ? count * 2 : 1 };
}

/** What stands first on its line is indented; before anything else it was a tab. */
function mend(layout: MendedLayout, at: number, count: number): MendedLayout | undefined {
  const isFirst = /^[ \t]*$/.test(layout.text.slice(startOfLine(layout.text, at), at));
  return isFirst ? layout.indentLines(at, count) : layout.replaceTab(at);
}

function placeOf(error: YAMLException): number {
  return error.mark?.position ?? 0;
}

function endOfLines(text: string, start: number, count: number): number {
  const breaks = /\r\n|\r|\n/g;
  breaks.lastIndex = start;
  for (let line = 0; line < count; line++) if (!breaks.test(text)) return text.length;
  return breaks.lastIndex;
}

/** Whether a tab that became a blank stands in a scalar, whose value would be another one. */
function isPartOfAValue(events: readonly Event[], { offsetIn, tabs }: MendedLayout): boolean {
  return (
    tabs.length > 0 &&
    events.some(
      (event) =>
        event.type === EVENT_ID.SCALAR &&
        tabs.some((tab) => tab >= offsetIn(event.valueStart) && tab < offsetIn(event.valueEnd)),
    )
  );
}
