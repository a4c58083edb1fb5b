import { isDeepStrictEqual } from 'node:util';
import {
  type CoverageVerdict,
  findPolicy,
  hasWideRule,
  type Hole,
  judgeCoverage,
} from '../../calico/index.ts';
import { isTerminating } from '../../kubernetes/namespace.ts';
import { pointerOf } from '../../kubernetes/json-pointer.ts';
import { type KubernetesObject, referenceOf } from '../../kubernetes/object.ts';
import { nameOf } from '../../facts/object-name.ts';
import type { Finding } from '../../facts/finding.ts';
import type { Rule } from '../rule.ts';
import type { RuleContext, Subject } from '../../facts/subject.ts';
import { namespacesReached, othersReached } from '../../facts/coverage/change-reach.ts';
import { identityAsAdmitted, judgeNamespace } from '../../facts/coverage/namespace-coverage.ts';
import { openingsByChange, openingsOfNamespace } from '../../facts/coverage/wide-opening.ts';
import { namesInWords } from '../../facts/coverage/coverage-in-words.ts';
import { plural } from '../../text/plural.ts';

/**
 * A namespace that is default-denied is open all the same to a whole protocol from anywhere, to every pod of the
 * cluster or to much of the address space, because a rule asks for it.
 */
export const wideHole: Rule = {
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
};

function holesOf(subject: Subject, context: RuleContext): readonly Finding[] {
  const { object, operation } = subject;
  if (operation !== 'CREATE' && operation !== 'UPDATE' && object.kind !== 'Namespace') return [];
  if (object.kind !== 'Namespace') return holesOfPolicy(subject, context);
  return operation === 'UPDATE' ? [] : holesOfNamespace(object, context);
}

function holesOfNamespace(object: KubernetesObject, context: RuleContext): readonly Finding[] {
  return wideHoles(object, context).map((hole) => ({
    rule: 'gate/wide-hole',
    object: referenceOf(object),
    pointer: '',
    message: `namespace "${object.metadata.name ?? ''}": ${holeInWords(hole)}`,
    found: hole.opens,
    expected,
  }));
}

const expected = 'rules that name their peers and ports';

/** `ingress is wide open by rule 1 of NetworkPolicy "shop/web" (tier "default")` */
function holeInWords({ direction, policy, rule, tier }: Hole): string {
  return `${direction.toLowerCase()} is wide open by rule ${rule + 1} of ${nameOf(policy)} (tier "${tier}")`;
}

/** What the policy opens, told once for all the namespaces that one convention governs. */
function holesOfPolicy(subject: Subject, context: RuleContext): readonly Finding[] {
  const { object } = subject;
  const { policyWorld } = context.inventory;
  const policy = findPolicy(policyWorld, referenceOf(object));
  if (!policy || !hasWideRule(policyWorld, policy) || context.inventory.gaps.length > 0) return [];
  const isOwn = (hole: Hole) => hole.wide && isDeepStrictEqual(hole.policy, policy.reference);
  // Most namespaces of a large cluster share one verdict, and with it what is open.
  const known = new WeakMap<CoverageVerdict, readonly Hole[]>();
  const opened = new Map<string, { readonly hole: Hole; readonly names: string[] }>();
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
        const key = `${hole.direction} ${hole.rule} ${convention.name}`;
        const there = opened.get(key);
        if (there) there.names.push(name);
        else opened.set(key, { hole, names: [name] });
      }
    }
  }
  return [...opened.values()].map(({ hole: { direction, opens, rule, tier }, names }) => {
    const list = direction.toLowerCase();
    return {
      rule: 'gate/wide-hole',
      object: referenceOf(object),
      pointer: pointerOf('spec', list, rule),
      message: `${nameOf(object)} (tier "${tier}"): ${list} rule ${rule + 1} opens ${plural(names.length, 'namespace')} ${namesInWords(names)} wide`,
      found: opens,
      expected,
      ...(names[0] === undefined ? {} : { namespace: names[0] }),
    };
  });
}

function wideHoles(object: KubernetesObject, context: RuleContext): readonly Hole[] {
  const wanted = context.convention?.defaultDeny;
  if (!wanted || context.inventory.gaps.length > 0 || isTerminating(object)) return [];
  const identity = identityAsAdmitted(object, wanted, context);
  return judgeNamespace(context.inventory, identity, wanted).flatMap(({ holes, verdict }) =>
    verdict === 'deny' ? holes.filter(({ wide }) => wide) : [],
  );
}
