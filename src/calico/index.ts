/** Calico's language and verdicts: the public surface `tollgate/calico`. */
export { hostEndpointsSelectedBy } from './analysis/host-endpoints.ts';
export { deniedNameLookup } from './analysis/name-lookup.ts';
export { findOneFamilyDenies, type OneFamilyDeny } from './analysis/one-family-denies.ts';
export { findOrderTies, type OrderTie } from './analysis/order-ties.ts';
export { findPassToProfile, type PassToProfile } from './analysis/pass-to-profile.ts';
export { findUnreachableRules, type UnreachableRules } from './analysis/unreachable-rules.ts';
export type { SampleFlow } from './analysis/sample-flow.ts';
export { earlierVersions, mayDependOnVersion } from './analysis/version-dependence.ts';
export { type RemarkedSelector, remarkedSelectors } from './analysis/remarked-selectors.ts';
export { convertKubernetesPolicy } from './conversion/convert.ts';
export type {
  Coverage,
  CoverageOptions,
  CoverageVerdict,
  DirectionCoverage,
  Family,
  Hole,
  NamespaceLike,
  UnknownReason,
  Witness,
} from './coverage/coverage.ts';
export { hasWideRule } from './coverage/describe-hole.ts';
export { coverageVerdicts, judgeCoverage, policiesSelecting } from './coverage/judge-coverage.ts';
export { reachOf } from './coverage/reach.ts';
export { podLabels } from './flow/endpoint-labels.ts';
export { evaluateFlow } from './flow/evaluate-flow.ts';
export type { Flow, FlowEnd, FlowHalf, FlowVerdict } from './flow/flow.ts';
export {
  judgeSupposedFlow,
  type OpeningRule,
  openingRules,
  type SupposedFlow,
  type SupposedVerdict,
} from './flow/supposed-flow.ts';
export { endOfTier, printStep, type TrailStep } from './flow/trail.ts';
export { printAddress } from './net/address.ts';
export type { CalicoMode } from './policy/calico-mode.ts';
export { isVersion, readsAlike } from './policy/calico-version.ts';
export { typesOf } from './policy/default-types.ts';
export { type Direction, type Policy, type PolicyKind, rulesOf } from './policy/policy.ts';
export type { PolicyProblem } from './policy/problem.ts';
export { isAnyone, type Peer, type Port, type Protocol, type Rule, type RuleAction } from './policy/rule.ts';
export { parseSelector } from './selector/parse.ts';
export { printSelector, selectorUid } from './selector/print.ts';
export { type SelectorRemark, selectorRemarks } from './selector/remarks.ts';
export { repairSelector } from './selector/repair.ts';
export { evaluateSelector } from './selector/evaluate.ts';
export type { Selector } from './selector/ast.ts';
export { type CheckedPolicy, checkPolicy, validatePolicy } from './validation/validate.ts';
export { findPolicy } from './world/find-policy.ts';
export {
  changeWorld,
  createPolicyWorld,
  type PolicyWorld,
  type PolicyWorldOptions,
} from './world/policy-world.ts';
export type { Tier } from './world/tier.ts';
export type { WorldChange } from './world/world-change.ts';
