import { endOfTier, findPolicy, maySelectIn, type Policy } from '../../calico/index.ts';
import { stepInWords } from '../../facts/coverage/coverage-in-words.ts';
import type { Remark } from '../../facts/finding.ts';
import { cutOffWays, type CutOff } from '../../facts/lifeline/cut-off.ts';
import type { Lifeline } from '../../facts/lifeline/lifeline.ts';
import { lifelines } from '../../facts/lifeline/lifelines.ts';
import { limits, lookAt, noteBeyond, unknownBeyond } from '../../facts/limits.ts';
import { nameOf } from '../../facts/object-name.ts';
import { policiesOf } from '../../facts/policy/governed-workloads.ts';
import type { RuleContext, Subject } from '../../facts/subject.ts';
import { namespaceIdentity } from '../../kubernetes/namespace.ts';
import { labelsOf, referenceOf } from '../../kubernetes/object.ts';
import { listInWords } from '../../text/list.ts';
import { defineRule } from '../define-rule.ts';

/**
 * A policy cuts off what the whole cluster lives on: the name server, this gate, Linkerd's control plane, and what the
 * API server calls. Their namespaces are mostly governed by no convention, and are judged all the same; of what exists
 * alone, and with every policy that is there.
 * Source: Calico felix/rules/endpoints.go: within a tier the first match decides, and its end denies.
 */
export const lifelineBlocked = defineRule({
  id: 'policy/lifeline-blocked',
  title: 'A policy cuts off the name server, the gate itself or another part that the cluster lives on',
  appliesTo: { kinds: ['policy', 'Namespace'], operations: ['CREATE', 'UPDATE', 'DELETE', 'STATE'] },
  defaultAction: 'warn',
  readsInventory: true,
  targetsChange: true,
  // What it is about lives where mostly no convention governs.
  reaches: () => [],
  check: (subject, context) => {
    if (context.inventory.gaps.length > 0) return [];
    const isAsked = reachOf(subject, context);
    if (!isAsked) return [];
    const look = lookAt(limits.lifelinesOfChange, context);
    const lost: Lost[] = [];
    for (const line of lifelines(context.inventory, context.conventions, isAsked)) {
      if (!look.more()) break;
      const ways = lostWays(line, subject, context);
      if (ways.some(({ way }) => !way.minor)) lost.push({ line, ways });
    }
    if (lost.length === 0)
      return unknownBeyond([look], 'whether it cuts off more of what the cluster lives on');
    const vitalFirst = lost.toSorted((one, other) => Number(other.line.vital) - Number(one.line.vital));
    return remarkOn(vitalFirst, subject, noteBeyond([look]));
  },
});

/** A lifeline with the ways that a change takes from it. */
interface Lost {
  readonly line: Lifeline;
  readonly ways: readonly CutOff[];
}

/** The namespaces that the subject can bear on; undefined where it bears on none. */
function reachOf(subject: Subject, context: RuleContext): ((namespace: string) => boolean) | undefined {
  const { object, operation } = subject;
  if (object.kind === 'Namespace')
    return operation === 'UPDATE' ? (name) => name === object.metadata.name : undefined;
  if (object.kind === 'HostEndpoint') return undefined;
  const policies = policiesOf(subject, context);
  if (policies.length === 0) {
    const decidesAnywhere = ['Tier', 'NetworkSet', 'GlobalNetworkSet'].includes(object.kind);
    return decidesAnywhere && operation !== 'STATE' ? () => true : undefined;
  }
  const { inventory } = context;
  const tests = policies.map(reaches);
  return (name) => {
    const identity = namespaceIdentity(name, inventory.namespace(name));
    return tests.some((isReached) => isReached(identity));
  };
}

function reaches(policy: Policy): ReturnType<typeof maySelectIn> {
  const { confined, namespace } = policy;
  return confined && namespace !== undefined ? ({ name }) => name === namespace : maySelectIn(policy);
}

/** Of what exists: the ways that this very policy closes. Of a change: those that were open before it. */
function lostWays(line: Lifeline, subject: Subject, context: RuleContext): readonly CutOff[] {
  const { before, inventory } = context;
  const closed = cutOffWays(line, inventory.policyWorld);
  if (closed.length === 0) return [];
  const own = findPolicy(inventory.policyWorld, referenceOf(subject.object));
  if (subject.operation === 'STATE')
    return closed.filter(({ verdict }) => own !== undefined && verdict.decidedBy === own);
  const isThere =
    subject.operation === 'CREATE' && own && findPolicy(before.policyWorld, referenceOf(subject.object));
  const known = isThere ? [] : cutOffWays(line, before.policyWorld);
  return closed.filter(({ way }) => known.every((one) => one.way !== way));
}

function remarkOn(lost: readonly Lost[], subject: Subject, note: string): readonly Remark[] {
  const [first] = lost;
  const [way] = first?.ways ?? [];
  const step = way?.verdict.trail.at(-1);
  if (!first || !way || !step) return [];
  const parts = lost.map(({ line, ways }) => {
    const closed = listInWords(ways.map((one) => one.way.inWords));
    return `${line.what} in "${line.namespace}" (${closed})`;
  });
  const breaks = new Set(lost.map(({ line }) => line.whatBreaks));
  return [
    {
      pointer: '',
      message: `${changeInWords(subject)} ${listInWords(parts, { most: 4 })}`,
      witness: `${stepInWords(step, way.way.direction)}; ${listInWords([...breaks], { most: 2 })}${note}`,
      expected: expectedFor(lost),
      ...(first.line.vital
        ? { defaultAction: { admission: 'deny', ci: 'warn', audit: 'warn' } as const }
        : {}),
    },
  ];
}

function changeInWords({ object, operation }: Subject): string {
  if (operation === 'DELETE') return 'without it policies cut off';
  if (operation !== 'UPDATE') return 'it cuts off';
  return `with ${object.kind === 'Namespace' ? 'these labels' : 'this change'} policies cut off`;
}

/** What opens, and where it has to stand to count. */
function expectedFor(lost: readonly Lost[]): string {
  const openings = lost.map(({ line, ways }) => {
    const labels = Object.entries(labelsOf(line.pod)).map(([key, value]) => `${key} == '${value}'`);
    const rules = ways.map(({ way: { direction, ports, protocol } }) => {
      return `${direction.toLowerCase()} ${protocol} ${ports.join(', ')}`;
    });
    const [first] = ways;
    return `pods ${labels.join(' && ')} of "${line.namespace}" ${listInWords(rules)} ${placeOf(first)}`;
  });
  return `a selector that leaves them out, or first a policy that opens to ${listInWords(openings, { most: 3 })}`;
}

function placeOf(closed: CutOff | undefined): string {
  const step = closed?.verdict.trail.at(-1);
  const decider = closed?.verdict.decidedBy;
  if (!step || !decider || step.rule === endOfTier) return `in tier "${step?.tier ?? 'default'}"`;
  const { kind, name, namespace } = decider;
  return `before ${nameOf({ apiVersion: '', kind, name, ...(namespace ? { namespace } : {}) })}`;
}
