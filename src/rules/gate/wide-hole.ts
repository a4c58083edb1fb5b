import { isDeepStrictEqual } from 'node:util';
import {
  type CoverageVerdict,
  type Direction,
  findPolicy,
  hasWideRule,
  type Hole,
  judgeCoverage,
  type WideOpening,
} from '../../calico/index.ts';
import { pointerOf } from '../../kubernetes/json-pointer.ts';
import { referenceOf } from '../../kubernetes/object.ts';
import { nameOf } from '../../facts/object-name.ts';
import type { Remark } from '../../facts/finding.ts';
import { defineRule } from '../define-rule.ts';
import type { RuleContext, Subject } from '../../facts/subject.ts';
import { namespacesReached, othersReached, ownNamespace } from '../../facts/coverage/change-reach.ts';
import { coverageOfSubject } from '../../facts/coverage/subject-coverage.ts';
import { witnessFor } from '../../facts/coverage/disclosure.ts';
import { coverChanges } from '../../facts/coverage/cover-change.ts';
import {
  changeInWords,
  namesInWords,
  podInWords,
  stepInWords,
} from '../../facts/coverage/coverage-in-words.ts';
import { waiverOn } from '../../facts/waiver/pinnable.ts';
import type { FamilyName } from '../../kubernetes/net/family.ts';
import { plural } from '../../text/plural.ts';

/**
 * A namespace that is default-denied is open all the same to a whole protocol from anywhere, to every pod of the
 * cluster or to much of the address space, because a rule asks for it.
 */
export const wideHole = defineRule({
  id: 'gate/wide-hole',
  title: 'A rule opens a default-denied namespace to anywhere, or to the whole cluster',
  appliesTo: {
    kinds: ['Namespace', 'policy', 'ServiceAccount'],
    operations: ['CREATE', 'UPDATE', 'DELETE', 'STATE'],
  },
  // What leaves neither TCP nor UDP closed is denied.
  defaultAction: 'warn',
  readsInventory: true,
  witnessIs: 'escapes',
  reaches: othersReached,
  check: (subject, context) => {
    const { object, operation } = subject;
    const isNamespace = object.kind === 'Namespace';
    return [
      ...(isNamespace ? openingsOfNamespace(subject, context) : []),
      ...(operation === 'STATE' ? [] : openingsByChange(subject, context)),
      ...holesOf(subject, context),
    ];
  },
});

function holesOf(subject: Subject, context: RuleContext): readonly Remark[] {
  const { object, operation } = subject;
  if (operation !== 'CREATE' && operation !== 'UPDATE' && object.kind !== 'Namespace') return [];
  if (object.kind !== 'Namespace') return holesOfPolicy(subject, context);
  return operation === 'UPDATE' ? [] : holesOfNamespace(subject, context);
}

function holesOfNamespace(subject: Subject, context: RuleContext): readonly Remark[] {
  const coverage = coverageOfSubject(subject, context);
  if (!coverage || context.inventory.gaps.length > 0) return [];
  const { name, verdicts } = coverage;
  const wide = verdicts
    .flatMap(({ holes, verdict }) => (verdict === 'deny' ? holes : []))
    .filter((hole) => hole.wide);
  // One rule of a Kubernetes policy can be several of Calico.
  const written = new Map(wide.map((hole) => [holeInWords(hole), hole]).toReversed() as [string, Hole][]);
  return [...written.values()].toReversed().map((hole) => ({
    pointer: '',
    lead: `namespace "${name}":`,
    message: holeInWords(hole),
    found: hole.opens,
    expected,
    concerns: { directions: [hole.direction], families: coverage.wanted.families },
  }));
}

const expected = 'rules that name their peers and ports';

/** `ingress is wide open by rule 1 of NetworkPolicy "shop/web" (tier "default")` */
function holeInWords({ direction, policy, rule, tier }: Hole): string {
  return `${direction.toLowerCase()} is wide open by rule ${rule + 1} of ${nameOf(policy)} (tier "${tier}")`;
}

/** What the policy opens, told once for all the namespaces that one convention governs. */
function holesOfPolicy(subject: Subject, context: RuleContext): readonly Remark[] {
  const { object } = subject;
  const { policyWorld } = context.inventory;
  const policy = findPolicy(policyWorld, referenceOf(object));
  if (!policy || !hasWideRule(policyWorld, policy) || context.inventory.gaps.length > 0) return [];
  const isOwn = (hole: Hole) => hole.wide && isDeepStrictEqual(hole.policy, policy.reference);
  // Most namespaces of a large cluster share one verdict, and with it what is open.
  const known = new Map<CoverageVerdict, readonly Hole[]>();
  const opened = new Map<string, { readonly remark: HoleOfPolicy; readonly names: Set<string> }>();
  for (const { convention, name, now, verdicts, wanted } of namespacesReached(subject, context)) {
    for (const shared of verdicts) {
      if (shared.verdict !== 'deny') continue;
      const options = { directions: [shared.direction], families: wanted.families };
      const holes =
        known.get(shared) ??
        judgeCoverage(policyWorld, now, options).directions.flatMap((coverage) =>
          coverage.holes.filter(isOwn),
        );
      known.set(shared, holes);
      for (const hole of holes) {
        const remark = holeOfPolicy(hole, wanted.families, name);
        // One finding tells of namespaces of which the same convention and the same waiver decide.
        const waiver = waiverOn({ rule: wideHole.id, ...remark }, now, subject, context);
        const key = JSON.stringify([hole.direction, hole.rule, convention.name, waiver]);
        const there = opened.get(key);
        // One rule of a Kubernetes policy can open a namespace by several of Calico.
        if (there) there.names.add(name);
        else opened.set(key, { remark: { ...remark, hole }, names: new Set([name]) });
      }
    }
  }
  return [...opened.values()].map(({ remark: { hole, ...remark }, names: reached }) => {
    const names = [...reached];
    return {
      ...remark,
      lead: `${nameOf(object)} (tier "${hole.tier}"):`,
      message: `${hole.direction.toLowerCase()} rule ${hole.rule + 1} opens ${plural(names.length, 'namespace')} ${namesInWords(names)} wide`,
      expected,
    };
  });
}

interface HoleOfPolicy extends Omit<Remark, 'message'> {
  readonly hole: Hole;
}

/** What the finding on a hole of a policy says of one namespace. */
function holeOfPolicy({ direction, opens, rule }: Hole, families: readonly FamilyName[], namespace: string) {
  return {
    pointer: pointerOf('spec', direction.toLowerCase(), rule),
    found: opens,
    concerns: { directions: [direction], families },
    namespace,
  };
}

/**
 * A namespace of which the rules, each by a protocol, ports or networks of its own, leave neither TCP nor UDP closed:
 * it is denied by default in name only, which is refused where all else that is wide is a warning.
 */
function openingsOfNamespace(subject: Subject, context: RuleContext): readonly Remark[] {
  const { name = '', verdicts = [], wanted } = coverageOfSubject(subject, context) ?? {};
  return verdicts.flatMap(({ direction, verdict, wideOpen }) =>
    verdict === 'deny' && wideOpen
      ? [
          {
            pointer: '',
            lead: `namespace "${name}":`,
            message: opensInWords(direction),
            witness: openingInWords(wideOpen, direction),
            found: `${direction.toLowerCase()} by TCP and UDP`,
            expected,
            concerns: { directions: [direction], families: wanted?.families ?? [] },
            defaultAction: 'deny' as const,
          },
        ]
      : [],
  );
}

/** A change that opens a namespace so. */
function openingsByChange(subject: Subject, context: RuleContext): readonly Remark[] {
  const { object, operation } = subject;
  const own = ownNamespace(object);
  return coverChanges(subject, context).flatMap((reached) => {
    const where =
      object.kind === 'Namespace' && own === reached.name ? '' : ` in namespace "${reached.name}"`;
    return reached.widened.map(
      ({ direction, wideOpen }): Remark => ({
        pointer: '',
        message: `${changeInWords(operation, object)}, ${opensInWords(direction)}${where}`,
        ...witnessFor(object, reached.name, () => openingInWords(wideOpen, direction)),
        found: `${direction.toLowerCase()} by TCP and UDP`,
        expected,
        concerns: { directions: [direction], families: reached.wanted.families },
        defaultAction: 'deny',
        namespace: reached.name,
      }),
    );
  });
}

function opensInWords(direction: Direction): string {
  const [list, where] = direction === 'Ingress' ? ['ingress', 'from'] : ['egress', 'to'];
  return `${list} rules together open TCP and UDP ${where} anywhere`;
}

function openingInWords(opening: WideOpening, direction: Direction): string {
  if (!('witness' in opening)) return `it is taken for open: ${opening.limit}`;
  const walk = (steps: typeof opening.tcp) =>
    steps.map((step) => stepInWords(step, direction)).join(', then ');
  return `${podInWords(opening.witness)}; TCP: ${walk(opening.tcp)}; UDP: ${walk(opening.udp)}`;
}
