import type { EvidenceFormat } from './evidence-report.ts';

/** Every way to write evidence down, by the name that `-o` knows it by. */
export const evidenceFormats = {
  text: async () => (await import('./text.ts')).text,
  json: async () => (await import('./json.ts')).json,
  markdown: async () => (await import('./markdown.ts')).markdown,
} as const satisfies Readonly<Record<string, () => Promise<EvidenceFormat>>>;

export type EvidenceFormatName = keyof typeof evidenceFormats;

export const evidenceFormatNames = Object.keys(evidenceFormats) as readonly EvidenceFormatName[];
