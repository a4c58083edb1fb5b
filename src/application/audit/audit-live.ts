import { connect } from '../../cluster/connection.ts';
import type { ApiConnection } from '../../cluster/connection/api-connection.ts';
import { messageOf } from '../../cluster/connection/api-error.ts';
import { objectOf, readPage } from '../../cluster/follow/list.ts';
import type { ConventionSet } from '../../conventions/convention-set.ts';
import { TollgateError } from '../../errors.ts';
import type { Gap } from '../../inventory/inventory.ts';
import type { KubernetesObject } from '../../kubernetes/object.ts';
import type { ManifestSet } from '../../manifests/manifest-set.ts';
import { type JudgedManifest, stateOfFiles } from '../check/judge-manifests.ts';
import { readCluster } from '../snapshot/read-cluster.ts';
import { createClusterManifests } from './cluster-manifests.ts';
import { createStateAudit } from './state-audit.ts';

/** What was audited, in the form in which reports are made of files. */
export interface AuditedState {
  readonly set: ManifestSet;
  readonly judged: readonly JudgedManifest[];
  /** With what is known of the labels of namespaces. */
  readonly conventions: ConventionSet;
  /** What could not be read, and may decide. */
  readonly gaps: readonly Gap[];
  /** Running pods that were judged; undefined where there are none in the state. */
  readonly pods?: number;
}

const pageSize = 500;

/**
 * Audits the cluster of a kubeconfig file from outside, pods included, which are read in pages and not kept.
 * @param patienceMs how long one request may take
 * @throws TollgateError where the file names no cluster or none answers
 */
export async function auditLive(
  kubeconfig: string,
  stated: ConventionSet,
  now: Date,
  patienceMs = 30_000,
): Promise<AuditedState> {
  const connection = await connect({ kubeconfig, userAgent: 'tollgate-audit' });
  try {
    const { mode } = stated.clusterWide()?.calico ?? {};
    const how = { patienceMs, ...(mode === undefined ? {} : { stated: mode }) };
    const content = await readCluster(connection, how).catch((cause: unknown) => {
      const problem = `the cluster of ${kubeconfig} cannot be read: ${messageOf(cause)}`;
      throw new TollgateError('ERR_NO_CLUSTER', { problem }, { cause });
    });
    const placeOf = createClusterManifests();
    const objects = content.objects.map(placeOf);
    const state = stateOfFiles({ objects, gaps: content.gaps }, stated, { ...content, existing: [] });
    const audit = createStateAudit(objects, state, now, placeOf);
    const gaps = [...content.gaps];
    try {
      for await (const pods of readPods(connection, patienceMs)) audit.addPods(pods);
    } catch (error) {
      gaps.push({ what: 'pods', why: `they could not be read (${messageOf(error)})` });
    }
    const judged = audit.judged();
    const files = new Set(judged.map(({ manifest }) => manifest.document.file));
    const assumedNamespace = { name: 'default', objects: 0 };
    return {
      set: { files: [...files], objects, notJudged: [], foreign: [], gaps, assumedNamespace },
      judged,
      conventions: state.conventions,
      gaps,
      pods: audit.pods(),
    };
  } finally {
    connection.close();
  }
}

/** What has ended is not judged, so it need not be sent. */
async function* readPods(
  connection: ApiConnection,
  patienceMs: number,
): AsyncGenerator<readonly KubernetesObject[], void> {
  const query = { fieldSelector: 'status.phase!=Succeeded,status.phase!=Failed' };
  let token: string | undefined;
  do {
    const signal = AbortSignal.timeout(patienceMs);
    const page = await readPage(connection, '/api/v1/pods', { query, limit: pageSize, token, signal });
    yield page.items.map((item) => objectOf(item, page));
    token = page.next;
  } while (token !== undefined);
}
