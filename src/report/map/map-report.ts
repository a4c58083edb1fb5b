import type { BridgeChange, Posture } from '../../questions/posture/posture.ts';
import type { ConnectionsReport } from '../connections/connections-report.ts';

/** A posture, and the connections that it was made of. */
export interface MapReport extends ConnectionsReport {
  readonly posture: Posture;
  /** The day of it, YYYY-MM-DD. */
  readonly day: string;
  /** What is different from another state, where one was given. */
  readonly changes?: readonly BridgeChange[];
}

/** One way to write a map down. */
export type MapFormat = (report: MapReport) => string;
