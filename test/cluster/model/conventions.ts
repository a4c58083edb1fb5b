import { readConventions } from '../../../src/index.ts';
import type { ConventionSet } from '../../../src/conventions/convention-set.ts';
import type { Convention } from '../../../src/conventions/convention/convention.ts';
import type { NamespaceIdentity } from '../../../src/kubernetes/namespace.ts';

/** How Calico runs in the model's cluster, for tollgate and for the check alike. */
export const calico = { mode: 'v3crd', version: '3.32' } as const;

const common = `
  calico: { mode: ${calico.mode}, version: "${calico.version}" }
  # Unreadable policies are let in with a warning, so that coverage is undecided now and then; and nobody runs Linkerd here.
  rules: { policy/invalid: warn, policy/selector-syntax: warn, policy/tier-missing: warn, mesh/control-plane-blocked: off }
  mesh: { inject: enabled }
  labels:
    - { key: app.kubernetes.io/name, value: { firstOf: [{ podLabel: app }, { workloadName: {} }] }, required: true }`;

const convention = (name: string, priority: number, spec: string) => `
apiVersion: tollgate.dev/v1alpha1
kind: ConventionPolicy
metadata: { name: ${name} }
spec:
  priority: ${priority}${common}
${spec}`;

/** One convention of each kind; a namespace changes from one to another by a label. */
export const conventionsText = [
  convention('base', 0, '  defaultDeny: {}'),
  convention(
    'born',
    5,
    `  namespaces: { selector: { matchLabels: { born: closed } } }
  defaultDeny: { coverLabel: { key: tollgate.dev/default-deny, value: enforced } }`,
  ),
  convention(
    'ingress-only',
    10,
    `  namespaces: { selector: { matchLabels: { ways: in } } }
  defaultDeny: { directions: [Ingress] }`,
  ),
  convention(
    'hold',
    15,
    `  namespaces: { selector: { matchLabels: { mode: hold } } }
  defaultDeny: { onMissing: hold }`,
  ),
  convention('lax', 20, '  namespaces: { selector: { matchLabels: { zone: lax } } }'),
].join('\n---');

/** Namespaces that no convention is for, by their exact names: what the cluster and its network need to come up. */
const ofTheInstallation = new Set([
  'kube-system',
  'kube-public',
  'kube-node-lease',
  'calico-system',
  'calico-apiserver',
  'tigera-operator',
  'linkerd',
  'linkerd-viz',
  'linkerd-jaeger',
  'linkerd-multicluster',
  'linkerd-cni',
  'cert-manager',
  'tollgate-system',
]);

/** Which convention should govern a namespace. A name that only resembles one of the installation changes nothing. */
export type Governing = (namespace: NamespaceIdentity) => Convention | undefined;

/** @throws where the conventions have a fault. */
export async function modelConventions(): Promise<{
  readonly set: ConventionSet;
  readonly governing: Governing;
}> {
  const { set, problems } = await readConventions([{ name: 'model.yaml', text: conventionsText }]);
  if (!set) throw new Error(JSON.stringify(problems, null, 2));
  const base = set.conventions.find(({ name }) => name === 'base');
  return {
    set,
    governing: (namespace) =>
      ofTheInstallation.has(namespace.name) ? undefined : (set.governing(namespace) ?? base),
  };
}
