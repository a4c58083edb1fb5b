/**
 * What Linkerd does, from objects alone: the public surface `tollgate/linkerd`.
 *
 * In: Kubernetes objects as they would be applied, the labels and annotations of their namespace, and the installation
 * (a `LinkerdProfile`: its version and the values it was installed with). Out: what Linkerd's injector, proxies,
 * destination controller and policy controller would do with them, each answer with its reason and its place.
 *
 * ```
 *   a pod template, its namespace                  Server, AuthorizationPolicy, HTTPRoute …
 *        │                   │                                   │
 *        ▼                   ▼                                   ▼
 *   injection             bypass                           authorization
 *   injected or not,      ways around                      who may connect to a port,
 *   and why; the patch    the mesh                         which references lead nowhere
 *        │                   │                                   │
 *        ▼                   │                                   │
 *   proxy                    │                                   │
 *   the settings of a        │                                   │
 *   proxy, the flows it      │                                   │
 *   needs, its containers    │                                   │
 *        │                   │                                   │
 *        ▼                   ▼                                   ▼
 *   annotations   every annotation that Linkerd reads: where, since when, with which values
 *        │
 *        ▼
 *   ports         which ports a list, a container, a Service or a probe means, and to whom
 *        │
 *        ▼
 *   installation  the version and the values of the installation
 * ```
 *
 * A room imports only the rooms below it. Everything is a pure, total function: it never throws for what a user wrote,
 * and the same arguments give the same answer. The part of Linkerd that a rule comes from is named where it is declared.
 *
 * To read it, start with `predictInjection` in `injection/injection.ts`, which asks nearly all of the rooms on the left,
 * and then `inboundAccess` in `authorization/inbound-access.ts`.
 */

// The installation: its version, its values, and which namespaces and pods it asks about.
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

// Ports: what each reader makes of a list, which ports are opaque, and which port a network policy sees.
export { appProtocolMeaning, knownAppProtocols } from './ports/app-protocol.ts';
export type { AppProtocolMeaning } from './ports/app-protocol.ts';
export { containerPorts, injectorPorts, policyControllerPorts } from './ports/container-ports.ts';
export type { ContainerPort, Versioned } from './ports/container-ports.ts';
export { dialedPort, meshesByInboundPort } from './ports/dialed-port.ts';
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
export {
  formatPorts,
  includesPort,
  readDestinationPorts,
  readInjectorPorts,
  readPolicyControllerPorts,
  readSkipPorts,
} from './ports/port-list.ts';
export type { DroppedPort, NamedPorts, PortList, PortRange, SkipPortList } from './ports/port-list.ts';
export { networkProbes } from './ports/probe.ts';
export type { NetworkProbe } from './ports/probe.ts';
export { skipRoute } from './ports/skip-entries.ts';
export type { SkipRoute } from './ports/skip-entries.ts';
export { readSkipSubnets } from './ports/skip-subnets.ts';
export type { SubnetList } from './ports/skip-subnets.ts';

// Annotations: the catalogue, what is wrong with a key, a value or a place, and what was probably meant.
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
export { misplacedSettings } from './annotations/misplaced-settings.ts';
export type { MisplacedSetting } from './annotations/misplaced-settings.ts';
export { routeAnnotationProblems, serviceAnnotationProblems } from './annotations/service-annotations.ts';
export type { ServiceAnnotationProblem } from './annotations/service-annotation-problem.ts';
export { suggestAnnotation, suggestValue } from './annotations/suggestion.ts';
export { valueKinds } from './annotations/value-kinds.ts';
export type { ValueKind, ValueKindName } from './annotations/value-kinds.ts';

// The proxy: what it needs of the network and of its namespace, and whether a pod comes with one.
export { controlPlaneFlows, kubeDns } from './proxy/control-plane-flows.ts';
export type { FlowPeer, NameServer, ProxyFlow } from './proxy/control-plane-flows.ts';
export {
  hasItsContainers,
  isAsInjected,
  proxyMakerOf,
  runningAs,
  withoutGaps,
  withoutInjected,
} from './proxy/injected-proxy.ts';
export type { ProxyMaker } from './proxy/injected-proxy.ts';
export { podSecurityConflict } from './proxy/pod-security.ts';
export type { PodSecurityConflict } from './proxy/pod-security.ts';
export { proxyFlows } from './proxy/proxy-flows.ts';
export { findSidecar } from './proxy/sidecar.ts';
export type { Sidecar } from './proxy/sidecar.ts';

// Injection: what becomes of the pods of a workload, and what one annotation changes about that.
export { afterInjectionProblems } from './injection/after-injection.ts';
export type { AfterInjectionProblem } from './injection/after-injection.ts';
export { annotationEffect } from './injection/annotation-effect.ts';
export type { AnnotationEffect } from './injection/annotation-effect.ts';
export { predictInjection, predictInjectionIfAsked } from './injection/injection.ts';
export type {
  Injection,
  InjectionNamespace,
  InjectionOrigin,
  InjectionReason,
} from './injection/injection-answer.ts';
export { cutOffInitContainers } from './injection/init-network.ts';
export type { CutOffInitContainer } from './injection/init-network.ts';
export { nativeSidecarAnnotation, unfinishedJob } from './injection/job-completion.ts';
export type { UnfinishedJob } from './injection/job-completion.ts';

// Bypass: the ways around the mesh.
export type { BypassWay, MeshBypass } from './bypass/bypass.ts';
export { annotationBypasses, meshBypasses } from './bypass/mesh-bypass.ts';
export { replacedImages } from './bypass/replaced-images.ts';

// Authorization: Servers, authorizations and routes, and whom they let in.
export * from './authorization/index.ts';

// Validation: what the API server or Linkerd's webhook refuses of Linkerd's own objects.
export * from './validation/index.ts';

// Outbound routes: which Services and EgressNetworks a route is attached to, and where it sends requests.
export { conflictingRoute, isOutboundRoute, outboundRoute } from './outbound/outbound-route.ts';
export type { OutboundBackend, OutboundParent, OutboundRoute } from './outbound/outbound-route.ts';
export { isRoutable, overridesRoutes, servicePortNumbers } from './outbound/parent-service.ts';
