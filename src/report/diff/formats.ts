import type { DiffFormat } from './diff-report.ts';

/** Every way to write a diff down, by the name that `-o` knows it by. */
export const diffFormats = {
  text: async () => (await import('./text.ts')).text,
  json: async () => (await import('./json.ts')).json,
  markdown: async () => (await import('./markdown.ts')).markdown,
} as const satisfies Readonly<Record<string, () => Promise<DiffFormat>>>;

export type DiffFormatName = keyof typeof diffFormats;

export const diffFormatNames = Object.keys(diffFormats) as readonly DiffFormatName[];
