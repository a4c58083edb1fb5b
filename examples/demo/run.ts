import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import colour from 'picocolors';
import type { KubernetesObject } from '../../src/kubernetes/object.ts';
import { serve } from '../../src/main.ts';
import { createApiServer, type Outcome } from './api-server.ts';

/**
 * The main job in one screen: the real HTTPS server with certificates of its own on loopback, asked by a stand-in
 * for the API server. Ends with exit code 1 if any answer is not the one that is told here.
 */
const running = await serve({
  manifests: [join(import.meta.dirname, 'cluster.yaml')],
  address: '127.0.0.1',
  port: 0,
});
const api = createApiServer(running.url, running.authority ?? '', running.store);
const recorded = (file: string): KubernetesObject =>
  JSON.parse(readFileSync(join(import.meta.dirname, '../reviews', file), 'utf8')).request.object;
const manifest = (file: string) =>
  load(readFileSync(join(import.meta.dirname, file), 'utf8')) as KubernetesObject;

const shop = recorded('namespace-create.json');
const web = recorded('deployment-create-mutate.json');
const defaultDeny = manifest('default-deny.yaml');
const allowAll = manifest('allow-all.yaml');
let wrong = 0;
let step = 0;

console.log(`tollgate listens on ${running.url} (TLS 1.3, its own certificates); ada is using kubectl\n`);

tell('kubectl create namespace shop', await api.create(shop), false);
tell('kubectl apply -f examples/demo/default-deny.yaml', await api.create(defaultDeny), true);
tell('kubectl create namespace shop', await api.create(shop), true);
tell('kubectl apply -f examples/demo/allow-all.yaml', await api.create(allowAll), false);
const first = await api.create(web);
tell('kubectl apply -f web.yaml', first, true, 2);
const patched = first.stored ?? web;
tell(
  'kubectl replace -f web.yaml      # the patched Deployment, sent once more',
  await api.create(patched),
  true,
  0,
);
const scaled = { ...patched, spec: { ...(patched.spec as object), replicas: 5 } };
tell('kubectl scale deployment web --replicas=5', await api.update(patched, scaled), true, 0);
tell('kubectl delete globalnetworkpolicy default-deny', await api.remove(defaultDeny), false);

api.close();
await running.close();
console.log(
  wrong === 0
    ? `${step} reviews, each answered as it should be`
    : `${wrong} of ${step} reviews were answered wrongly`,
);
process.exitCode = wrong === 0 ? 0 : 1;

/** Prints one write as kubectl would, and notes where the answer is not the expected one. */
function tell(command: string, outcome: Outcome, allowed: boolean, operations?: number): void {
  step++;
  console.log(colour.bold(`${step}. $ ${command}`));
  for (const warning of outcome.warnings) console.log(colour.yellow(`   Warning: ${warning}`));
  if (!outcome.allowed) {
    const lines = `Error from server (Forbidden): admission webhook "validate.tollgate.dev" denied the request:\n${outcome.message}`;
    for (const line of lines.split('\n')) console.log(colour.red(`   ${line}`));
  } else {
    console.log(
      colour.green(
        `   ${kindOf(outcome)} ${outcome.patch.length > 0 ? 'allowed, with a patch:' : 'allowed, nothing to change'}`,
      ),
    );
    for (const { op, path, ...rest } of outcome.patch) {
      console.log(
        colour.green(
          `   ${op === 'add' ? '+' : '-'} ${path}${'value' in rest ? ` = ${JSON.stringify(rest.value)}` : ''}`,
        ),
      );
    }
  }
  console.log();
  if (outcome.allowed !== allowed || (operations !== undefined && outcome.patch.length !== operations)) {
    wrong++;
    console.log(
      colour.red(
        `   expected: ${allowed ? 'allowed' : 'denied'}${operations === undefined ? '' : `, ${operations} patch operations`}\n`,
      ),
    );
  }
}

function kindOf({ stored }: Outcome): string {
  return stored ? `${stored.kind.toLowerCase()}/${stored.metadata.name ?? ''}` : '';
}
