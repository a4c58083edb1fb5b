import type { MapFormat } from './map-report.ts';

/** Every way to write a map down, by the name that `-o` knows it by. */
export const mapFormats = {
  html: async () => (await import('./html.ts')).html,
  svg: async () => (await import('./svg.ts')).svg,
  json: async () => (await import('./json.ts')).json,
  mermaid: async () => (await import('./graphs.ts')).mermaid,
  dot: async () => (await import('./graphs.ts')).dot,
} as const satisfies Readonly<Record<string, () => Promise<MapFormat>>>;

export type MapFormatName = keyof typeof mapFormats;

export const mapFormatNames = Object.keys(mapFormats) as readonly MapFormatName[];
