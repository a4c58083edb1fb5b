import { TollgateError } from '../errors.ts';
import { defineCommand } from './command.ts';
import { serveSettings } from './settings/serve-settings.ts';

/** `tollgate serve`: the admission server, on a live cluster or on manifests that stand for one. */
export const command = defineCommand({
  usage: '',
  description:
    'Answers the AdmissionReviews of an API server at /validate and /mutate, and its probes at /livez and /readyz. What exists is followed in the cluster of a kubeconfig file or of the pod it runs in, or read once from manifests.',
  settings: serveSettings,
  examples: [
    ['tollgate serve --kubeconfig ~/.kube/config --port 8443', 'follow a cluster from outside'],
    ['tollgate serve --manifests examples/demo', 'judge against manifests, with a certificate made at start'],
  ],
  run: async ({ values, positionals }, { folder, environment, version, untilStopped }) => {
    const problems = problemsOf(values, positionals);
    if (problems.length > 0)
      throw new TollgateError('ERR_USAGE', { problems: problems.join('\ntollgate: '), command: 'serve' });
    const { serveUntilStopped } = await import('../application/serve/serve-until-stopped.ts');
    const { manifests, kubeconfig, address, port, tlsCert, tlsKey, conventions, logLevel, quiet } = values;
    const { stage, clientCa, clientName: clientNames, metricsPort, drainSeconds, namespace } = values;
    const { tlsSecret: secret, service, webhookConfiguration: configurations } = values;
    const times = { settleMs: values.settleSeconds * 1000, keepMs: values.keepSeconds * 1000 };
    const lease = values.lease ?? service;
    const [configuration] = configurations;
    const { conventionsFromCluster, takeAwayLease, reports, auditPage } = values;
    if (conventionsFromCluster && conventions.length > 0)
      throw new TollgateError('ERR_CONVENTION_SOURCES', { paths: conventions.join(', ') });
    return serveUntilStopped(
      {
        address: address ?? (manifests.length > 0 ? '127.0.0.1' : '::'),
        port,
        conventions,
        conventionsFromCluster,
        reports,
        auditPage,
        stage,
        clientNames,
        drainLagMs: drainSeconds * 1000,
        minVersion: values.tlsMinVersion === '1.3' ? 'TLSv1.3' : 'TLSv1.2',
        help: {
          ...(values.docsUrl === undefined ? {} : { docs: values.docsUrl }),
          ...(values.support === undefined ? {} : { support: values.support }),
        },
        ...(values.tracingEndpoint === undefined
          ? {}
          : { tracing: { endpoint: values.tracingEndpoint, sampleRatio: values.tracingSampleRatio } }),
        ...(namespace === undefined ? {} : { namespace }),
        ...(configuration === undefined ? {} : { configuration }),
        ...(lease === undefined ? {} : { lease }),
        ...(takeAwayLease === undefined ? {} : { takeAwayLease }),
        ...(secret === undefined || service === undefined
          ? {}
          : { ownCertificates: { secret, service, configurations, times } }),
        ...(clientCa === undefined ? {} : { clientCa }),
        ...(metricsPort === undefined ? {} : { metricsPort }),
        ...(manifests.length > 0 ? { manifests } : {}),
        ...(kubeconfig === undefined ? {} : { kubeconfig }),
        ...(tlsCert === undefined ? {} : { tlsCert }),
        ...(tlsKey === undefined ? {} : { tlsKey }),
      },
      {
        folder,
        environment,
        version,
        untilStopped,
        logLevel: quiet ? 'silent' : logLevel,
        logTime: values.logTime,
      },
    );
  },
});

/** What is wrong with settings that are right one by one. */
function problemsOf(
  given: {
    readonly manifests: readonly string[];
    readonly kubeconfig: string | undefined;
    readonly tlsCert: string | undefined;
    readonly tlsKey: string | undefined;
    readonly tlsSecret: string | undefined;
    readonly namespace: string | undefined;
    readonly service: string | undefined;
    readonly webhookConfiguration: readonly string[];
    readonly conventionsFromCluster: boolean;
    readonly reports: boolean;
    readonly auditPage: boolean;
    readonly metricsPort: number | undefined;
    readonly clientCa: string | undefined;
    readonly clientName: readonly string[];
  },
  positionals: readonly string[],
): readonly string[] {
  const { manifests, kubeconfig, tlsCert, tlsKey, tlsSecret, namespace, service, webhookConfiguration } =
    given;
  const { conventionsFromCluster } = given;
  const isIncomplete =
    tlsSecret !== undefined &&
    (namespace === undefined || service === undefined || webhookConfiguration.length === 0);
  return [
    ...(positionals.length > 0 ? [`serve takes no arguments, found ${positionals.join(' ')}`] : []),
    ...(manifests.length > 0 && kubeconfig !== undefined
      ? ['--manifests and --kubeconfig name two pictures of the cluster; give one']
      : []),
    ...((tlsCert === undefined) === (tlsKey === undefined)
      ? []
      : ['--tls-cert and --tls-key belong together; give both or neither']),
    ...(given.clientName.length > 0 && given.clientCa === undefined
      ? ['--client-name needs --client-ca, whose certificates it chooses from']
      : []),
    ...(isIncomplete
      ? ['--tls-secret needs --namespace, --service and --webhook-configuration beside it']
      : []),
    ...(tlsSecret !== undefined && tlsCert !== undefined
      ? ['--tls-secret and --tls-cert name two certificates; give one']
      : []),
    ...(conventionsFromCluster && manifests.length > 0
      ? ['--conventions-from-cluster needs a live cluster, and --manifests stands for one']
      : []),
    ...(given.auditPage && given.metricsPort === undefined
      ? ['--audit-page needs --metrics-port, where it is served']
      : []),
    ...(given.reports && manifests.length > 0
      ? ['--reports needs a live cluster, and --manifests stands for one']
      : []),
    ...(tlsSecret !== undefined && manifests.length > 0
      ? ['--tls-secret needs a live cluster, and --manifests stands for one']
      : []),
  ];
}
