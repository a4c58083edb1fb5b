import { halfOf } from '../flow/evaluate-flow.ts';
import type { TrailStep } from '../flow/trail.ts';
import type { Family } from '../../kubernetes/net/address.ts';
import { complementOf } from '../../kubernetes/net/ranges.ts';
import { type Direction, directions, type Policy, rulesOf } from '../policy/policy.ts';
import type { Peer, PolicyRule } from '../policy/policy-rule.ts';
import { searchEffort } from '../selector/satisfiability.ts';
import type { PolicyWorld } from '../state/policy-world.ts';
import { isInForce } from './neighbours.ts';
import { type SampleFlow, sampleFlow } from './sample-flow.ts';
import { appliesToFamily } from '../policy/applies-to-family.ts';
import { nameOfFamily, type FamilyName } from '../../kubernetes/net/family.ts';

/** A Deny rule for every address of one family, and a connection of the other family that gets through. */
export interface OneFamilyDeny {
  readonly direction: Direction;
  /** The index in the object's own list. */
  readonly rule: number;
  readonly denied: FamilyName;
  readonly open: FamilyName;
  readonly sample: SampleFlow;
  /** The step that lets it through. */
  readonly step: TrailStep;
}

/**
 * Finds Deny rules that mean everybody and say so in one family's addresses, where what they deny in that family is
 * allowed in the other.
 * Source: Calico felix/rules/policy.go, FilterRuleToIPVersion.
 * @param world as `createPolicyWorld` or `changeWorld` makes it
 * @param policy one of the world's, as `findPolicy` returns it
 * @example
 * const head = { apiVersion: 'projectcalico.org/v3', kind: 'NetworkPolicy' };
 * const metadata = { name: 'deny', namespace: 'shop' };
 * const nets = ['0.0.0.0/0'];
 * const ingress = [{ action: 'Deny', source: { nets } }, { action: 'Allow' }];
 * const world = createPolicyWorld([{ ...head, metadata, spec: { ingress } }], { mode: 'v3crd' });
 * const policy = findPolicy(world, { ...head, ...metadata });
 * findOneFamilyDenies(world, policy).map(({ rule, open }) => [rule, open]); // [[0, 'IPv6']]
 */
export function findOneFamilyDenies(world: PolicyWorld, policy: Policy): readonly OneFamilyDeny[] {
  if (!isInForce(world, policy)) return [];
  const effort = searchEffort();
  return directions.flatMap((direction) =>
    rulesOf(policy, direction).flatMap((rule) => {
      const family = rule.action === 'Deny' ? onlyFamilyOf(rule) : undefined;
      if (family === undefined) return [];
      const other: Family = family === 4 ? 6 : 4;
      const meant = [withoutFamily(rule)];
      const question = { policies: [policy], rules: meant, direction, family: other, effort };
      const sample = sampleFlow(world, question);
      const half = sample && halfOf(world, sample.pod, direction, sample.flow);
      const step = half?.trail.at(-1);
      if (!sample || !step || half?.verdict !== 'allow') return [];
      return {
        direction,
        rule: rule.index,
        denied: nameOfFamily(family),
        open: nameOfFamily(other),
        sample,
        step,
      };
    }),
  );
}

/** The family of a rule that is there for one alone although its addresses leave none of it out. */
function onlyFamilyOf(rule: PolicyRule): Family | undefined {
  const families = ([4, 6] as const).filter((family) => appliesToFamily(rule, family));
  const [family] = families;
  if (family === undefined || families.length > 1) return undefined;
  if (rule.icmp || rule.protocol?.number === 1 || rule.protocol?.number === 58) return undefined;
  const isForAll = ({ nets }: Peer) => nets.length === 0 || complementOf(nets, family).length === 0;
  return isForAll(rule.source) && isForAll(rule.destination) ? family : undefined;
}

function withoutFamily({ ipVersion: _version, source, destination, ...rule }: PolicyRule): PolicyRule {
  const anywhere = (peer: Peer): Peer => ({ ...peer, nets: [], notNets: [] });
  return { ...rule, source: anywhere(source), destination: anywhere(destination) };
}
