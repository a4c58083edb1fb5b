/** The annotations that more than one file reads by name; that of opaque ports is in `ports/opaque-ports.ts`. */
export const injectAnnotation = 'linkerd.io/inject';
export const requireIdentityAnnotation = 'config.linkerd.io/proxy-require-identity-inbound-ports';
export const defaultInboundPolicyAnnotation = 'config.linkerd.io/default-inbound-policy';
export const additionalEnvAnnotation = 'config.linkerd.io/proxy-additional-env';
