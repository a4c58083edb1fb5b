import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import picocolors from 'picocolors';

/** The section of a rule in `docs/rules.md`, without its heading; undefined where the rule has none. */
export function ruleSection(rule: string): string | undefined {
  const text = rulesDocument();
  const heading = `\n## ${rule}\n`;
  const start = text.indexOf(heading);
  if (start < 0) return undefined;
  const end = text.indexOf('\n## ', start + heading.length);
  return text.slice(start + heading.length, end < 0 ? undefined : end).trim();
}

/** The document lies beside the sources and beside the bundle, which are not equally deep. */
function rulesDocument(): string {
  let folder = import.meta.dirname;
  for (let step = 0; step < 4; step++) {
    try {
      return readFileSync(join(folder, 'docs/rules.md'), 'utf8');
    } catch {
      folder = dirname(folder);
    }
  }
  return '';
}

/** Markdown as a terminal shows it: bold words, examples indented under what they are. */
export function renderMarkdown(markdown: string, color: boolean): string {
  const colors = picocolors.createColors(color);
  let fenced = false;
  const lines = markdown.split('\n').flatMap((line) => {
    const fence = /^```(?:yaml)?\s*(.*)$/.exec(line);
    if (fence) {
      fenced = !fenced;
      return fenced ? [colors.bold(headingOf(fence[1] ?? ''))] : [];
    }
    if (fenced) return [`  ${line}`.trimEnd()];
    const plain = line.replaceAll(/\*\*(.+?)\*\*/g, (_, words: string) => colors.bold(words));
    return wrap(plain.replaceAll(/\[([^\]]+)\]\([^)]+\)/g, '$1'), 100);
  });
  return lines.join('\n');
}

const roles: Readonly<Record<string, string>> = {
  given: 'Given:',
  convention: 'With this in the convention:',
  waiver: 'With this Waiver:',
  bad: 'Found:',
  good: 'Wanted:',
};

/** `bad CREATE` is an example that is found in a request, `good` one of what is wanted. */
function headingOf(label: string): string {
  const [role = '', operation] = label.split(' ');
  const heading = roles[role] ?? 'Example:';
  return operation === undefined ? heading : `${heading.slice(0, -1)} (${operation}):`;
}

function wrap(text: string, width: number): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const last = lines.at(-1) ?? '';
    if (last !== '' && last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
  }
  return lines;
}
