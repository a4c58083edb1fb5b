/**
 * What Linkerd does, from objects alone: the public surface `tollgate/linkerd`. Everything is a pure, total function of
 * objects, annotations and a `LinkerdProfile`; sources are named where things are declared.
 */

// The installation: its version, its own ports and lists, and how it asks about pods.
export { defaultOpaquePorts, defaultProfile, profileFromLinkerdConfig } from './profile.ts';
export type { LinkerdProfile } from './profile.ts';
export type {
  EnvironmentVariable,
  ImageSettings,
  ProxyPorts,
  ProxySettings,
  ResourceSettings,
  WorkerSettings,
} from './proxy-settings.ts';
export { atLeast, latestVersion, versionOfRelease } from './version.ts';

// What becomes of a workload's pods: injected or why not, what is added, and what keeps them from being made.
export { predictInjection, predictInjectionIfAsked } from './injection.ts';
export type { Injection, InjectionNamespace, InjectionOrigin, InjectionReason } from './injection-answer.ts';

// Annotations: the catalogue, what a value really does where it stands, and what was probably meant.
export { annotationEffect } from './annotation-effect.ts';
export type { AnnotationEffect, AnnotationOutcome, AnnotationPlacement } from './annotation-effect.ts';
export { unknownKeyProblem } from './annotation-problem.ts';
export type { AnnotationFault, AnnotationProblem } from './annotation-problem.ts';
export {
  admissionWebhooksLabel,
  defaultInboundPolicyAnnotation,
  injectAnnotation,
  opaquePortsAnnotation,
} from './annotation-names.ts';
export {
  catalogue,
  catalogueEntry,
  isInboundPolicy,
  isKnownKey,
  isLinkerdKey,
  successorOf,
} from './catalogue.ts';
export type { CatalogueEntry } from './catalogue.ts';
export { suggestAnnotation, suggestValue } from './suggestion.ts';
export { valueKinds } from './value-kinds.ts';
export type { ValueKind, ValueKindName } from './value-kinds.ts';
export { routeAnnotationProblems, serviceAnnotationProblems } from './service-annotations.ts';
export type { ServiceAnnotationProblem } from './service-annotations.ts';

// Ports: the three dialects of their lists, which are opaque, and which a network policy sees.
export {
  formatPorts,
  includesPort,
  readDestinationPorts,
  readInjectorPorts,
  readPolicyControllerPorts,
  readSkipPorts,
} from './port-list.ts';
export { skipRoute } from './skip-entries.ts';
export type { SkipRoute } from './skip-entries.ts';
export { readSkipSubnets } from './skip-subnets.ts';
export type { SubnetList } from './skip-subnets.ts';
export type { DroppedPort, NamedPorts, PortList, PortRange, SkipPortList } from './port-list.ts';
export { containerPorts } from './container-ports.ts';
export type { ContainerPort } from './container-ports.ts';
export { opaqueDisagreements, opaquePortsOfPod, resolveTargetPort, servicePorts } from './opaque-ports.ts';
export type { OpaqueDisagreement, PodOpaquePorts, ServicePort } from './opaque-ports.ts';
export { opaqueProtocolOf, opaqueProtocols } from './opaque-protocols.ts';
export type { OpaqueProtocol } from './opaque-protocols.ts';
export { appProtocolMeaning, knownAppProtocols } from './app-protocol.ts';
export type { AppProtocolMeaning } from './app-protocol.ts';

export { dialedPort, meshesByInboundPort } from './dialed-port.ts';
export { controlPlaneFlows, kubeDns, proxyFlows } from './requirements.ts';
export type { FlowPeer, NameServer, ProxyFlow } from './requirements.ts';

// What keeps a workload out of the mesh, or gets around it.
export type { BypassWay } from './annotation-bypass.ts';
export { annotationBypasses, meshBypasses } from './mesh-bypass.ts';
export type { MeshBypass } from './mesh-bypass.ts';
export { unfinishedJob } from './job-completion.ts';
export type { UnfinishedJob } from './job-completion.ts';
export { misplacedSettings } from './placement.ts';
export type { MisplacedSetting } from './placement.ts';
export { podSecurityConflict } from './pod-security.ts';
export type { PodSecurityConflict } from './pod-security.ts';
export {
  hasItsContainers,
  isAsInjected,
  proxyMakerOf,
  runningAs,
  withoutGaps,
  withoutInjected,
} from './injected-proxy.ts';
export type { ProxyMaker } from './injected-proxy.ts';
export { findSidecar } from './sidecar.ts';
export type { Sidecar } from './sidecar.ts';

// Inbound policy: Servers, authorizations and routes, and whom they let in.
export * from './authorization/index.ts';
