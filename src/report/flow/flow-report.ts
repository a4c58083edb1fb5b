import type { FlowAnswer, Explained } from '../../questions/flow/flow-answer.ts';
import { placeInWords, type Pointed } from '../wording.ts';
import type { SourceRange } from '../../manifests/source-position.ts';

/** What was asked, the answers, and where in the files is what they speak of. */
export interface FlowReport {
  readonly question: { readonly from: string; readonly to: string; readonly port?: string };
  readonly answers: readonly FlowAnswer[];
  readonly placeOf: (at: NonNullable<Explained['at']>) => Place | undefined;
  /** The command that writes the smallest opening to a file. */
  readonly openCommand: string;
}

/** A place in a file. */
export type Place = Pointed & Pick<SourceRange, 'line' | 'column'>;

/** One way to write the answers down. */
export type FlowFormat = (report: FlowReport) => string;

/** ` (deploy/policy.yaml:14:5)`, or nothing for what is in no file. */
export function placeBehind({ at }: Explained, { placeOf }: FlowReport): string {
  const place = at && placeOf(at);
  return place ? ` (${placeInWords(place, place)})` : '';
}

/** `shop/web -> shop/db TCP 5432: denied`. */
export function headOf({ destination, port, protocol, service, source, verdict }: FlowAnswer): string {
  const by = service ? ` by Service ${service.name} port ${service.port}` : '';
  return `${source} -> ${destination} ${protocol} ${port}${by}: ${verdict}`;
}
