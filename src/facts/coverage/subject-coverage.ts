import type { NamespaceLike } from '../../calico/index.ts';
import type { DefaultDenyConvention } from '../../conventions/convention/convention.ts';
import type { Direction } from '../../kubernetes/direction.ts';
import type { FamilyName } from '../../kubernetes/net/family.ts';
import { isTerminating, namespaceIdentity, type NamespaceIdentity } from '../../kubernetes/namespace.ts';
import { type KubernetesObject, labelsOf } from '../../kubernetes/object.ts';
import { rememberInScope } from '../../memo/scope.ts';
import type { RuleContext, Subject } from '../subject.ts';
import { wantedOf } from './convention-change.ts';
import { coveredNamespace } from './covered-namespace.ts';
import { type DirectionVerdict, judgeNamespace } from './namespace-coverage.ts';

/** Whether a namespace that is judged is denied by default as it will be, in the directions that are wanted. */
export interface SubjectCoverage {
  readonly name: string;
  readonly wanted: DefaultDenyConvention;
  readonly verdicts: readonly DirectionVerdict[];
}

/** That of the subject; undefined for other kinds, and where nothing is wanted of it or it is being emptied. */
export const coverageOfSubject = rememberInScope(
  { name: 'coverage of the subject' },
  (subject: Subject, context: RuleContext): SubjectCoverage | undefined => {
    const { object } = subject;
    const wanted = object.kind === 'Namespace' ? wantedOf(subject, context) : undefined;
    if (!wanted || isTerminating(object)) return undefined;
    const identity = namespaceAsAdmitted(object, wanted, context);
    return { name: identity.name, wanted, verdicts: judgeNamespace(context.inventory, identity, wanted) };
  },
);

/** The address families in which one of some directions is not known to be closed. */
export function openFamilies(
  { object }: Subject,
  open: readonly { readonly direction: Direction }[],
  wanted: DefaultDenyConvention,
  context: RuleContext,
): readonly FamilyName[] {
  const { families } = wanted;
  if (families.length < 2) return families;
  const identity = namespaceAsAdmitted(object, wanted, context);
  const directions = open.map(({ direction }) => direction);
  return families.filter((family) =>
    judgeNamespace(context.inventory, identity, { ...wanted, directions, families: [family] }).some(
      ({ verdict }) => verdict !== 'deny',
    ),
  );
}

function namespaceAsAdmitted(
  object: KubernetesObject,
  wanted: DefaultDenyConvention,
  context: RuleContext,
): NamespaceLike {
  return coveredNamespace(identityAsAdmitted(object, wanted, context), wanted, context.inventory);
}

/** In CI a namespace counts with the cover label, since admission will put it there. */
export function identityAsAdmitted(
  object: KubernetesObject,
  { coverLabel }: Pick<DefaultDenyConvention, 'coverLabel'>,
  { point }: Pick<RuleContext, 'point'>,
): NamespaceIdentity {
  const { name, labels } = namespaceIdentity(object.metadata.name ?? '', object);
  if (point !== 'ci' || !coverLabel || Object.hasOwn(labelsOf(object), coverLabel.key))
    return { name, labels };
  return { name, labels: { ...labels, [coverLabel.key]: coverLabel.value } };
}
