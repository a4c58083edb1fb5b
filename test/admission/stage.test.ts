import t from 'tap';
import type { Decision } from '../../src/admission/decision.ts';
import { mutateAtStage, validateAtStage } from '../../src/admission/stage.ts';

const denial: Decision = {
  allowed: false,
  status: {
    code: 403,
    reason: 'Forbidden',
    message: 'gate/held: Pod "shop/x": it waits\n  more: tollgate explain gate/held',
  },
  warnings: ['label/value: also this'],
  patch: [{ op: 'add', path: '/a', value: 1 }],
  auditAnnotations: { denied: 'gate/held' },
  findings: [],
  restsOnInventory: true,
};

t.test('before enforce a denial is a warning, and while observing nothing is changed', async (t) => {
  t.equal(validateAtStage(denial, 'enforce'), denial);
  for (const stage of ['observe', 'mutate'] as const) {
    t.same(validateAtStage(denial, stage), {
      allowed: true,
      warnings: ['would be denied: gate/held: Pod "shop/x": it waits', 'label/value: also this'],
      patch: denial.patch,
      auditAnnotations: denial.auditAnnotations,
      findings: [],
      restsOnInventory: true,
    });
  }
  t.same(mutateAtStage(denial, 'observe').patch, []);
  t.equal(mutateAtStage(denial, 'mutate'), denial);
});
