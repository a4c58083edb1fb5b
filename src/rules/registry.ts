import type { RuleId } from '../conventions/document/action.ts';
import { groupOf, type KubernetesObject } from '../kubernetes/object.ts';
import { isPolicyKind } from '../kubernetes/object-class.ts';
import { podTemplateOf } from '../kubernetes/pod-template.ts';
import { dataAuthorization } from './data/authorization.ts';
import { dataClientBlocked } from './data/client-blocked.ts';
import { dataClients } from './data/clients.ts';
import { dataOpaque } from './data/opaque.ts';
import { dataOpen } from './data/open.ts';
import { dataUnencrypted } from './data/unencrypted.ts';
import { conventionLeft } from './gate/convention-left.ts';
import { coverLabel } from './gate/cover-label.ts';
import { defaultDenyLost } from './gate/default-deny-lost.ts';
import { defaultDenyMissing } from './gate/default-deny-missing.ts';
import { held } from './gate/held.ts';
import { hostNetwork } from './gate/host-network.ts';
import { gateUnknown } from './gate/unknown.ts';
import { wideHole } from './gate/wide-hole.ts';
import { forbiddenLabel } from './label/forbidden.ts';
import { reservedLabel } from './label/reserved.ts';
import { requiredMissing } from './label/required-missing.ts';
import { selectedKeyMissing } from './label/selected-key-missing.ts';
import { selectorMismatch } from './label/selector-mismatch.ts';
import { labelValue } from './label/value.ts';
import { annotationDead } from './mesh/annotations/annotation-dead.ts';
import { annotationDeprecated } from './mesh/annotations/annotation-deprecated.ts';
import { annotationFatal } from './mesh/annotations/annotation-fatal.ts';
import { annotationUnknown } from './mesh/annotations/annotation-unknown.ts';
import { annotationValue } from './mesh/annotations/annotation-value.ts';
import { appProtocol } from './mesh/app-protocol.ts';
import { authorizationAnyIdentity } from './mesh/authorization/authorization-any-identity.ts';
import { clientWithoutIdentity } from './mesh/authorization/client-without-identity.ts';
import { authorizationDangling } from './mesh/authorization/authorization-dangling.ts';
import { bypass } from './mesh/bypass.ts';
import { controlPlaneBlocked } from './mesh/control-plane-blocked.ts';
import { deadPortRule } from './mesh/dead-port-rule.ts';
import { defaultInboundPolicy } from './mesh/authorization/default-inbound-policy.ts';
import { injectMisplaced } from './mesh/annotations/inject-misplaced.ts';
import { injectMissing } from './mesh/inject-missing.ts';
import { injectValue } from './mesh/inject-value.ts';
import { initContainerNetwork } from './mesh/init-container-network.ts';
import { quotaWithoutProxy } from './mesh/quota-without-proxy.ts';
import { skipListReplaced } from './mesh/skip-list-replaced.ts';
import { jobNeverFinishes } from './mesh/job-never-finishes.ts';
import { namespaceAnnotation } from './mesh/annotations/namespace-annotation.ts';
import { notInjectable } from './mesh/not-injectable.ts';
import { opaquePorts } from './mesh/opaque-ports.ts';
import { optOut } from './mesh/opt-out.ts';
import { meshPolicyInvalid } from './mesh/authorization/policy-invalid.ts';
import { portNeedsAuthorization } from './mesh/authorization/port-4143-needs-authorization.ts';
import { probeAuthorization } from './mesh/authorization/probe-authorization.ts';
import { proxyMissing } from './mesh/proxy-missing.ts';
import { proxyPortBlocked } from './mesh/proxy-port-blocked.ts';
import { identityIsNobodys } from './mesh/authorization/identity-of-nobody.ts';
import { mirrorLabel } from './mesh/outbound/mirror-label.ts';
import { rateLimitIgnored } from './mesh/authorization/rate-limit-ignored.ts';
import { routeBackend } from './mesh/outbound/route-backend.ts';
import { routeParent } from './mesh/outbound/route-parent.ts';
import { routeNotServed } from './mesh/authorization/route-not-served.ts';
import { serverAdmitsNobody } from './mesh/authorization/server-admits-nobody.ts';
import { serverMissing } from './mesh/authorization/server-missing.ts';
import { serverOverlap } from './mesh/authorization/server-overlap.ts';
import { serverSelectsNothing } from './mesh/authorization/server-selects-nothing.ts';
import { dnsBlocked } from './policy/dns-blocked.ts';
import { forgedPeer } from './policy/forged-peer.ts';
import { halfOpen } from './policy/half-open.ts';
import { hostEndpoints } from './policy/host-endpoints.ts';
import { httpOnlyAllow } from './policy/http-only-allow.ts';
import { ineffective } from './policy/ineffective.ts';
import { invalidPolicy } from './policy/invalid.ts';
import { peerElsewhere } from './policy/peer-elsewhere.ts';
import { selectsNothing } from './policy/selects-nothing.ts';
import { serviceAddress } from './policy/service-address.ts';
import { servicePort } from './policy/service-port.ts';
import { lifelineBlocked } from './policy/lifeline-blocked.ts';
import { oneFamilyOnly } from './policy/one-family-only.ts';
import { orderTie } from './policy/order-tie.ts';
import { passToProfile } from './policy/pass-to-profile.ts';
import { peerByLabel } from './policy/peer-by-label.ts';
import { peerMisspelt } from './policy/peer-misspelt.ts';
import { rawGroup } from './policy/raw-group.ts';
import { selectorNeverMatches } from './policy/selector-never-matches.ts';
import { selectorSyntax } from './policy/selector-syntax.ts';
import { serviceNamespace } from './policy/service-namespace.ts';
import { tierMissing } from './policy/tier-missing.ts';
import { typesImplicit } from './policy/types-implicit.ts';
import { unreachableRule } from './policy/unreachable-rule.ts';
import type { Rule } from './define-rule.ts';
import type { Subject } from '../facts/subject.ts';
import { waiverExpired } from './waiver/expired.ts';
import { waiverExpiresSoon } from './waiver/expires-soon.ts';
import { waiverIncomplete } from './waiver/incomplete.ts';
import { operatorAnnotationsOf } from '../facts/mesh/operator-annotations.ts';
import type { ConventionSet } from '../conventions/convention-set.ts';
import { podPlacesOf } from '../workloads/custom/pod-places.ts';
import { remember } from '../memo/remember.ts';

/** Every rule there is; the only list of them. */
export const rules: readonly Rule[] = [
  defaultDenyMissing,
  defaultDenyLost,
  gateUnknown,
  held,
  conventionLeft,
  coverLabel,
  wideHole,
  hostNetwork,
  invalidPolicy,
  selectorSyntax,
  selectorNeverMatches,
  rawGroup,
  tierMissing,
  typesImplicit,
  ineffective,
  serviceNamespace,
  httpOnlyAllow,
  unreachableRule,
  orderTie,
  passToProfile,
  peerMisspelt,
  peerElsewhere,
  peerByLabel,
  selectsNothing,
  servicePort,
  serviceAddress,
  halfOpen,
  oneFamilyOnly,
  hostEndpoints,
  forgedPeer,
  dnsBlocked,
  lifelineBlocked,
  injectMissing,
  injectValue,
  injectMisplaced,
  optOut,
  notInjectable,
  jobNeverFinishes,
  initContainerNetwork,
  quotaWithoutProxy,
  bypass,
  skipListReplaced,
  annotationUnknown,
  annotationValue,
  annotationDead,
  annotationFatal,
  annotationDeprecated,
  namespaceAnnotation,
  opaquePorts,
  appProtocol,
  defaultInboundPolicy,
  meshPolicyInvalid,
  serverSelectsNothing,
  serverOverlap,
  serverMissing,
  routeNotServed,
  rateLimitIgnored,
  routeParent,
  routeBackend,
  mirrorLabel,
  serverAdmitsNobody,
  clientWithoutIdentity,
  authorizationDangling,
  identityIsNobodys,
  authorizationAnyIdentity,
  probeAuthorization,
  proxyMissing,
  requiredMissing,
  labelValue,
  forbiddenLabel,
  reservedLabel,
  selectorMismatch,
  selectedKeyMissing,
  dataOpen,
  dataUnencrypted,
  dataOpaque,
  dataAuthorization,
  dataClientBlocked,
  dataClients,
  controlPlaneBlocked,
  proxyPortBlocked,
  deadPortRule,
  portNeedsAuthorization,
  waiverExpired,
  waiverExpiresSoon,
  waiverIncomplete,
];

const byId: ReadonlyMap<string, Rule> = new Map(rules.map((rule) => [rule.id, rule]));

/** The ids of all rules. */
export const ruleIds: readonly RuleId[] = rules.map(({ id }) => id);

/** The rules for a subject, by its operation and kind, with the kinds that conventions name as makers of pods. */
export function rulesFor(
  { operation, object }: Subject,
  declaresWorkload: ConventionSet['declaresWorkload'] = declaresNone,
): readonly Rule[] {
  return selectedRules({ operation, names: namesOf(object, declaresWorkload) });
}

function declaresNone(): boolean {
  return false;
}

interface RuleQuestion {
  readonly operation: Subject['operation'];
  readonly names: string;
}

/** By operation and names, never stale. */
const selectedRules = remember(
  {
    name: 'rules for a kind',
    bound: { entries: 1000 },
    key: ({ operation, names }: RuleQuestion) => `${operation} ${names}`,
  },
  ({ operation, names }): readonly Rule[] => {
    const asked = names.split(' ');
    const isRunning = operation === 'UPDATE' && asked.includes('Pod.');
    return rules.filter(
      ({ appliesTo: { kinds, operations }, settledAtBirth }) =>
        operations.includes(operation) &&
        kinds.some((kind) => asked.includes(kind)) &&
        !(isRunning && settledAtBirth),
    );
  },
);

/** The names by which rules ask for an object, with spaces between them. */
function namesOf(object: KubernetesObject, declaresWorkload: ConventionSet['declaresWorkload']): string {
  const { apiVersion, kind } = object;
  const ofGroup = `${kind}.${groupOf(apiVersion)}`;
  let names = podTemplateOf(object)
    ? 'workload'
    : declaresWorkload(object) || podPlacesOf(object)
      ? 'pod-maker'
      : '';
  if (operatorAnnotationsOf(object).length > 0) names += ' annotated';
  if (named.has(kind)) names += ` ${kind}`;
  if (named.has(ofGroup)) names += ` ${ofGroup}`;
  return isPolicyKind(object) ? `${names} policy` : names;
}

/** Every name by which a rule asks for objects; whatever else somebody calls a kind selects nothing. */
const named: ReadonlySet<string> = new Set(rules.flatMap(({ appliesTo }) => appliesTo.kinds));

export function ruleOf(id: RuleId): Rule | undefined {
  return byId.get(id);
}

/** Whether the mutating webhook applies the fixes of a rule to an object. */
export function isMutating({ mutates }: Rule, { kind }: KubernetesObject): boolean {
  return mutates === true || (mutates === 'templates' && kind !== 'Pod');
}

/** Whether a finding of this rule in the old object keeps an update from being denied for it. */
export function isRatcheted(rule: Rule): boolean {
  return rule.ratchet !== false;
}

/** Whether a rule's verdict depends on other objects than its subject. */
export function readsInventory(id: RuleId): boolean {
  return ruleOf(id)?.readsInventory === true;
}

/** What the witness of a rule's finding is called in messages. */
export function witnessWord(id: RuleId): 'escapes' | 'because' {
  return ruleOf(id)?.witnessIs ?? 'because';
}
