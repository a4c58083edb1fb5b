import type { FlowFormat } from './flow-report.ts';

/** Every way to write answers about connections, by the name that `-o` knows it by. */
export const flowFormats = {
  text: async () => (await import('./text.ts')).text,
  json: async () => (await import('./json.ts')).json,
  markdown: async () => (await import('./markdown.ts')).markdown,
} as const satisfies Readonly<Record<string, () => Promise<FlowFormat>>>;

export type FlowFormatName = keyof typeof flowFormats;

export const flowFormatNames = Object.keys(flowFormats) as readonly FlowFormatName[];
