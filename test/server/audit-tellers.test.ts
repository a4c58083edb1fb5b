import { pino } from 'pino';
import t from 'tap';
import type { Occurrence } from '../../src/cluster/event-writer.ts';
import type { AuditFinding, AuditFindings } from '../../src/engine/audit-findings.ts';
import { createAuditEvents } from '../../src/application/serve/audit/audit-events.ts';
import { createAuditLog } from '../../src/application/serve/audit/audit-log.ts';

const quiet: AuditFinding = {
  rule: 'mesh/opt-out',
  action: 'deny',
  object: { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'quiet' },
  uid: 'uid-quiet',
  pointer: '/metadata/annotations/linkerd.io~1inject',
  message: 'Pod "shop/quiet": its pods would run outside the mesh',
  witness: 'it says so',
  remedy: 'linkerd.io/inject: enabled',
  count: 1,
};
const web = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' };

const findings = (...shown: readonly AuditFinding[]): AuditFindings => ({
  namespaces: new Map(
    [...Map.groupBy(shown, ({ object }) => object.namespace ?? object.name)].map(([name, some]) => [
      name,
      { shown: some, total: some.length },
    ]),
  ),
  counts: [],
  byConvention: [],
});
const many = (count: number, namespace = 'shop') =>
  Array.from({ length: count }, (_, index) => {
    const name = `quiet-${index}`;
    return { ...quiet, object: { ...quiet.object, namespace, name }, message: name };
  });

interface Line {
  readonly level: number;
  readonly msg: string;
  readonly [field: string]: unknown;
}

function logging() {
  const lines: Line[] = [];
  const log = pino({}, { write: (text: string) => void lines.push(JSON.parse(text) as Line) });
  return { tell: createAuditLog(log), taken: () => lines.splice(0) };
}

t.test('the log has what is new and what is gone, once', async (t) => {
  const { tell, taken } = logging();
  const hint = { ...quiet, rule: 'mesh/bypass', action: 'warn', message: 'a hint' } as const;
  const waived = { ...quiet, action: 'waived', object: web } as const;
  tell(findings(hint, waived, quiet));
  const lines = taken();
  t.match(lines, [
    {
      level: 40,
      rule: 'mesh/opt-out',
      action: 'deny',
      object: quiet.object,
      witness: 'it says so',
      remedy: 'linkerd.io/inject: enabled',
      msg: `audit: ${quiet.message}`,
    },
    { level: 30, action: 'warn', msg: 'audit: a hint' },
  ]);
  t.equal(lines.length, 2, 'what is waived is nothing to tell');
  tell(findings(hint, waived, quiet));
  t.same(taken(), []);
  tell(findings(hint));
  t.match(taken(), [{ level: 30, rule: 'mesh/opt-out', msg: 'audit: a finding is gone, or waived' }]);
});

t.test('of the pods of one owner another one may be named each time', async (t) => {
  const { tell, taken } = logging();
  const group = { ...quiet, count: 500, owner: web };
  tell(findings(group));
  t.match(taken(), [
    { count: 500, msg: `audit: ${quiet.message} (and 499 more pods of Deployment "shop/web")` },
  ]);
  tell(findings({ ...group, count: 499, object: { ...quiet.object, name: 'other' }, message: 'other' }));
  t.same(taken(), []);
});

t.test('of a flood the log has the worst, and how much it is', async (t) => {
  const { tell, taken } = logging();
  const hints = many(312).map((one) => ({ ...one, action: 'warn' }) as const);
  tell(findings(...hints, quiet));
  const lines = taken();
  t.equal(lines.length, 51);
  t.match(lines[0], { action: 'deny' });
  t.match(lines.at(-1), { found: 313, msg: /showing 50 of 313/ });
});

function events() {
  const told: Occurrence[] = [];
  const clock = { now: 0, takes: true };
  const tell = createAuditEvents(
    (occurrence) => {
      if (clock.takes) told.push(occurrence);
      return clock.takes;
    },
    () => clock.now,
  );
  return { tell, clock, taken: () => told.splice(0) };
}

t.test('an Event names the object that has the finding, where its owner looks', async (t) => {
  const { tell, clock, taken } = events();
  const hint = { ...quiet, action: 'warn' } as const;
  const open = { ...quiet, rule: 'gate/default-deny-missing' } as const;
  tell(findings(quiet, hint, open));
  t.same(taken(), [
    {
      namespace: 'shop',
      regarding: { ...quiet.object, uid: 'uid-quiet' },
      type: 'Warning',
      reason: 'RuleViolated',
      action: 'Audit',
      note: `mesh/opt-out: ${quiet.message}; because: it says so; expected: linkerd.io/inject: enabled`,
    },
  ]);
  tell(findings(quiet));
  t.same(taken(), [], 'once');
  clock.now += 31 * 60_000;
  clock.takes = false;
  tell(findings(quiet));
  clock.takes = true;
  tell(findings(quiet));
  t.equal(taken().length, 1, 'again before it is forgotten, and what was dropped later');
});

t.test('what has no namespace, or is one, has an Event too', async (t) => {
  const { tell, taken } = events();
  const policy = { apiVersion: 'projectcalico.org/v3', kind: 'GlobalNetworkPolicy', name: 'wide' };
  const shop = { apiVersion: 'v1', kind: 'Namespace', name: 'shop' };
  tell(findings({ ...quiet, object: policy }, { ...quiet, object: shop }));
  t.match(taken(), [
    { namespace: 'default', regarding: policy },
    { namespace: 'shop', regarding: { ...shop, namespace: 'shop' } },
  ]);
});

t.test('so many of a namespace, and of the cluster', async (t) => {
  const { tell, taken } = events();
  const islands = Array.from({ length: 30 }, (_, index) => `island-${index}`);
  tell(findings(...islands.flatMap((namespace) => many(50, namespace))));
  const told = taken();
  t.equal(told.length, 100);
  t.ok(told.filter(({ namespace }) => namespace === 'island-0').length <= 10);
});
