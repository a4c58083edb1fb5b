import type { CalicoMode } from '../calico/index.ts';

/** What something about Calico rests on: what was seen, what a convention says, or nothing at all. */
export type CalicoOrigin = 'detected' | 'convention' | 'assumed';

/** What a convention says about Calico. */
export interface CalicoStatement {
  readonly mode?: CalicoMode;
  /** Such as `3.31`. */
  readonly version?: string;
}

/** The Calico that verdicts are made for. */
export interface CalicoInForce {
  readonly mode: CalicoMode;
  readonly modeFrom: CalicoOrigin;
  /** Such as `3.31`; `newest` is the newest that tollgate knows. */
  readonly version: string;
  readonly versionFrom: CalicoOrigin;
}

/** What was seen of a Calico; what was seen counts more than what a convention says. */
export interface FoundCalico {
  readonly mode: CalicoMode;
  readonly from: CalicoOrigin;
  readonly version?: string;
}

/**
 * Puts together what was found and what a convention says; where neither tells, Calico counts as newly installed, and
 * what hangs on its version is unknown.
 * @param written the version that written objects tell, for which a convention knows better
 */
export function calicoInForce(
  { mode, version }: CalicoStatement,
  found?: FoundCalico,
  written?: string,
): CalicoInForce {
  const decided = found ?? (mode === undefined ? newlyInstalled : { mode, from: 'convention' as const });
  return { mode: decided.mode, modeFrom: decided.from, ...versionInForce(version, found?.version, written) };
}

function versionInForce(
  stated: string | undefined,
  found: string | undefined,
  written: string | undefined,
): Pick<CalicoInForce, 'version' | 'versionFrom'> {
  if (found !== undefined) return { version: found, versionFrom: 'detected' };
  if (stated !== undefined) return { version: stated, versionFrom: 'convention' };
  if (written !== undefined) return { version: written, versionFrom: 'detected' };
  return { version: 'newest', versionFrom: 'assumed' };
}

const newlyInstalled = { mode: 'v3crd', from: 'assumed' } as const;

/** One line: `mode raw (detected), version 3.31 (convention)`. */
export function printCalico({ mode, modeFrom, version, versionFrom }: CalicoInForce): string {
  return `mode ${mode} (${modeFrom}), version ${version} (${versionFrom})`;
}
