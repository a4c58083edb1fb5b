import type { Transport } from '../flow/transport.ts';
import type { WantedEnd } from '../flow/read-question.ts';

/** What of all connections is asked for; without anything it is all of them. */
export interface ConnectionOptions {
  readonly from?: readonly WantedEnd[];
  readonly to?: readonly WantedEnd[];
  readonly port?: { readonly port: number; readonly protocol?: Transport };
  readonly only?: 'open' | 'encrypted' | 'plaintext' | 'unknown';
  /** Also what pods that do not exist yet may open and take. */
  readonly exposure?: boolean;
}
