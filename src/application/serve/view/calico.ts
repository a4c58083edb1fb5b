import { readsAlike } from '../../../calico/index.ts';
import type { CalicoDecision } from '../../../cluster/view/calico-mode.ts';
import {
  calicoInForce,
  type CalicoInForce,
  type CalicoStatement,
  printCalico,
} from '../../../inventory/calico-in-force.ts';
import type { ReadinessCheck } from '../../../server/probes.ts';

/** The Calico of a cluster, for verdicts, each of which asks for it: worked out again when conventions say otherwise. */
export function followCalico(decision: CalicoDecision, stated: () => CalicoStatement): () => CalicoInForce {
  let last: { readonly said: CalicoStatement; readonly calico: CalicoInForce } | undefined;
  return () => {
    const said = stated();
    if (last?.said !== said) last = { said, calico: calicoOn(decision, said) };
    return last.calico;
  };
}

/** The Calico of a cluster; where it has none, what the convention says tells which one may come. */
export function calicoOn(
  { api, from, version: { version } }: CalicoDecision,
  stated: CalicoStatement,
): CalicoInForce {
  if (api === 'absent') return calicoInForce(stated);
  return calicoInForce(stated, { mode: api, from, ...(version === undefined ? {} : { version }) });
}

/** What there is to say about how Calico was found, and about what the conventions say of it. */
export function calicoRemarks(decision: CalicoDecision, stated: CalicoStatement): readonly string[] {
  const { contradiction, doubt, version } = decision;
  const unknown = version.version === undefined && stated.version === undefined ? version.problem : undefined;
  return [doubt?.why, contradiction, versionContradiction(decision, stated), unknown].filter(
    (remark) => remark !== undefined,
  );
}

function versionContradiction({ version }: CalicoDecision, stated: CalicoStatement): string | undefined {
  if (version.version === undefined || stated.version === undefined) return undefined;
  return readsAlike(version.version, stated.version)
    ? undefined
    : `spec.calico.version of the convention is ${stated.version}, but the cluster runs ${version.version}`;
}

/** Says for which Calico verdicts are made. It is no reason to be unready: where it is in doubt, verdicts say so. */
export function calicoCheck(
  calico: CalicoInForce | undefined,
  remarks: readonly string[] = [],
): ReadinessCheck {
  const known = calico ? printCalico(calico) : 'not known yet';
  return { name: 'calico', ok: true, detail: [known, ...remarks].join('; ') };
}
