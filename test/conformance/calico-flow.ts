import {
  type CalicoMode,
  createPolicyWorld,
  evaluateFlow,
  type FlowEnd,
  type FlowHalf,
  printStep,
} from '../../src/calico/index.ts';
import type { KubernetesObject } from '../../src/kubernetes/object.ts';

interface FlowCase {
  readonly world: readonly KubernetesObject[];
  readonly policies: readonly KubernetesObject[];
  readonly flow: {
    readonly src: FlowEnd;
    readonly dst: FlowEnd;
    readonly protocol: string | number;
    readonly srcPort?: number;
    readonly dstPort?: number;
    readonly icmpType?: number;
    readonly icmpCode?: number;
  };
  readonly expected: 'allow' | 'deny';
  readonly expectedEgress?: string;
  readonly expectedIngress?: string;
  readonly decidedBy?: { readonly egress?: readonly string[]; readonly ingress?: readonly string[] };
  readonly mode?: CalicoMode;
  readonly scope?: 'staged';
}

/** Evaluates the flow and compares the verdict, both halves and both trails. */
export function check(entry: FlowCase): string | undefined {
  const { flow } = entry;
  const world = createPolicyWorld([...entry.world, ...entry.policies], {
    mode: entry.mode ?? 'apiserver',
    staged: entry.scope === 'staged' ? 'enforced' : 'ignored',
  });
  const { verdict, egress, ingress } = evaluateFlow(world, {
    source: flow.src,
    destination: flow.dst,
    protocol: flow.protocol,
    sourcePort: flow.srcPort ?? 0,
    destinationPort: flow.dstPort ?? 0,
    icmpType: flow.icmpType ?? 0,
    icmpCode: flow.icmpCode ?? 0,
  });
  return (
    compare('verdict', entry.expected, verdict) ??
    compareHalf('egress', entry.expectedEgress, entry.decidedBy?.egress, egress) ??
    compareHalf('ingress', entry.expectedIngress, entry.decidedBy?.ingress, ingress)
  );
}

function compareHalf(
  name: 'egress' | 'ingress',
  expected: string | undefined,
  expectedTrail: readonly string[] | undefined,
  half: FlowHalf | undefined,
): string | undefined {
  const trail = half?.trail.map(printStep);
  if (half?.trail.at(-1)?.tierMissing) {
    // Calico's checker, unlike Felix, answers with an error where the default action of a tier is not known.
    return (
      compare(`${name} half`, expected, 'error') ??
      compare(`${name} trail`, expectedTrail?.join(' '), '3: got bad action')
    );
  }
  return (
    compare(`${name} half`, expected, half?.verdict) ??
    (expectedTrail ? compare(`${name} trail`, expectedTrail.join(' '), trail?.join(' ')) : undefined)
  );
}

function compare(what: string, expected: string | undefined, found: string | undefined): string | undefined {
  return expected === found ? undefined : `${what}: expected ${expected}, found ${found}`;
}
