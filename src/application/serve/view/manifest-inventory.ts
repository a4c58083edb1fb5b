import type { Logger } from 'pino';
import { calicoOf } from '../../check/judge-manifests.ts';
import type { ConventionSet } from '../../../conventions/convention-set.ts';
import { TollgateError } from '../../../errors.ts';
import type { CalicoInForce } from '../../../inventory/calico-in-force.ts';
import type { InventoryStore } from '../../../inventory/inventory-store.ts';
import { loadManifests } from '../../../manifests/load-manifests.ts';

/**
 * Fills the store with what files and folders say, once.
 * @returns for which Calico
 * @throws TollgateError where a path is not there
 */
export async function fillFromManifests(
  store: InventoryStore,
  paths: readonly string[],
  { folder, conventions }: { readonly folder: string; readonly conventions: ConventionSet },
  log: Logger,
): Promise<CalicoInForce> {
  const { objects, gaps, missing } = await loadManifests(paths, {
    folder,
    exclude: [],
    useGitIgnore: false,
    namespace: 'default',
    stdin: async () => Buffer.alloc(0),
  });
  if (missing.length > 0) throw new TollgateError('ERR_NO_SUCH_PATH', { paths: missing.join(', ') });
  const all = objects.map(({ object }) => object);
  const calico = calicoOf(conventions, all);
  store.setCalico(() => calico);
  store.apply({ put: all });
  store.setGaps(gaps);
  for (const gap of gaps) log.warn(gap, 'a manifest could not be read');
  return calico;
}
