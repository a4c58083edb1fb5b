import type { ConnectionsFormat } from './connections-report.ts';

/** Every way to write connections down, by the name that `-o` knows it by. */
export const connectionsFormats = {
  text: async () => (await import('./text.ts')).text,
  csv: async () => (await import('./csv.ts')).csv,
  json: async () => (await import('./json.ts')).json,
  markdown: async () => (await import('./markdown.ts')).markdown,
  mermaid: async () => (await import('./mermaid.ts')).mermaid,
  dot: async () => (await import('./dot.ts')).dot,
  grid: async () => (await import('./grid.ts')).grid,
} as const satisfies Readonly<Record<string, () => Promise<ConnectionsFormat>>>;

export type ConnectionsFormatName = keyof typeof connectionsFormats;

export const connectionsFormatNames = Object.keys(connectionsFormats) as readonly ConnectionsFormatName[];
