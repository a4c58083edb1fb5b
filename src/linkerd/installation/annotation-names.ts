/** The annotations that more than one part of the engine reads by name. */
export const injectAnnotation = 'linkerd.io/inject';
export const opaquePortsAnnotation = 'config.linkerd.io/opaque-ports';
export const requireIdentityAnnotation = 'config.linkerd.io/proxy-require-identity-inbound-ports';
export const defaultInboundPolicyAnnotation = 'config.linkerd.io/default-inbound-policy';
export const closeWaitAnnotation = 'config.linkerd.io/close-wait-timeout';
export const additionalEnvAnnotation = 'config.linkerd.io/proxy-additional-env';

/** The label that keeps Linkerd's webhooks away from a namespace; as an annotation it does nothing. */
export const admissionWebhooksLabel = 'config.linkerd.io/admission-webhooks';
