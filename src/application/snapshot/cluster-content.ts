import { connect } from '../../cluster/connection.ts';
import { messageOf } from '../../cluster/connection/api-error.ts';
import { TollgateError } from '../../errors.ts';
import { type ClusterContent, readCluster } from './read-cluster.ts';

/** Reads the cluster of a kubeconfig file, and writes nothing. @throws TollgateError where it names none or none answers */
export async function contentOfCluster(kubeconfig: string): Promise<ClusterContent> {
  const connection = await connect({ kubeconfig, userAgent: 'tollgate-snapshot' });
  try {
    return await readCluster(connection);
  } catch (error) {
    const problem = `the cluster of ${kubeconfig} cannot be read: ${messageOf(error)}`;
    throw new TollgateError('ERR_NO_CLUSTER', { problem }, { cause: error });
  } finally {
    connection.close();
  }
}
