import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { createServer, request, type RequestOptions } from 'node:https';
import type { ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { createInterface } from 'node:readline';
import { shownForm } from '../../src/calico/index.ts';
import { issueServing } from '../../src/certificates/issue.ts';
import type { KubernetesObject } from '../../src/kubernetes/object.ts';
import type { ControlPlane } from './control-plane.ts';
import { createKubectl } from './kubectl.ts';
import { until } from './until.ts';

export interface CalicoApiServerOptions {
  readonly controlPlane: ControlPlane;
  /** Such as `v3.31.7`: until 3.31 policies are stored with the prefix `default.`. */
  readonly version: string;
}

/** The account as which Calico's API server writes. */
export const calicoApiServer = 'system:serviceaccount:calico-apiserver:calico-apiserver';

const groups = [
  'system:serviceaccounts',
  'system:serviceaccounts:calico-apiserver',
  'system:authenticated',
  'system:masters',
];
const [v3, stored] = ['/apis/projectcalico.org/v3', '/apis/crd.projectcalico.org/v1'];
const [address, port] = ['10.77.0.4', 5443];

/**
 * A stand-in for Calico's aggregated API server, behind the API service `v3.projectcalico.org`: what it shows is stored as
 * `crd.projectcalico.org/v1`, which it writes under its own name. As in the real one no deletion is reviewed before it
 * becomes one of what is stored. Unlike there nothing else is reviewed in v3 either, nor defaulted, and nothing is patched.
 * Source: Calico `apiserver/pkg/storage/calico/resource.go`; `libcalico-go/lib/backend/k8s/resources/resources.go`.
 */
export async function startCalicoApiServer({ controlPlane, version }: CalicoApiServerOptions): Promise<{
  readonly stop: () => Promise<void>;
}> {
  const { authority, kubeconfig } = controlPlane;
  const hosts = [address, 'calico-api.calico-apiserver.svc'];
  const { certificate, key } = await issueServing({ authority, hosts, now: new Date(), days: 1 });
  const { users } = JSON.parse(readFileSync(kubeconfig, 'utf8')) as { users: [{ user: { token: string } }] };
  const headers = {
    authorization: `Bearer ${users[0].user.token}`,
    'impersonate-user': calicoApiServer,
    'impersonate-group': groups,
  };
  const send = async (method: string, path: string, body?: object): Promise<IncomingMessage> => {
    const options: RequestOptions = { method, ca: authority.certificate, headers: { ...headers } };
    const content = body && JSON.stringify(body);
    if (content !== undefined)
      options.headers = {
        ...headers,
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(content),
      };
    const outgoing = request(new URL(path, controlPlane.url), options);
    outgoing.end(content);
    const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
    return answer;
  };
  const isPrefixed = /^v3\.(?:2\d|3[01])\./.test(version);

  /** Where an object is stored that is shown at a path. */
  const storedPath = ({ pathname, search }: URL): string => {
    const path = `${stored}${pathname.slice(v3.length)}`;
    const [, resource = '', name] =
      /\/([a-z]+)(?:\/([^/]+))?$/.exec(path.replace(/\/namespaces\/[^/]+/, '')) ?? [];
    const isPolicy =
      isPrefixed && name !== undefined && /^(?:staged)?(?:global)?networkpolicies$/.test(resource);
    return isPolicy ? `${path.slice(0, -name.length)}${prefixed(name)}${search}` : path + search;
  };
  const storedForm = (object: KubernetesObject): object => {
    const { name = '', namespace, resourceVersion, labels, annotations } = object.metadata;
    const isPolicy = /^(?:Staged)?(?:Global)?NetworkPolicy$/.test(object.kind);
    const packed = { ...(isPolicy ? { name } : {}), labels, annotations, creationTimestamp: null };
    return {
      ...object,
      apiVersion: 'crd.projectcalico.org/v1',
      metadata: {
        name: isPolicy && isPrefixed ? prefixed(name) : name,
        ...(namespace === undefined ? {} : { namespace }),
        ...(resourceVersion === undefined ? {} : { resourceVersion }),
        annotations: { 'projectcalico.org/metadata': JSON.stringify(packed) },
      },
    };
  };
  const deleteAll = async (url: URL): Promise<IncomingMessage | undefined> => {
    const path = storedPath(url).replace(/\?.*/, '');
    const { items } = (await json(await send('GET', path))) as { items: KubernetesObject[] };
    for (const { metadata } of items) {
      const answer = await send('DELETE', `${path}/${metadata.name}`);
      if ((answer.statusCode ?? 500) >= 400) return answer;
      answer.resume();
    }
    return undefined;
  };
  const answer = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const url = new URL(incoming.url ?? '/', 'https://calico');
    const { method = 'GET' } = incoming;
    const isCollection = !/\/[a-z]+\/[^/]+$/.test(
      url.pathname.slice(v3.length).replace(/\/namespaces\/[^/]+/, ''),
    );
    if (!url.pathname.startsWith(v3)) return reply(outgoing, 404, status(404, 'not found'));
    if (url.pathname === v3)
      return reply(outgoing, 200, shownResources(await json(await send('GET', stored))));
    if (url.pathname === `${v3}/clusterinformations/default`)
      return reply(outgoing, 200, clusterInformation(version));
    if (method === 'DELETE' && isCollection) {
      const refused = await deleteAll(url);
      return refused ? relay(refused, outgoing) : reply(outgoing, 200, { kind: 'Status', status: 'Success' });
    }
    if (method !== 'GET' && method !== 'POST' && method !== 'PUT' && method !== 'DELETE')
      return reply(outgoing, 405, status(405, `this stand-in knows no ${method}`));
    const body =
      method === 'POST' || method === 'PUT' ? ((await json(incoming)) as KubernetesObject) : undefined;
    url.searchParams.delete('fieldManager');
    const wanted = method === 'GET' && isCollection ? filterOf(url) : () => true;
    const response = await send(method, storedPath(url), body && storedForm(body));
    if (url.searchParams.get('watch') !== null) return watch(response, outgoing, wanted);
    return relay(response, outgoing, wanted);
  };
  const server = createServer({ cert: certificate, key }, (incoming, outgoing) => {
    answer(incoming, outgoing).catch((error: unknown) => {
      if (!outgoing.headersSent) reply(outgoing, 500, status(500, String(error)));
      else outgoing.destroy();
    });
  });
  server.listen(port, address);
  await once(server, 'listening');
  await createKubectl(controlPlane).apply(registration(authority.certificate));
  await until('Calico’s API server to be served', () => controlPlane.api.get(`${v3}/globalnetworkpolicies`));
  return {
    stop: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function prefixed(name: string): string {
  return name.includes('.') ? name : `default.${name}`;
}

/** What is shown has the label of its tier, by which it is asked for; of selectors no more is understood than this. */
function filterOf({ searchParams }: URL): (object: KubernetesObject) => boolean {
  const selector = searchParams.get('labelSelector') ?? '';
  searchParams.delete('labelSelector');
  const named = /^metadata\.name=(.*)$/.exec(searchParams.get('fieldSelector') ?? '')?.[1];
  searchParams.delete('fieldSelector');
  return ({ metadata }) => selector === '' && (named === undefined || metadata.name === named);
}

function shown(object: KubernetesObject): KubernetesObject {
  const { metadata, ...rest } = shownForm(object);
  const { tier = 'default' } = (object.spec ?? {}) as { tier?: string };
  const isPolicy = object.kind.endsWith('Policy');
  const labels = { ...metadata.labels, ...(isPolicy ? { 'projectcalico.org/tier': tier } : {}) };
  return { ...rest, metadata: { ...metadata, labels } };
}

type Wanted = (object: KubernetesObject) => boolean;

async function relay(
  response: IncomingMessage,
  outgoing: ServerResponse,
  wanted: Wanted = () => true,
): Promise<void> {
  const code = response.statusCode ?? 500;
  const body = (await json(response)) as KubernetesObject;
  if (body.kind === 'Status') {
    const { message = '' } = body as unknown as { message?: string };
    const said = code === 403 ? { message: `connection is unauthorized: ${message}` } : {};
    return reply(outgoing, code, { ...body, ...said });
  }
  const { items } = body as unknown as { items?: readonly KubernetesObject[] };
  if (!items) return reply(outgoing, code, shown(body));
  const kind = body.kind.replace(/List$/, '');
  const all = items.map((item) => shown({ ...item, apiVersion: 'crd.projectcalico.org/v1', kind }));
  return reply(outgoing, code, { ...body, apiVersion: 'projectcalico.org/v3', items: all.filter(wanted) });
}

async function watch(response: IncomingMessage, outgoing: ServerResponse, wanted: Wanted): Promise<void> {
  outgoing.writeHead(response.statusCode ?? 500, { 'content-type': 'application/json' });
  outgoing.flushHeaders();
  outgoing.on('close', () => response.destroy());
  for await (const line of createInterface({ input: response })) {
    const event = JSON.parse(line) as { type: string; object: KubernetesObject };
    const object = event.type === 'ERROR' ? event.object : shown(event.object);
    if (event.type === 'BOOKMARK' || wanted(object))
      outgoing.write(`${JSON.stringify({ ...event, object })}\n`);
  }
  outgoing.end();
}

function reply(outgoing: ServerResponse, code: number, body: object): void {
  outgoing.writeHead(code, { 'content-type': 'application/json' });
  outgoing.end(JSON.stringify(body));
}

function status(code: number, message: string): object {
  return { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, message };
}

function clusterInformation(calicoVersion: string): object {
  return {
    apiVersion: 'projectcalico.org/v3',
    kind: 'ClusterInformation',
    metadata: { name: 'default' },
    spec: { calicoVersion },
  };
}

function shownResources(list: unknown): object {
  const { resources } = list as {
    resources: readonly { readonly name: string; readonly verbs: readonly string[] }[];
  };
  const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'update', 'watch'];
  const information = {
    name: 'clusterinformations',
    kind: 'ClusterInformation',
    namespaced: false,
    verbs: ['get'],
  };
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: 'projectcalico.org/v3',
    resources: [
      information,
      ...resources.filter(({ name }) => !name.includes('/')).map((resource) => ({ ...resource, verbs })),
    ],
  };
}

function registration(ca: string): readonly object[] {
  const metadata = { name: 'calico-api', namespace: 'calico-apiserver' };
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'calico-apiserver' } },
    { apiVersion: 'v1', kind: 'Service', metadata, spec: { ports: [{ port: 443, targetPort: port }] } },
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { ...metadata, labels: { 'kubernetes.io/service-name': 'calico-api' } },
      addressType: 'IPv4',
      ports: [{ name: '', port }],
      endpoints: [{ addresses: [address], conditions: { ready: true } }],
    },
    {
      apiVersion: 'apiregistration.k8s.io/v1',
      kind: 'APIService',
      metadata: { name: 'v3.projectcalico.org' },
      spec: {
        group: 'projectcalico.org',
        version: 'v3',
        service: { ...metadata, port: 443 },
        caBundle: Buffer.from(ca).toString('base64'),
        groupPriorityMinimum: 1500,
        versionPriority: 200,
      },
    },
  ];
}
