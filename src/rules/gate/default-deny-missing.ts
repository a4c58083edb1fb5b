import type { DefaultDenyConvention } from '../../conventions/convention/convention.ts';
import type { Remark } from '../../facts/finding.ts';
import { defineRule } from '../define-rule.ts';
import type { RuleContext, Subject } from '../../facts/subject.ts';
import { isHeld } from '../../facts/coverage/convention-change.ts';
import type { DirectionVerdict } from '../../facts/coverage/namespace-coverage.ts';
import { coverageOfSubject, openFamilies } from '../../facts/coverage/subject-coverage.ts';
import { directionsInWords } from '../../facts/coverage/coverage-in-words.ts';

/**
 * Some pod that could be created in a governed namespace would let a connection through that no policy asked for.
 * Judged when the namespace comes to be governed, be it created or relabelled, and as it stands in CI and audit.
 */
export const defaultDenyMissing = defineRule({
  id: 'gate/default-deny-missing',
  title: 'A namespace has no Calico default-deny that holds for every pod it could have',
  appliesTo: { kinds: ['Namespace'], operations: ['CREATE', 'UPDATE', 'STATE'] },
  defaultAction: 'deny',
  witnessIs: 'escapes',
  readsInventory: true,
  ratchet: false,
  check: (subject, context) => {
    const coverage = coverageOfSubject(subject, context);
    if (!coverage) return [];
    const open = coverage.verdicts.filter(({ verdict }) => verdict === 'allow');
    // Directions that are open for the same reason are one finding.
    const groups = Map.groupBy(open, ({ escapes }) => escapes).values();
    return [...groups].map((group) => remarkOn(subject, group, coverage.wanted, context));
  },
});

function anyPolicy(name: string): string {
  return `a policy that selects every pod, e.g. GlobalNetworkPolicy with namespaceSelector: kubernetes.io/metadata.name == "${name}"`;
}

function remarkOn(
  subject: Subject,
  open: readonly DirectionVerdict[],
  wanted: DefaultDenyConvention,
  context: RuleContext,
): Remark {
  const { object, operation } = subject;
  const held = isHeld(subject, wanted, context);
  const { name = '' } = object.metadata;
  const relabelled = operation === 'UPDATE';
  const governed = relabelled
    ? `, and convention "${context.convention?.name ?? ''}" governs it with these labels`
    : '';
  const then = relabelled ? '; first the policy, then the labels' : '';
  return {
    pointer: '',
    lead: `namespace "${name}":`,
    message: `${directionsInWords(open)} not denied by default${governed}${held ? '; its workloads are refused until a policy covers it' : ''}`,
    ...(open[0]?.escapes ? { witness: open[0].escapes } : {}),
    expected: `${open[0]?.remedy?.() ?? anyPolicy(name)}${then}`,
    concerns: {
      directions: open.map(({ direction }) => direction),
      families: openFamilies(subject, open, wanted, context),
    },
    ...(held ? { advisory: true as const } : {}),
  };
}
