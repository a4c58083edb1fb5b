import { isKubernetesObject, isRecord, type KubernetesObject } from '../../kubernetes/object.ts';
import type { ApiConnection } from '../connection/api-connection.ts';
import { ApiError, UnreadableAnswer } from '../connection/api-error.ts';
import { record } from '../../kubernetes/read.ts';

export interface ListOptions {
  readonly query?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** Called with the items of each page. */
  readonly onPage: (items: readonly unknown[], page: ListPage) => void;
  /** Called when the pages so far count for nothing, because the list has to be begun again. */
  readonly onRestart: () => void;
}

export interface ListPage {
  readonly apiVersion: string;
  /** The kind of the items, taken from the list's (`PodList`); items themselves do not say it. */
  readonly kind: string;
}

const pageSize = 500;

/**
 * Reads a whole collection, in pages, and returns the version from which to watch it.
 * The pages of one list show one moment, that of the first; where the API server has forgotten that moment before
 * the last page was read, the list is read again in one piece, as client-go's pager does.
 * @throws ApiError, UnreadableAnswer, or what the connection throws.
 */
export async function listAll(
  connection: ApiConnection,
  path: string,
  options: ListOptions,
): Promise<string> {
  try {
    return await readPages(connection, path, options, pageSize);
  } catch (error) {
    if (!(error instanceof ForgottenPage)) throw error;
    options.onRestart();
    return readPages(connection, path, options, undefined);
  }
}

/**
 * The first object of a collection, undefined where it is empty: no more is asked for than one.
 * @throws ApiError, UnreadableAnswer, or what the connection throws.
 */
export async function firstOf(
  connection: ApiConnection,
  path: string,
  { query, signal }: Pick<ListOptions, 'query' | 'signal'>,
): Promise<KubernetesObject | undefined> {
  let token: string | undefined;
  do {
    const request = { query: { ...query, limit: 1, continue: token }, signal };
    const list = readList(await connection.json('GET', path, request));
    if (list.items.length > 0) return objectOf(list.items[0], list);
    // What a field selector leaves out may fill a page.
    token = list.next;
  } while (token);
  return undefined;
}

/** Items of a list do not say their kind; the list does. @throws UnreadableAnswer for what is no object */
export function objectOf(item: unknown, { apiVersion, kind }: ListPage): KubernetesObject {
  const object = isRecord(item) ? { ...item, apiVersion, kind } : undefined;
  if (isKubernetesObject(object) && object.metadata.name) return object;
  throw new UnreadableAnswer('a list of the API server holds something that is no object');
}

class ForgottenPage extends Error {}

async function readPages(
  connection: ApiConnection,
  path: string,
  { query, signal, onPage }: ListOptions,
  limit: number | undefined,
): Promise<string> {
  let version: string | undefined;
  let token: string | undefined;
  do {
    const list = await readPage(connection, path, { query, limit, token, signal }).catch(forgotten(token));
    version ??= list.version;
    token = list.next;
    onPage(list.items, list);
  } while (token);
  return version;
}

function forgotten(token: string | undefined) {
  return (error: unknown): never => {
    if (token && error instanceof ApiError && error.status === 410) throw new ForgottenPage();
    throw error;
  };
}

/** One page of a list, or all of it without a limit. */
export interface ReadPage extends ListPage {
  readonly items: readonly unknown[];
  readonly version: string;
  /** The token of the next page; undefined after the last. */
  readonly next?: string;
}

/** Reads one page: the first, or the one that a token stands for. @throws ApiError, UnreadableAnswer, or what the connection throws */
export async function readPage(
  connection: ApiConnection,
  path: string,
  {
    query,
    limit,
    token,
    signal,
  }: {
    readonly query?: ListOptions['query'];
    readonly limit: number | undefined;
    readonly token: string | undefined;
    readonly signal: AbortSignal;
  },
): Promise<ReadPage> {
  return readList(
    await connection.json('GET', path, { query: { ...query, limit, continue: token }, signal }),
  );
}

function readList(body: unknown): ReadPage {
  const list = isRecord(body) && isRecord(body.metadata) ? body : undefined;
  const metadata = record(list?.metadata);
  const { resourceVersion: version, continue: next } = metadata;
  // Go writes an empty list as null where nobody has made one.
  const items = list?.items === null ? [] : list?.items;
  if (
    !list ||
    typeof list.apiVersion !== 'string' ||
    typeof list.kind !== 'string' ||
    !list.kind.endsWith('List') ||
    !Array.isArray(items) ||
    typeof version !== 'string' ||
    version === ''
  ) {
    throw new UnreadableAnswer('the answer of the API server is no list');
  }
  return {
    apiVersion: list.apiVersion,
    kind: list.kind.slice(0, -'List'.length),
    items,
    version,
    ...(typeof next === 'string' && next !== '' ? { next } : {}),
  };
}
