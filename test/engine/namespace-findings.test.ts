import t from 'tap';
import type { AuditFinding, AuditFindings } from '../../src/engine/audit-findings.ts';
import {
  countByConvention,
  countByNamespace,
  mostConventions,
  mostNamespaceFindings,
} from '../../src/engine/namespace-findings.ts';

const found = (rule: AuditFinding['rule'], action: AuditFinding['action'], count = 1): AuditFinding => ({
  rule,
  action,
  object: { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'web' },
  pointer: '',
  message: 'it is so',
  count,
});
const findings = (namespaces: Readonly<Record<string, readonly AuditFinding[]>>): AuditFindings => ({
  namespaces: new Map(
    Object.entries(namespaces).map(([name, shown]) => [name, { shown, total: shown.length }]),
  ),
  counts: [],
  byConvention: [],
});

t.test('counts by namespace and rule, the worst first', async (t) => {
  const given = findings({
    bank: [found('mesh/opt-out', 'warn', 9), found('mesh/opt-out', 'deny')],
    shop: [found('mesh/opt-out', 'deny', 2), found('mesh/opt-out', 'deny', 3)],
    '': [found('gate/unknown', 'waived')],
  });
  t.same(countByNamespace(given), [
    { namespace: 'shop', rule: 'mesh/opt-out', action: 'deny', count: 5 },
    { namespace: 'bank', rule: 'mesh/opt-out', action: 'deny', count: 1 },
    { namespace: 'bank', rule: 'mesh/opt-out', action: 'warn', count: 9 },
    { namespace: '', rule: 'gate/unknown', action: 'waived', count: 1 },
  ]);
  t.same(countByNamespace(undefined), [], 'another replica audits');
});

t.test('the number of series is bounded, and what would be refused is kept', async (t) => {
  const names = Array.from({ length: 2000 }, (_, index) => [
    `ns-${index}`,
    [found('mesh/opt-out', 'warn', 7)],
  ]);
  const given = findings({ ...Object.fromEntries(names), last: [found('gate/unknown', 'deny')] });
  const counts = countByNamespace(given);
  t.equal(counts.length, mostNamespaceFindings);
  t.match(counts[0], { namespace: 'last', action: 'deny' });
});

t.test('all findings are counted by convention, shown or not, and conventions are bounded', async (t) => {
  const one = { rule: 'mesh/opt-out', action: 'deny' } as const;
  const many = Array.from({ length: mostConventions + 3 }, (_, index) => ({
    ...one,
    convention: `c-${String(index).padStart(3, '0')}`,
    count: 2,
  }));
  const counts = countByConvention({
    ...findings({}),
    byConvention: [...many, { ...one, convention: '', count: 5 }],
  });
  t.equal(counts.length, mostConventions + 1);
  t.match(
    counts.find(({ convention }) => convention === ''),
    { count: 5 },
  );
  t.match(
    counts.find(({ convention }) => convention === 'others'),
    { ...one, count: 8 },
  );
  t.equal(
    counts.reduce((sum, { count }) => sum + count, 0),
    2 * (mostConventions + 3) + 5,
  );
  t.same(countByConvention(undefined), [], 'another replica audits');
});
