import { isIP } from 'node:net';
import { stages } from '../../admission/stage.ts';
import { choice, list, toggle, value } from '../../settings.ts';

const text = (content: string) => (content === '' ? { problem: 'is empty' } : { value: content });

const path = (flag: string, description: string) =>
  value<string | undefined>(flag, { placeholder: 'FILE', description, fallback: undefined, read: text });

const readPort = (given: string) =>
  /^\d{1,5}$/.test(given) && Number(given) < 65_536
    ? { value: Number(given) }
    : { problem: `is ${JSON.stringify(given)}, expected a number from 0 to 65535` };

const readSeconds = (given: string) =>
  /^\d{1,4}$/.test(given)
    ? { value: Number(given) }
    : { problem: `is ${JSON.stringify(given)}, expected a number of seconds` };

const readAddress = (given: string) =>
  URL.canParse(given) && /^https?:/i.test(given)
    ? { value: given }
    : { problem: `is ${JSON.stringify(given)}, expected an address that begins with http:// or https://` };

const readRatio = (given: string) =>
  /^[\d.]+(?:e-\d{1,2})?$/i.test(given) && Number(given) <= 1
    ? { value: Number(given) }
    : { problem: `is ${JSON.stringify(given)}, expected a number from 0 to 1` };

const seconds = (flag: string, fallback: number, description: string) =>
  value(flag, {
    placeholder: 'SECONDS',
    description,
    fallback,
    fallbackText: String(fallback),
    read: readSeconds,
  });

const name = (flag: string, description: string) =>
  value<string | undefined>(flag, { placeholder: 'NAME', description, fallback: undefined, read: text });

/** Every flag of `tollgate serve`. */
export const serveSettings = {
  kubeconfig: path(
    'kubeconfig',
    'kubeconfig file of the cluster to follow; without it the service account of the pod',
  ),
  manifests: list('manifests', {
    placeholder: 'PATH',
    description: 'files or folders that stand for a cluster, instead of a live one',
    read: text,
  }),
  address: value<string | undefined>('address', {
    placeholder: 'ADDRESS',
    description: 'address to listen on',
    fallback: undefined,
    fallbackText: '127.0.0.1 with --manifests, else every address',
    read: (given) =>
      isIP(given) === 0
        ? { problem: `is ${JSON.stringify(given)}, expected an IP address` }
        : { value: given },
  }),
  port: value('port', {
    placeholder: 'PORT',
    description: 'port to listen on; 0 takes a free one',
    fallback: 8443,
    fallbackText: '8443',
    read: readPort,
  }),
  tlsCert: path('tls-cert', 'PEM file of the serving certificate; without it one is made at start'),
  tlsKey: path('tls-key', 'PEM file of its key'),
  tlsSecret: name('tls-secret', 'Secret with certificates of our own, made and renewed by itself'),
  namespace: name('namespace', 'namespace tollgate runs in: of its Secret, its Service and its Lease'),
  service: name('service', 'Service by which the API server calls, for certificates of its own'),
  webhookConfiguration: list('webhook-configuration', {
    placeholder: 'NAME',
    description:
      'webhook configuration, validating or mutating, that is told of the authority; the first is watched over',
    read: text,
  }),
  settleSeconds: seconds(
    'rotation-settle-seconds',
    60,
    'how long a new authority of its own is trusted before a certificate needs it, until all API servers know',
  ),
  keepSeconds: seconds(
    'rotation-keep-seconds',
    600,
    'how long the former authority is trusted after that, for replicas and connections that lag',
  ),
  lease: value<string | undefined>('lease', {
    placeholder: 'NAME',
    description: 'Lease by which one of several replicas is chosen for what one alone should do',
    fallback: undefined,
    fallbackText: 'the name of the Service, else tollgate',
    read: text,
  }),
  takeAwayLease: value<string | undefined>('take-away-lease', {
    placeholder: 'NAME',
    description: 'Lease by which replicas agree on changes that take cover away; the same for all of them',
    fallback: undefined,
    fallbackText: 'the name of the other Lease with -take-aways behind it',
    read: text,
  }),
  conventions: list('conventions', {
    placeholder: 'PATH',
    description: 'files or folders of conventions and waivers, followed, instead of the packaged convention',
    read: text,
  }),
  conventionsFromCluster: toggle('conventions-from-cluster', {
    description: 'follow the ConventionPolicy and Waiver objects of the cluster, instead of files',
  }),
  reports: toggle('reports', {
    description:
      'write what the audit finds as reports, one for each namespace, in the API of OpenReports or of the policy working group, whichever the cluster serves',
  }),
  stage: choice('stage', {
    words: stages,
    fallback: 'enforce',
    description:
      'observe: change and refuse nothing; mutate: add annotations and labels; enforce: refuse too',
  }),
  tlsMinVersion: choice('tls-min-version', {
    words: ['1.2', '1.3'],
    fallback: '1.2',
    description:
      'oldest TLS that is spoken; 1.2 with suites that authenticate and agree on new keys only, as FIPS builds need',
  }),
  docsUrl: value<string | undefined>('docs-url', {
    placeholder: 'URL',
    description: 'address of your own page about refusals, at the end of each denial',
    fallback: undefined,
    read: text,
  }),
  support: value<string | undefined>('support', {
    placeholder: 'TEXT',
    description: 'whom to ask about a refusal, at the end of each denial',
    fallback: undefined,
    read: text,
  }),
  clientCa: path('client-ca', 'PEM file of the authorities whose clients alone may ask for reviews'),
  clientName: list('client-name', {
    placeholder: 'NAME',
    description:
      'common name of a client certificate that may ask; without it all that --client-ca has signed',
    read: text,
  }),
  metricsPort: value<number | undefined>('metrics-port', {
    placeholder: 'PORT',
    description: 'port of /metrics over plain HTTP; without it there are none',
    fallback: undefined,
    read: readPort,
  }),
  tracingEndpoint: value<string | undefined>('tracing-endpoint', {
    placeholder: 'URL',
    description:
      'collector of traces that takes OTLP over HTTP, such as http://collector:4318; without it there are none',
    fallback: undefined,
    read: readAddress,
  }),
  tracingSampleRatio: value('tracing-sample-ratio', {
    placeholder: 'RATIO',
    description: 'part of the reviews that is traced, from 0 to 1',
    fallback: 1,
    fallbackText: '1',
    read: readRatio,
  }),
  auditPage: toggle('audit-page', {
    description:
      'serve what the audit finds at /audit (a page) and /audit.json on the port of the metrics, to whoever may read those',
  }),
  drainSeconds: seconds(
    'drain-seconds',
    5,
    'how long to go on answering after SIGTERM, until all API servers know',
  ),
  logLevel: choice('log-level', {
    words: ['debug', 'info', 'warn', 'error'],
    fallback: 'info',
    description: 'least level of what is logged',
  }),
  logTime: choice('log-time', {
    words: ['epoch', 'iso'],
    fallback: 'epoch',
    description: 'time of each line: milliseconds since 1970, or ISO 8601 with names for the levels',
  }),
  quiet: toggle('quiet', { description: 'log nothing at all' }),
};
