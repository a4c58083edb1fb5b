import { mapDocument } from './map-document.ts';
import type { MapFormat } from './map-report.ts';

/** What is drawn, for programs: the document that a page holds. */
export const json: MapFormat = (report) => `${JSON.stringify(mapDocument(report))}\n`;
