/**
 * What Linkerd does, from objects alone: the public surface `tollgate/linkerd`. Everything is a pure, total function of
 * objects, annotations and a `LinkerdProfile`; sources are named where things are declared.
 */

// The installation: its version, its own ports and lists, and how it asks about pods.
export {
  admissionWebhooksLabel,
  defaultOpaquePorts,
  defaultProfile,
  profileFromLinkerdConfig,
} from './installation/installation.ts';
export type { LinkerdProfile } from './installation/installation.ts';
export type {
  EnvironmentVariable,
  ImageSettings,
  ProxyPorts,
  ProxySettings,
  ResourceSettings,
  WorkerSettings,
} from './installation/proxy-settings.ts';
export { atLeast, latestVersion, versionOfRelease } from './installation/version.ts';

// What becomes of a workload's pods: injected or why not, what is added, and what keeps them from being made.
export { predictInjection, predictInjectionIfAsked } from './injection/injection.ts';
export type {
  Injection,
  InjectionNamespace,
  InjectionOrigin,
  InjectionReason,
} from './injection/injection-answer.ts';

// Annotations: the catalogue, what a value really does where it stands, and what was probably meant.
export { annotationEffect } from './injection/annotation-effect.ts';
export type { AnnotationEffect } from './injection/annotation-effect.ts';
export { unknownKeyProblem } from './annotations/annotation-problem.ts';
export type {
  AnnotationFault,
  AnnotationOutcome,
  AnnotationProblem,
} from './annotations/annotation-problem.ts';
export {
  catalogue,
  catalogueEntry,
  defaultInboundPolicyAnnotation,
  injectAnnotation,
  isInboundPolicy,
  isKnownKey,
  isLinkerdKey,
  successorOf,
} from './annotations/catalogue.ts';
export type { AnnotationPlacement, CatalogueEntry } from './annotations/catalogue-entry.ts';
export { suggestAnnotation, suggestValue } from './annotations/suggestion.ts';
export { valueKinds } from './annotations/value-kinds.ts';
export type { ValueKind, ValueKindName } from './annotations/value-kinds.ts';
export { routeAnnotationProblems, serviceAnnotationProblems } from './annotations/service-annotations.ts';
export type { ServiceAnnotationProblem } from './annotations/service-annotations.ts';

// Ports: the three dialects of their lists, which are opaque, and which a network policy sees.
export {
  formatPorts,
  includesPort,
  readDestinationPorts,
  readInjectorPorts,
  readPolicyControllerPorts,
  readSkipPorts,
} from './ports/port-list.ts';
export { skipRoute } from './ports/skip-entries.ts';
export type { SkipRoute } from './ports/skip-entries.ts';
export { readSkipSubnets } from './ports/skip-subnets.ts';
export type { SubnetList } from './ports/skip-subnets.ts';
export type { DroppedPort, NamedPorts, PortList, PortRange, SkipPortList } from './ports/port-list.ts';
export { networkProbes } from './ports/probe.ts';
export type { NetworkProbe } from './ports/probe.ts';
export { containerPorts } from './ports/container-ports.ts';
export type { ContainerPort } from './ports/container-ports.ts';
export {
  opaqueDisagreements,
  opaquePortsAnnotation,
  opaquePortsOfPod,
  resolveTargetPort,
  servicePorts,
} from './ports/opaque-ports.ts';
export type { OpaqueDisagreement, PodOpaquePorts, ServicePort } from './ports/opaque-ports.ts';
export { opaqueProtocolOf, opaqueProtocols } from './ports/opaque-protocols.ts';
export type { OpaqueProtocol } from './ports/opaque-protocols.ts';
export { appProtocolMeaning, knownAppProtocols } from './ports/app-protocol.ts';
export type { AppProtocolMeaning } from './ports/app-protocol.ts';

export { dialedPort, meshesByInboundPort } from './ports/dialed-port.ts';
export { controlPlaneFlows, kubeDns } from './proxy/control-plane-flows.ts';
export type { FlowPeer, NameServer, ProxyFlow } from './proxy/control-plane-flows.ts';
export { proxyFlows } from './proxy/proxy-flows.ts';

// What keeps a workload out of the mesh, or gets around it.
export { annotationBypasses, meshBypasses } from './bypass/mesh-bypass.ts';
export type { BypassWay, MeshBypass } from './bypass/bypass.ts';
export { unfinishedJob } from './injection/job-completion.ts';
export type { UnfinishedJob } from './injection/job-completion.ts';
export { misplacedSettings } from './annotations/misplaced-settings.ts';
export type { MisplacedSetting } from './annotations/misplaced-settings.ts';
export { podSecurityConflict } from './proxy/pod-security.ts';
export type { PodSecurityConflict } from './proxy/pod-security.ts';
export {
  hasItsContainers,
  isAsInjected,
  proxyMakerOf,
  runningAs,
  withoutGaps,
  withoutInjected,
} from './proxy/injected-proxy.ts';
export type { ProxyMaker } from './proxy/injected-proxy.ts';
export { findSidecar } from './proxy/sidecar.ts';
export type { Sidecar } from './proxy/sidecar.ts';

// Inbound policy: Servers, authorizations and routes, and whom they let in.
export * from './authorization/index.ts';
