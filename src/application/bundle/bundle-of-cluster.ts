import { connect } from '../../cluster/connection.ts';
import { type Bundle, type BundleOptions, collectBundle } from './collect-bundle.ts';

/** Collects from the cluster of a kubeconfig file. @throws TollgateError where it names none */
export async function bundleOfCluster(
  kubeconfig: string,
  options: Omit<BundleOptions, 'connection'>,
): Promise<Bundle> {
  const connection = await connect({ kubeconfig, userAgent: 'tollgate-bundle' });
  try {
    return await collectBundle({ ...options, connection });
  } finally {
    connection.close();
  }
}
