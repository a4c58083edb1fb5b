/** The line of a template that a line of its output came from, both counted from 0. */
export type TemplateLines = (line: number) => number | undefined;

/**
 * Finds which lines of a template a rendered document came from: lines that are in both once and in the same order, and
 * those beside them that fit. A line that may have come from several places has none.
 *
 * @param rendered the text of one rendered document
 * @param template the text of the file that it was rendered from
 * @returns the line of the template, or undefined where nobody can tell
 * @example
 * templateLines('kind: Pod\nname: web', 'kind: Pod\nname: {{ .Values.name }}')(1) // 1
 */
export function templateLines(rendered: string, template: string): TemplateLines {
  const [output, input] = [linesOf(rendered), linesOf(template)];
  const pairs = anchors(output, input);
  const found = new Map(pairs);
  const taken = new Set(found.values());
  for (const [from, to] of pairs) {
    for (const step of [1, -1]) {
      let [line, at] = [from + step, nextLine(input, to, step)];
      while (
        at !== undefined &&
        line >= 0 &&
        line < output.length &&
        !found.has(line) &&
        !taken.has(at) &&
        fits(output[line] ?? '', input[at] ?? '')
      ) {
        found.set(line, at);
        taken.add(at);
        line += step;
        at = nextLine(input, at, step);
      }
    }
  }
  return (line) => found.get(line);
}

function linesOf(text: string): readonly string[] {
  return text.split('\n').map((line) => line.trimEnd());
}

/** Pairs of lines that are once in each text, as many as come in the same order in both. */
function anchors(
  output: readonly string[],
  input: readonly string[],
): readonly (readonly [number, number])[] {
  const places = placesOf(input);
  const pairs = [...placesOf(output)].flatMap(([text, line]) => {
    const at = places.get(text);
    return line === undefined || at === undefined ? [] : [[line, at] as const];
  });
  return increasing(pairs);
}

/** Each line with its number, undefined where it is there several times; blank ones and comments say nothing. */
function placesOf(lines: readonly string[]): ReadonlyMap<string, number | undefined> {
  const places = new Map<string, number | undefined>();
  for (const [index, line] of lines.entries()) {
    if (/^\s*(?:#|---|$)/.test(line)) continue;
    places.set(line, places.has(line) ? undefined : index);
  }
  return places;
}

/** The longest run of pairs whose second numbers rise with the first. */
function increasing(pairs: readonly (readonly [number, number])[]): readonly (readonly [number, number])[] {
  const ends: number[] = [];
  const before: (number | undefined)[] = [];
  for (const [index, [, value]] of pairs.entries()) {
    let length = 0;
    for (let high = ends.length; length < high; ) {
      const middle = (length + high) >> 1;
      if ((pairs[ends[middle] ?? 0]?.[1] ?? 0) < value) length = middle + 1;
      else high = middle;
    }
    before[index] = ends[length - 1];
    ends[length] = index;
  }
  const run: (readonly [number, number])[] = [];
  for (let at = ends.at(-1); at !== undefined; at = before[at]) {
    const pair = pairs[at];
    if (pair) run.unshift(pair);
  }
  return run;
}

/** The next line of a template that can have output of its own; actions alone on a line and comments have none. */
function nextLine(input: readonly string[], from: number, step: number): number | undefined {
  for (let at = from + step; at >= 0 && at < input.length; at += step)
    if (!/^\s*(?:\{\{[^}]*\}\}\s*)*$/.test(input[at] ?? '')) return at;
  return undefined;
}

/** Whether a line of output is one of the template, with something in the place of its actions. */
function fits(output: string, input: string): boolean {
  if (output === input) return true;
  const start = input.indexOf('{{');
  const [head, tail] = [input.slice(0, start), input.slice(input.lastIndexOf('}}') + 2)];
  return (
    start >= 0 &&
    head.trim() !== '' &&
    output.length >= head.length + tail.length &&
    output.startsWith(head.trimEnd()) &&
    output.endsWith(tail)
  );
}
