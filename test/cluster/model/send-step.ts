import { setTimeout as pause } from 'node:timers/promises';
import type { ModelCluster } from './cluster.ts';
import type { Operation, Outcome, Step } from './operation.ts';
import { path } from './paths.ts';
import { bindings, tenantsOf } from './users.ts';

/**
 * Sends the operations of a step in the same moment and waits for what the cluster owes them: the rights of tenants and
 * the first service account in a new namespace.
 */
export async function sendStep(
  cluster: ModelCluster,
  step: Step,
  suffix: string,
): Promise<readonly Outcome[]> {
  if (step.length > 1) await cluster.shuffle();
  const outcomes = await Promise.all(step.map((operation) => sendOne(cluster, operation, suffix)));
  for (const { operation, result } of outcomes)
    if (result === 'admitted' && operation.what === 'create namespace')
      await settle(cluster, (operation.body as { metadata: { name: string } }).metadata.name, suffix);
  return outcomes;
}

async function sendOne({ client }: ModelCluster, operation: Operation, suffix: string): Promise<Outcome> {
  for (let attempt = 0; ; attempt += 1) {
    const outcome = await client.send(operation, suffix);
    const isInOwn =
      operation.path.includes('/namespaces/') && tenantOfPath(operation.path) === operation.user;
    // The API server learns of new rights a moment later.
    if (outcome.result !== 'forbidden' || !isInOwn || attempt === 5) return outcome;
    await pause(20);
  }
}

function tenantOfPath(at: string) {
  return tenantsOf[/\/namespaces\/([^/]*?)%/.exec(at)?.[1] ?? ''];
}

async function settle({ client }: ModelCluster, name: string, suffix: string): Promise<void> {
  const tenant = tenantsOf[name.replace('%', '')];
  const namespace = name.replaceAll('%', suffix);
  if (tenant)
    for (const binding of bindings(tenant, namespace))
      await client.call(
        'POST',
        `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/rolebindings`,
        binding,
        {
          user: 'before',
        },
      );
  for (let attempt = 0; attempt < 250; attempt += 1) {
    const { status } = await client.call('GET', path('core', 'serviceaccounts', namespace, 'default'));
    if (status === 200) return;
    await pause(20);
  }
}
