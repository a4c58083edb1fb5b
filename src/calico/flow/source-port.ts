import type { PolicyRule, Port } from '../policy/policy-rule.ts';

/** A rule, and whether it hangs on the port that a connection comes from, which the client's kernel chooses. */
export interface RuleBesidesSourcePort {
  /** Without what it asks of that port. */
  readonly rule: PolicyRule;
  readonly asksSourcePort: boolean;
}

/** Takes from a rule what it asks of the port that a connection comes from: nobody knows it before there is one. */
export function besidesSourcePort(rule: PolicyRule): RuleBesidesSourcePort {
  const { notPorts, ports } = rule.source;
  if (notPorts.length === 0 && (ports.length === 0 || ports.some(isEveryPort)))
    return { rule, asksSourcePort: false };
  return { rule: { ...rule, source: { ...rule.source, ports: [], notPorts: [] } }, asksSourcePort: true };
}

function isEveryPort(port: Port): boolean {
  return 'first' in port && port.first <= 1 && port.last >= 65_535;
}
