import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:https';
import { applyPatch } from '../../src/admission/apply-patch.ts';
import type { PatchOperation } from '../../src/admission/patch.ts';
import type { InventoryStore } from '../../src/inventory/inventory-store.ts';
import type { AdmissionResponse } from '../../src/kubernetes/admission-review.ts';
import { groupOf, referenceOf, type KubernetesObject } from '../../src/kubernetes/object.ts';

/** What became of one write, as the API server would tell kubectl. */
export interface Outcome {
  readonly allowed: boolean;
  readonly message: string;
  readonly warnings: readonly string[];
  readonly patch: readonly PatchOperation[];
  /** The object as it was stored; absent where the write was refused. */
  readonly stored?: KubernetesObject;
}

export interface ApiServer {
  readonly create: (object: KubernetesObject) => Promise<Outcome>;
  readonly update: (oldObject: KubernetesObject, object: KubernetesObject) => Promise<Outcome>;
  readonly remove: (object: KubernetesObject) => Promise<Outcome>;
  readonly close: () => void;
}

/**
 * A stand-in for the API server that does to a write what the real one does: mutating webhook, validating webhook,
 * and then, unless it was refused, the object is stored where the webhook's view of the cluster sees it.
 */
export function createApiServer(url: string, ca: string, store: InventoryStore): ApiServer {
  const agent = new Agent({ keepAlive: true, ca, minVersion: 'TLSv1.3' });

  const ask = (path: string, review: object) =>
    new Promise<AdmissionResponse>((resolve, reject) => {
      const body = JSON.stringify(review);
      const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
      const outgoing = request(url + path, { agent, method: 'POST', headers }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () => resolve(JSON.parse(Buffer.concat(chunks).toString('utf8')).response));
      });
      outgoing.on('error', reject);
      outgoing.end(body);
    });

  const admit = async (
    operation: string,
    object: KubernetesObject | null,
    oldObject: KubernetesObject | null,
  ) => {
    const mutated = object && (await ask('/mutate', reviewOf(operation, object, oldObject)));
    const patch: PatchOperation[] = mutated?.patch
      ? JSON.parse(Buffer.from(mutated.patch, 'base64').toString('utf8'))
      : [];
    const final = object && applyPatch(object, patch);
    const answer = await ask('/validate', reviewOf(operation, final, oldObject));
    const outcome = {
      allowed: answer.allowed,
      message: answer.status?.message ?? '',
      warnings: answer.warnings ?? [],
      patch,
    };
    if (!answer.allowed) return outcome;
    store.apply(final ? { put: [final] } : { remove: oldObject ? [referenceOf(oldObject)] : [] });
    return final ? { ...outcome, stored: final } : outcome;
  };
  return {
    create: (object) => admit('CREATE', object, null),
    update: (oldObject, object) => admit('UPDATE', object, oldObject),
    remove: (object) => admit('DELETE', null, object),
    close: () => agent.destroy(),
  };
}

function reviewOf(
  operation: string,
  object: KubernetesObject | null,
  oldObject: KubernetesObject | null,
): object {
  const subject = object ?? oldObject;
  const { apiVersion, kind, name, namespace } = referenceOf(
    subject ?? { apiVersion: '', kind: '', metadata: {} },
  );
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: randomUUID(),
      kind: { group: groupOf(apiVersion), version: apiVersion.split('/').at(-1), kind },
      operation,
      name,
      ...(namespace ? { namespace } : {}),
      userInfo: { username: 'ada', groups: ['platform', 'system:authenticated'] },
      object,
      oldObject,
      dryRun: false,
    },
  };
}
