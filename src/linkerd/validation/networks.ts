import { readNetworks } from '../authorization/clients.ts';
import { isRecord, list } from '../../kubernetes/read.ts';
import { bySchema, byWebhook, type ObjectProblem } from './object-problem.ts';

/**
 * What is refused of a list of networks: an address or block that cannot be read, an exception outside its block, or
 * one that leaves nothing of it.
 * Source: Linkerd policy-controller/runtime/src/admission.rs, validate_networks; k8s/api/src/policy/network.rs, Cidr.
 */
export function networkProblems(value: unknown, pointer: string): ObjectProblem[] {
  const shape = list(value).flatMap((item, index) =>
    isRecord(item) && typeof item.cidr === 'string'
      ? []
      : [bySchema(`${pointer}/${index}`, 'a network has no cidr', 'cidr: 10.0.0.0/8')],
  );
  if (shape.length > 0) return shape;
  return readNetworks(value, pointer).problems.map((problem) => byWebhook(problem.pointer, problem.message));
}
