import type { PolicyWorld } from '../world/policy-world.ts';
import type { Flow, FlowVerdict } from './flow.ts';

/**
 * Walks a connection through the egress policies of its source and the ingress policies of its destination.
 * Source: Calico app-policy/checker/check.go, felix/calc/policy_resolver.go.
 */
export function evaluateFlow(_world: PolicyWorld, _flow: Flow): FlowVerdict {
  throw new Error('not built yet');
}
