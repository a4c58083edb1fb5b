/**
 * How the cluster serves Calico's API, which decides defaulting: through Calico's API server (or calicoctl), as
 * native `projectcalico.org/v3` custom resources, or as `crd.projectcalico.org/v1` objects that nothing defaults.
 */
export type CalicoMode = 'apiserver' | 'v3crd' | 'raw';
