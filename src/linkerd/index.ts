export type {
  ImageSettings,
  LinkerdProfile,
  ProxyPorts,
  ProxySettings,
  ResourceSettings,
} from './profile.ts';
export type { Injection, InjectionNamespace, InjectionOrigin, InjectionReason } from './injection.ts';
export type { AnnotationEffect, AnnotationOutcome, AnnotationPlacement } from './annotation-effect.ts';
