export { annotationEffect } from './annotation-effect.ts';
export type { AnnotationEffect, AnnotationOutcome, AnnotationPlacement } from './annotation-effect.ts';
export { predictInjection } from './injection.ts';
export type { Injection, InjectionNamespace, InjectionOrigin, InjectionReason } from './injection.ts';
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
