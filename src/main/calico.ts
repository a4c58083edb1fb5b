import type { CalicoDecision } from '../cluster/calico-mode.ts';
import {
  calicoInForce,
  type CalicoInForce,
  type CalicoStatement,
  printCalico,
} from '../inventory/calico-in-force.ts';
import type { ReadinessCheck } from '../server/probes.ts';

/** The Calico of a cluster; where it has none, what the convention says tells which one may come. */
export function calicoOn({ api, from }: CalicoDecision, stated: CalicoStatement): CalicoInForce {
  return calicoInForce(stated, api === 'absent' ? undefined : { mode: api, from });
}

/** Says for which Calico verdicts are made. It is no reason to be unready: where it is in doubt, verdicts say so. */
export function calicoCheck(calico: CalicoInForce | undefined, decision?: CalicoDecision): ReadinessCheck {
  const known = calico ? printCalico(calico) : 'not known yet';
  const remarks = [decision?.doubt?.why, decision?.contradiction].filter((remark) => remark !== undefined);
  return { name: 'calico', ok: true, detail: [known, ...remarks].join('; ') };
}
