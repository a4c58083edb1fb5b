import t from 'tap';
import { controls, controlsOf } from '../../src/questions/evidence/controls.ts';
import { ruleOf } from '../../src/rules/registry.ts';

t.test('every rule of a control exists, and judges what is there', async (t) => {
  for (const { id, rules } of controls) {
    t.ok(rules.length > 0, id);
    for (const rule of rules) t.ok(ruleOf(rule)?.appliesTo.operations.includes('STATE'), `${id}: ${rule}`);
    t.equal(new Set(rules).size, rules.length, `${id}: no rule twice`);
  }
  t.equal(new Set(controls.map(({ id }) => id)).size, controls.length);
});

t.test('a rule has the controls that name it', async (t) => {
  t.strictSame(controlsOf('mesh/opt-out'), ['NIST SC-8', 'NIST SC-8(1)', 'PCI DSS 4.2.1']);
  t.strictSame(controlsOf('policy/dns-blocked'), []);
});
