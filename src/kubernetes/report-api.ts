/** An API in which findings can be reported: where it is served, and what its kinds are called. */
export interface ReportApi {
  readonly group: string;
  readonly version: string;
  /** Of a namespace. */
  readonly report: ReportKind;
  /** Of what is outside of all namespaces. */
  readonly clusterReport: ReportKind;
  /** Whether the report itself says who made it, and not only each result. */
  readonly hasSource: boolean;
}

export interface ReportKind {
  readonly kind: string;
  readonly resource: string;
}

/** Reports of OpenReports. Source: openreports/reports-api, apis/openreports.io/v1alpha1. */
export const openReports: ReportApi = {
  group: 'openreports.io',
  version: 'v1alpha1',
  report: { kind: 'Report', resource: 'reports' },
  clusterReport: { kind: 'ClusterReport', resource: 'clusterreports' },
  hasSource: true,
};

/**
 * Reports of Kubernetes' policy working group, which those of OpenReports come from.
 * Source: kubernetes-sigs/wg-policy-prototypes, policy-report/pkg/api/wgpolicyk8s.io/v1alpha2.
 */
export const policyReports: ReportApi = {
  group: 'wgpolicyk8s.io',
  version: 'v1alpha2',
  report: { kind: 'PolicyReport', resource: 'policyreports' },
  clusterReport: { kind: 'ClusterPolicyReport', resource: 'clusterpolicyreports' },
  hasSource: false,
};

/**
 * The APIs of reports; where both are served, reports are written in the first.
 * Source: kyverno/policy-reporter reads both (pkg/kubernetes/openreports, pkg/kubernetes/wgpolicy).
 */
export const reportApis: readonly ReportApi[] = [openReports, policyReports];

/** The path of one of an API's collections, of one namespace or of the whole cluster. */
export function reportPath(
  { group, version }: ReportApi,
  { resource }: ReportKind,
  namespace?: string,
): string {
  const within = namespace === undefined ? '' : `namespaces/${encodeURIComponent(namespace)}/`;
  return `/apis/${group}/${version}/${within}${resource}`;
}
