import type { CalicoInForce } from '../../inventory/calico-in-force.ts';
import type { DirectionEvidence, Evidence, WaiverEvidence } from '../../questions/evidence/evidence.ts';
import { listInWords } from '../../text/list.ts';
import { counted } from '../../text/plural.ts';

/** Evidence, with what it was taken by and of. */
export interface EvidenceReport {
  /** Of tollgate. */
  readonly version: string;
  readonly calico: CalicoInForce;
  /** What was read: paths, or the cluster. */
  readonly of: readonly string[];
  readonly evidence: Evidence;
}

/** One way to write evidence down. */
export type EvidenceFormat = (report: EvidenceReport) => string;

/** `closed by GlobalNetworkPolicy default-deny`, `open: pod {} …`, `unknown: …`. */
export function directionInWords({
  closedBy,
  decision = '',
  opened = 0,
  state,
  why,
}: DirectionEvidence): string {
  if (state !== 'closed') return why === undefined ? state : `${state}: ${why}`;
  const names = closedBy.map(
    ({ kind, name, namespace }) => `${kind} ${namespace === undefined ? name : `${namespace}/${name}`}`,
  );
  const by = names.length > 0 ? listInWords(names, { most: 5 }) : decision;
  const holes = opened > 0 ? `, but for ${counted(opened, 'rule')} that open something` : '';
  return `closed by ${by}${holes}`;
}

/** `4 of 6 namespaces`, for one direction and family, of those that are asked to be closed. */
export function closedCounts({ namespaces }: Evidence): readonly (readonly [string, number, number])[] {
  const asked = namespaces.flatMap((one) => one.directions.filter((direction) => direction.asked));
  const groups = Map.groupBy(asked, ({ direction, family }) => `${direction.toLowerCase()} ${family}`);
  return [...groups].map(([name, all]) => [
    name,
    all.filter(({ state }) => state === 'closed').length,
    all.length,
  ]);
}

/** `3 findings in 2 objects (shop, till)`. */
export function coverInWords({ covers: { findings, namespaces, objects } }: WaiverEvidence): string {
  if (findings === 0) return 'nothing of what was read';
  const where = namespaces.length > 0 ? ` (${listInWords(namespaces, { last: ',', most: 5 })})` : '';
  return `${counted(findings, 'finding')} in ${counted(objects, 'object')}${where}`;
}

const states: Readonly<Record<WaiverEvidence['state'], string>> = {
  InForce: 'in force',
  NotBegun: 'not begun',
  Ended: 'ended',
  EndsSoon: 'ends soon',
  Incomplete: 'does not count',
  Unused: 'covers nothing',
};

export function stateInWords({ state }: WaiverEvidence): string {
  return states[state];
}
