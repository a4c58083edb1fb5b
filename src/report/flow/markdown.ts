import { text } from './text.ts';
import { type FlowFormat, headOf } from './flow-report.ts';

const signs = { allowed: '✅', denied: '❌', unknown: '❔' } as const;

/** Answers for a comment: a heading each, with all that the text says folded below it. */
export const markdown: FlowFormat = (report) =>
  report.answers
    .map((answer) => {
      const [, ...lines] = text({ ...report, answers: [answer] })
        .trimEnd()
        .split('\n');
      // A fence longer than any that is in the text ends with it alone.
      const fence = '`'.repeat(Math.max(3, longestFence(lines) + 1));
      return `### ${signs[answer.verdict]} ${escape(headOf(answer))}\n\n${fence}text\n${lines.join('\n')}\n${fence}\n`;
    })
    .join('\n');

function longestFence(lines: readonly string[]): number {
  return Math.max(0, ...lines.flatMap((line) => (line.match(/`+/g) ?? []).map(({ length }) => length)));
}

function escape(line: string): string {
  return line.replaceAll(/[\\`*_{}[\]<>|]/g, (sign) => `\\${sign}`).replaceAll(/\s+/g, ' ');
}
