import t from 'tap';
import type { CalicoDecision } from '../../src/cluster/view/calico-mode.ts';
import type { CalicoStatement } from '../../src/inventory/calico-in-force.ts';
import {
  calicoCheck,
  calicoOn,
  calicoRemarks,
  followCalico,
} from '../../src/application/serve/view/calico.ts';

const apiserver = { api: 'apiserver', from: 'detected' } as const;

t.test('/readyz tells for which Calico verdicts are made, and what is odd about it', async (t) => {
  const detail = (decision: CalicoDecision, stated: CalicoStatement = {}) =>
    calicoCheck(calicoOn(decision, stated), calicoRemarks(decision, stated)).detail;
  const table: readonly (readonly [CalicoDecision, CalicoStatement, string])[] = [
    [
      { ...apiserver, version: { version: '3.31.2' } },
      {},
      'mode apiserver (detected), version 3.31.2 (detected)',
    ],
    [
      { ...apiserver, version: { version: '3.31.2' } },
      { version: '3.30' },
      'mode apiserver (detected), version 3.31.2 (detected)',
    ],
    [
      { ...apiserver, version: { version: '3.32.0' } },
      { version: '3.30' },
      'mode apiserver (detected), version 3.32.0 (detected); spec.calico.version of the convention is 3.30, but the cluster runs 3.32.0',
    ],
    [
      { ...apiserver, version: { problem: 'it may not be read' } },
      { version: '3.30' },
      'mode apiserver (detected), version 3.30 (convention)',
    ],
    [
      { ...apiserver, version: { problem: 'it may not be read' } },
      {},
      'mode apiserver (detected), version newest (assumed); it may not be read',
    ],
    [
      { api: 'absent', from: 'detected', version: {} },
      { mode: 'raw' },
      'mode raw (convention), version newest (assumed)',
    ],
  ];
  for (const [decision, stated, expected] of table) t.equal(detail(decision, stated), expected);
  t.equal(calicoCheck(undefined).detail, 'not known yet');
});

t.test(
  'what conventions say of Calico is followed, and worked out once for each thing they say',
  async (t) => {
    let stated: CalicoStatement = { version: '3.30' };
    const calico = followCalico({ ...apiserver, version: {} }, () => stated);
    const before = calico();
    t.equal(before.version, '3.30');
    t.equal(calico(), before);
    stated = { version: '3.31' };
    t.equal(calico().version, '3.31');
  },
);
