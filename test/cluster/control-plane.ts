import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { issueAuthority, issueClient, issueServing, type KeyPair } from '../../src/certificates/issue.ts';
import { type ApiClient, createApiClient } from './api-client.ts';
import { toolPath } from './binaries.ts';
import { type Program, startProgram } from './program.ts';
import { until } from './until.ts';

export interface ControlPlaneOptions {
  /** Start the controller manager too (2 s, 100 MB): without it no ServiceAccount exists and no namespace ever goes. */
  readonly controllers?: boolean;
  /** All controllers speak as `system:kube-controller-manager`, as some distributions have it. */
  readonly controllersShareUser?: boolean;
  /** Keep an audit log at this level. */
  readonly audit?: 'Metadata' | 'Request' | 'RequestResponse';
  /** More flags for the API server. */
  readonly flags?: readonly string[];
}

export interface ControlPlane {
  readonly url: string;
  /** Signs this cluster's certificates; issue those of webhook servers by it too. */
  readonly authority: KeyPair;
  /** Temporary folder with every file of this cluster; gone after `stop`. */
  readonly folder: string;
  /** Kubeconfig file of a cluster administrator. */
  readonly kubeconfig: string;
  /** Calls as that administrator. */
  readonly api: ApiClient;
  /** That administrator's bearer token. */
  readonly token: string;
  /** Writes a kubeconfig file for a user, who may do what RBAC gives that name. */
  kubeconfigFor(user: string): Promise<string>;
  program(name: ProgramName): Program;
  /** Starts the API server again after it was stopped or killed; resolves when it is ready. */
  startApi(): Promise<void>;
  auditLog(): readonly AuditEvent[];
  stop(): Promise<void>;
}

export type ProgramName = 'etcd' | 'kube-apiserver' | 'kube-controller-manager';

/** What tests read of `audit.k8s.io/v1` Event. */
export interface AuditEvent {
  readonly verb: string;
  readonly requestURI: string;
  readonly user: { readonly username: string };
  readonly objectRef?: { readonly resource: string; readonly namespace?: string; readonly name?: string };
  readonly responseStatus?: { readonly code: number };
  readonly annotations?: Readonly<Record<string, string>>;
}

const controllers = [
  'namespace-controller',
  'serviceaccount-controller',
  'root-ca-certificate-publisher-controller',
  'garbage-collector-controller',
  'deployment-controller',
  'replicaset-controller',
  'daemonset-controller',
  'statefulset-controller',
  'job-controller',
  'cronjob-controller',
  'endpoints-controller',
  'endpointslice-controller',
  'endpointslice-mirroring-controller',
  'clusterrole-aggregation-controller',
  'disruption-controller',
  'validatingadmissionpolicy-status-controller',
];

/** Starts etcd, a real kube-apiserver and, if wanted, its controllers; resolves when they are ready (3 to 6 s). */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const folder = mkdtempSync(join(tmpdir(), 'control-plane-'));
  const write = (name: string, content: string): string => {
    const path = join(folder, name);
    writeFileSync(path, content, { mode: 0o600 });
    return path;
  };
  const [etcdPort, peerPort, apiPort, controllersPort] = await freePorts(4);
  const url = `https://127.0.0.1:${apiPort}`;
  const validity = { now: new Date(), days: 1 };
  const authority = await issueAuthority(validity);
  const clientOf = async (name: string): Promise<object> => {
    const { certificate, key } = await issueClient({ ...validity, authority, name });
    return { 'client-certificate-data': base64(certificate), 'client-key-data': base64(key) };
  };
  const [manager, server] = await Promise.all([
    clientOf('system:kube-controller-manager'),
    issueServing({ ...validity, authority, hosts: ['127.0.0.1', '10.96.0.1', 'kubernetes.default.svc'] }),
  ]);
  const token = randomUUID();
  const signingKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const files = {
    ca: write('ca.crt', authority.certificate),
    cert: write('apiserver.crt', server.certificate),
    key: write('apiserver.key', server.key),
    serviceAccounts: write('sa.key', signingKey.export({ type: 'sec1', format: 'pem' }).toString()),
    admin: write('admin.kubeconfig', kubeconfig(url, authority, { token })),
    manager: write('manager.kubeconfig', kubeconfig(url, authority, manager)),
    tokens: write('tokens.csv', `${token},admin,admin,system:masters\n`),
    auditPolicy: write('audit-policy.json', auditPolicy(options.audit ?? 'None')),
    auditLog: join(folder, 'audit.log'),
  };
  const api = createApiClient(url, authority.certificate, token);
  const programs = new Map<ProgramName, Program>();
  const start = (name: ProgramName, args: readonly string[]): void => {
    programs.set(name, startProgram(name, toolPath(name), args, { log: join(folder, `${name}.log`) }));
  };
  const program = (name: ProgramName): Program => {
    const found = programs.get(name);
    if (!found) throw new Error(`${name} was not started`);
    return found;
  };
  const startApi = async (): Promise<void> => {
    start('kube-apiserver', [
      `--etcd-servers=http://127.0.0.1:${etcdPort}`,
      '--bind-address=127.0.0.1',
      '--advertise-address=127.0.0.1',
      `--secure-port=${apiPort}`,
      `--cert-dir=${folder}`,
      `--tls-cert-file=${files.cert}`,
      `--tls-private-key-file=${files.key}`,
      `--client-ca-file=${files.ca}`,
      `--token-auth-file=${files.tokens}`,
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${files.serviceAccounts}`,
      `--service-account-signing-key-file=${files.serviceAccounts}`,
      '--service-cluster-ip-range=10.96.0.0/24',
      '--authorization-mode=RBAC',
      '--endpoint-reconciler-type=none',
      '--enable-aggregator-routing=true', // else webhooks behind a Service are dialled at their unreachable ClusterIP
      '--shutdown-watch-termination-grace-period=1s', // else SIGTERM takes a minute while a watch is open
      `--audit-policy-file=${files.auditPolicy}`,
      `--audit-log-path=${files.auditLog}`,
      '--audit-log-mode=blocking',
      ...(options.flags ?? []),
    ]);
    await running(
      program('kube-apiserver'),
      'to be ready',
      async () => (await api.text('/readyz')).status === 200,
    );
  };
  const startControllers = async (): Promise<void> => {
    start('kube-controller-manager', [
      `--kubeconfig=${files.manager}`,
      `--authentication-kubeconfig=${files.manager}`,
      `--authorization-kubeconfig=${files.manager}`,
      '--bind-address=127.0.0.1',
      `--secure-port=${controllersPort}`,
      `--cert-dir=${folder}`,
      '--leader-elect=false',
      `--service-account-private-key-file=${files.serviceAccounts}`,
      `--root-ca-file=${files.ca}`,
      `--use-service-account-credentials=${!options.controllersShareUser}`,
      `--controllers=${controllers.join(',')}`,
    ]);
    const first = '/api/v1/namespaces/default/serviceaccounts/default';
    await running(program('kube-controller-manager'), 'to make the first ServiceAccount', () =>
      api.get(first),
    );
  };
  const stop = async (): Promise<void> => {
    for (const one of [...programs.values()].toReversed()) await one.stop();
    api.close();
    rmSync(folder, { recursive: true, force: true });
  };

  try {
    start('etcd', [
      `--data-dir=${join(folder, 'etcd')}`,
      `--listen-client-urls=http://127.0.0.1:${etcdPort}`,
      `--advertise-client-urls=http://127.0.0.1:${etcdPort}`,
      `--listen-peer-urls=http://127.0.0.1:${peerPort}`,
      `--initial-advertise-peer-urls=http://127.0.0.1:${peerPort}`,
      `--initial-cluster=default=http://127.0.0.1:${peerPort}`,
      '--unsafe-no-fsync',
      '--log-level=warn',
    ]);
    await startApi();
    if (options.controllers) await startControllers();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url,
    authority,
    folder,
    kubeconfig: files.admin,
    api,
    token,
    program,
    startApi,
    stop,
    kubeconfigFor: async (user) =>
      write(`${user.replaceAll(/\W/g, '-')}.kubeconfig`, kubeconfig(url, authority, await clientOf(user))),
    auditLog: () =>
      readFileSync(files.auditLog, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as AuditEvent),
  };
}

/** Waits for a program's sign of life, but not after it has ended. */
async function running(program: Program, what: string, ask: () => Promise<unknown>): Promise<void> {
  await until(`${program.name} ${what}`, async () => program.ended() !== undefined || Boolean(await ask()), {
    seconds: 60,
  });
  if (program.ended() === undefined) return;
  throw new Error(`${program.name} ended (${program.ended()}): ${program.log().trim().split('\n').at(-1)}`);
}

function kubeconfig(server: string, { certificate }: KeyPair, user: object): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server, 'certificate-authority-data': base64(certificate) } }],
    users: [{ name: 'test', user }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    'current-context': 'test',
  });
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

function auditPolicy(level: string): string {
  const rules = [{ level: 'None', nonResourceURLs: ['*'] }, { level }];
  return JSON.stringify({
    apiVersion: 'audit.k8s.io/v1',
    kind: 'Policy',
    omitStages: ['RequestReceived'],
    rules,
  });
}

/** Ports that nobody else takes in between: the network namespace is this test's own. */
async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports = await Promise.all(
    servers.map((server) => {
      const { promise, resolve, reject } = Promise.withResolvers<number>();
      server.on('error', reject).listen(0, '127.0.0.1', () => {
        const address = server.address();
        resolve(typeof address === 'object' && address ? address.port : 0);
      });
      return promise;
    }),
  );
  for (const server of servers) server.close();
  return ports;
}
