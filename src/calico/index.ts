/**
 * What Calico does, from objects alone: the public surface `tollgate/calico`. Everything is a pure, total function of
 * objects in the form of the Kubernetes API; sources are named where things are declared.
 *
 *     objects of the cluster                         texts
 *        │ put, remove                                 │
 *        ▼                                             ▼
 *     state/       what decides, compiled  ◀──  policy/, selector/   one policy, one selector
 *        │         (a PolicyWorld)         ◀──  validation/          what Calico would refuse
 *        │                                      labels/              whose label is what
 *        ├──▶ flow/       what becomes of one connection, with the trail that decides
 *        ├──▶ coverage/   whether every pod that could exist in a namespace is closed
 *        └──▶ analysis/   what the writer of a policy can hardly have wanted
 *
 * Each room imports those before it in this list only: selector, policy, validation, labels, state, flow, coverage,
 * analysis. What flow and coverage remember of a state are notes that it keeps for them; `create-policy-world.ts` lists
 * them all.
 *
 * Start reading at `createPolicyWorld` and `changeWorld` (state/policy-world.ts), then `evaluateFlow`
 * (flow/evaluate-flow.ts), which is the walk that everything else is about, then `judgeCoverage`
 * (coverage/judge-coverage.ts), which is that walk for all pods at once.
 */

// Selectors: reading them, asking them, writing them the way Calico does, and what one says that cannot be meant.
export { parseSelector } from './selector/parse.ts';
export type { Selector } from './selector/ast.ts';
export { evaluateSelector } from './selector/evaluate.ts';
export { eachAtom, literalsOf } from './selector/atoms.ts';
export { printSelector, selectorUid } from './selector/print.ts';
export { selectorOfLabels } from './selector/of-labels.ts';
export { repairSelector } from './selector/repair.ts';
export type { SelectorRemark } from './selector/remark.ts';
export { selectorRemarks } from './selector/remarks.ts';

// Objects: what Calico would refuse about one, which directions it governs, what becomes of Kubernetes' own policies.
export { type CheckedPolicy, checkPolicy, validatePolicy } from './validation/validate.ts';
export type { PolicyProblem } from './policy/problem.ts';
export { typesOf } from './policy/default-types.ts';
export { askedOfPods, isLimitedToPods } from './policy/conversion/label-selectors.ts';
export { convertKubernetesPolicy } from './policy/conversion/convert.ts';

// The world: everything that decides, compiled, immutable, and cheap to change.
export type { CalicoMode } from './policy/calico-mode.ts';
export { shownForm } from './policy/stored-metadata.ts';
export { isVersion, readsAlike } from './policy/calico-version.ts';
export { tierNotInName } from './policy/policy-name.ts';
export { createPolicyWorld } from './create-policy-world.ts';
export { changeWorld, type PolicyWorld } from './state/policy-world.ts';
export type { PolicyWorldOptions } from './state/world-parts.ts';
export { hasWrittenMetadata, packedAnnotation, storedMetadata } from './policy/stored-metadata.ts';
export type { WorldChange } from './state/world-change.ts';
export type { Tier } from './state/tier.ts';
export { findDecider, findPolicy } from './state/find-policy.ts';
export { type Direction, type Policy, type PolicyKind, rulesOf } from './policy/policy.ts';
export {
  isAnyone,
  type Peer,
  type Port,
  type Protocol,
  type PolicyRule as Rule,
  type RuleAction,
} from './policy/policy-rule.ts';

// Coverage: whether every pod that could be created in a namespace is closed to what nobody asked for.
export { coverageVerdicts, judgeCoverage, policiesSelecting } from './coverage/judge-coverage.ts';
export type {
  Coverage,
  CoverageEffort,
  CoverageOptions,
  CoverageVerdict,
  DirectionCoverage,
  Family,
  Hole,
  UnknownReason,
  WideOpening,
  Witness,
} from './coverage/coverage.ts';
export { hasWideRule } from './coverage/facts/describe-hole.ts';
export { policiesFinding } from './coverage/memory/policies-finding.ts';
export { maySelectIn } from './coverage/facts/may-select-in.ts';
export { closesAlike, coverageQuestion, mayHoldClosed, mayOpen } from './coverage/stake.ts';
export { earlierVersions, mayDependOnVersion } from './analysis/version-dependence.ts';

// Flows: one connection between concrete ends, or of a pod of which only a part is known, with the trail that decides.
export { evaluateFlow } from './flow/evaluate-flow.ts';
export type { Flow, FlowEnd, FlowHalf, FlowVerdict } from './flow/flow.ts';
export {
  judgeSupposedFlow,
  type OpeningRule,
  openingRules,
  type SupposedFlow,
  type SupposedVerdict,
} from './flow/supposed-flow.ts';
export {
  type FlowDoubt,
  judgePossibleFlow,
  type PossibleEnd,
  type PossibleFlow,
  type PossibleHalf,
} from './flow/possible-flow.ts';
export {
  type ConnectionProtocol,
  connectionProtocols,
  type Connections,
  findConnections,
  type OpenPorts,
} from './connections/connections.ts';
export { type ConnectionStep, stepsOf, type Way } from './connections/steps.ts';
export type { NumberSet } from '../kubernetes/net/number-set.ts';
export { type EndSet, endSet, endsOf, inBoth } from './connections/end-set.ts';
export type { Stretch } from './connections/walk-half.ts';
export { type AddressPart, addressParts, blocksOfParts } from './connections/address-parts.ts';
export { type PossibleLabels, possibleLabels } from './connections/possible-labels.ts';
export { createPodKey } from './connections/pod-key.ts';
export { type MissedCondition, type NearMiss, nearMisses } from './flow/near-miss.ts';
export { writtenNets } from './flow/written-nets.ts';
export { supposePod, type SupposedPod } from './flow/supposed-pod.ts';
export { type PortRange, portsToldApart } from './flow/ports-told-apart.ts';
export { endOfTier, printStep, type TrailStep } from './flow/trail.ts';
export { podLabels } from './state/endpoint-labels.ts';
export { printAddress } from '../kubernetes/net/address.ts';

// Analyses of one policy among the others: what its writer can hardly have wanted.
export { asksForNames, judgeNameLookup, type NameServers, opensNames } from './analysis/name-lookup.ts';
export { findOneFamilyDenies, type OneFamilyDeny } from './analysis/one-family-denies.ts';
export { findOrderTies, type OrderTie } from './analysis/order-ties.ts';
export { findPassToProfile, type PassToProfile } from './analysis/pass-to-profile.ts';
export { findUnreachableRules, type UnreachableRules } from './analysis/unreachable-rules.ts';
export { hostEndpointsSelectedBy } from './analysis/host-endpoints.ts';
export { type NetsFound, netsFoundBy } from './analysis/nets-found.ts';
export { type RemarkedSelector, remarkedSelectors } from './analysis/remarked-selectors.ts';
export type { SampleFlow } from './analysis/sample-flow.ts';
export type { NamespaceLike } from './labels/namespace-labels.ts';
export { isDroppedFromPods } from './labels/inherited-labels.ts';
