import { once } from 'node:events';
import { createServer } from 'node:https';
import { issueServing } from '../../../src/certificates/issue.ts';
import { isRecord, type KubernetesObject, stringMap } from '../../../src/kubernetes/object.ts';
import { predictInjection } from '../../../src/linkerd/index.ts';
import type { ControlPlane } from '../control-plane.ts';
import { registerWebhooks, webhookConfiguration } from '../webhook.ts';
import { linkerd } from './mesh.ts';

/** The annotation by which the check knows that this injector, and not somebody else, gave a pod its proxy. */
export const injectedMark = 'model.example/injected';

/**
 * A stand-in for Linkerd's injector, whose webhook comes after tollgate's: it adds a proxy where Linkerd would, in the
 * shape in which Linkerd does. The decision is `predictInjection`'s, which is proved against Linkerd elsewhere.
 */
export async function startInjector(
  controlPlane: ControlPlane,
): Promise<{ readonly close: () => Promise<void> }> {
  const { api, authority } = controlPlane;
  const address = '10.77.0.4';
  const { certificate, key } = await issueServing({ authority, hosts: [address], now: new Date(), days: 1 });
  const answer = async (request: Request): Promise<readonly object[]> => {
    const namespace = await api.get(`/api/v1/namespaces/${request.namespace ?? 'default'}`);
    const { name = '', labels, annotations } = namespace?.metadata ?? {};
    const known = { name, labels: stringMap(labels), annotations: stringMap(annotations) };
    const prediction = predictInjection(request.object, known, linkerd);
    return prediction.injected && prediction.podCreation === 'allowed'
      ? patchOf(request.object, prediction.proxyAs === 'initContainer', name)
      : [];
  };
  const server = createServer({ cert: certificate, key }, (incoming, outgoing) => {
    let text = '';
    incoming.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    incoming.on('end', async () => {
      const { request } = JSON.parse(text) as { request: Request };
      const patch = await answer(request).catch(() => []);
      const encoded = Buffer.from(JSON.stringify(patch)).toString('base64');
      const response = { uid: request.uid, allowed: true, patchType: 'JSONPatch', patch: encoded };
      outgoing.setHeader('content-type', 'application/json');
      outgoing.end(JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response }));
    });
  });
  server.listen(8444, address);
  await once(server, 'listening');
  await registerWebhooks(controlPlane, [
    webhookConfiguration({
      kind: 'MutatingWebhookConfiguration',
      name: 'linkerd-proxy-injector-webhook-config',
      webhook: 'linkerd-proxy-injector.linkerd.io',
      clientConfig: {
        url: `https://${address}:8444/`,
        caBundle: Buffer.from(authority.certificate).toString('base64'),
      },
      failurePolicy: 'Fail',
      resources: ['pods'],
      reinvocationPolicy: 'IfNeeded',
    }),
  ]);
  return {
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

interface Request {
  readonly uid: string;
  readonly namespace?: string;
  readonly object: KubernetesObject;
}

/** What linkerd2's `charts/patch` and `charts/partials` add to a pod, as far as anybody looks at it. */
function patchOf(
  { metadata, spec }: KubernetesObject,
  native: boolean,
  namespace: string,
): readonly object[] {
  const { initContainers, volumes } = isRecord(spec) ? spec : {};
  const proxy = {
    name: 'linkerd-proxy',
    image: `cr.l5d.io/linkerd/proxy:${release}`,
    ...(native && { restartPolicy: 'Always' }),
    env: [{ name: 'LINKERD2_PROXY_LOG', value: 'warn,linkerd=info' }],
    ports: [
      { name: 'linkerd-proxy', containerPort: 4143 },
      { name: 'linkerd-admin', containerPort: 4191 },
    ],
    securityContext: {
      runAsUser: 2102,
      runAsNonRoot: true,
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
    },
    volumeMounts: [
      { name: 'linkerd-identity-end-entity', mountPath: '/var/run/linkerd/identity/end-entity' },
    ],
  };
  const init = {
    name: 'linkerd-init',
    image: 'cr.l5d.io/linkerd/proxy-init:v2.4.2',
    args: ['--incoming-proxy-port', '4143', '--outgoing-proxy-port', '4140', '--proxy-uid', '2102'],
    securityContext: {
      runAsUser: 65534,
      runAsNonRoot: true,
      capabilities: { add: ['NET_ADMIN', 'NET_RAW'] },
    },
  };
  const identity = { name: 'linkerd-identity-end-entity', emptyDir: { medium: 'Memory' } };
  const map = (path: string, present: unknown, added: Readonly<Record<string, string>>) => ({
    op: 'add',
    path,
    value: { ...(isRecord(present) ? present : {}), ...added },
  });
  const list = (path: string, present: unknown, added: readonly object[]) => ({
    op: 'add',
    path,
    value: [...added, ...(Array.isArray(present) ? present : [])],
  });
  return [
    map('/metadata/annotations', metadata.annotations, {
      'linkerd.io/created-by': `linkerd/proxy-injector ${release}`,
      'linkerd.io/proxy-version': release,
      'linkerd.io/trust-root-sha256': 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
      [injectedMark]: 'yes',
    }),
    map('/metadata/labels', metadata.labels, {
      'linkerd.io/control-plane-ns': 'linkerd',
      'linkerd.io/workload-ns': namespace,
    }),
    list('/spec/volumes', volumes, [identity]),
    list('/spec/initContainers', initContainers, native ? [init, proxy] : [init]),
    ...(native ? [] : [list('/spec/containers', isRecord(spec) ? spec['containers'] : [], [proxy])]),
  ];
}

const release = 'edge-26.8.3';
