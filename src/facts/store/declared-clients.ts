import type { StoreClient } from '../../conventions/convention/convention.ts';
import type { PodTemplate } from '../../kubernetes/pod-template.ts';

/** Names the clients of a store: `namespace/service-account`, with `*` for all accounts, and commas between them. */
export const clientsAnnotation = 'tollgate.dev/clients';

/** What a pod template says of the clients of its store. */
export interface DeclaredClients {
  readonly clients: readonly StoreClient[];
  /** Entries that name nobody. */
  readonly unreadable: readonly string[];
}

/** Undefined where nothing is declared; a blank annotation declares nobody in particular. */
export function declaredClients({ annotations }: PodTemplate): DeclaredClients | undefined {
  const text = annotations[clientsAnnotation]?.trim();
  if (text === undefined || text === '') return undefined;
  const clients: StoreClient[] = [];
  const unreadable: string[] = [];
  for (const part of text.split(',')) {
    const entry = part.trim();
    const [, namespace, account] = /^([a-z0-9-]+)\/(\*|[a-z0-9.-]+)$/.exec(entry) ?? [];
    if (namespace !== undefined && account !== undefined)
      clients.push(account === '*' ? { namespace } : { namespace, serviceAccount: account });
    else if (entry !== '') unreadable.push(entry);
  }
  return { clients, unreadable };
}
