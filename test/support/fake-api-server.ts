import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer, type ServerOptions } from 'node:https';
import { EventEmitter, once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { applyPatch } from '../../src/admission/apply-patch.ts';
import type { KubernetesObject } from '../../src/kubernetes/object.ts';

/** A kind that the fake serves. */
export interface ServedKind {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly kind: string;
  readonly namespaced?: boolean;
}

export type RequestType = 'list' | 'watch' | 'discovery' | 'write' | 'other';

export interface SeenRequest {
  readonly type: RequestType;
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  /** What a write has brought, as JSON; undefined for anything else. */
  readonly body?: unknown;
}

/** Answers in place of the fake; a fault that calls `proceed` only looks on. */
export type Fault = (response: ServerResponse, request: SeenRequest, proceed: () => void) => void;

export interface OpenWatch {
  readonly path: string;
  /** Only what is newer is sent, even where that version is still to come, as the API server's watch cache does. */
  readonly from: number;
  /** Sends text as it is. */
  readonly write: (text: string) => void;
  /** Ends it as the API server does when its time has come. */
  readonly end: () => void;
  /** Breaks the TCP connection. */
  readonly reset: () => void;
}

export interface FakeApiServer {
  readonly url: string;
  readonly requests: readonly SeenRequest[];
  readonly serve: (...kinds: readonly ServedKind[]) => void;
  /** No longer serves a group: its watches end, its objects are gone, its paths are 404. */
  readonly withdraw: (group: string) => void;
  /** Says of a group whether the API server behind it answers; where it does not, its paths are 503. */
  readonly answering: (group: string, answers: boolean) => void;
  /** Like an API server in its first second: it tells of no group, and answers 503 for what it does not know yet. */
  readonly starting: (isStarting: boolean) => void;
  /** Whether collections are shown as a stream to who asks for it; at first they are not. */
  readonly streaming: (isStreaming: boolean) => void;
  /** What a single object's path answers. */
  readonly document: (path: string, value: object) => void;
  /** Stores an object, and tells those who watch. */
  readonly put: (...objects: readonly KubernetesObject[]) => void;
  readonly remove: (object: KubernetesObject) => void;
  /** Stores or removes without any event, as if it had happened while nobody could watch. */
  readonly unseen: (change: () => void) => void;
  /** Forgets all versions before the present one. */
  readonly compact: () => void;
  readonly bookmark: () => void;
  /** The next requests of a type meet these faults, one each. */
  readonly next: (type: RequestType, ...faults: readonly Fault[]) => void;
  /** Until it is called again without one, all requests meet this fault. */
  readonly outage: (fault?: Fault) => void;
  /** Resolves when the next request of a type has come; call it before what causes it. */
  readonly seen: (type: RequestType) => Promise<SeenRequest>;
  /** The open watches of a path. */
  readonly watches: (path?: string) => readonly OpenWatch[];
  /** Resolves when a watch of the path is open. */
  readonly watching: (path: string) => Promise<OpenWatch>;
  /** Resolves when nobody watches anything. */
  readonly unwatched: () => Promise<void>;
  /** A stored object by its path, as `GET` would show it. */
  readonly get: (path: string) => KubernetesObject | undefined;
  /** Names and versions of everything stored. */
  readonly stored: () => Readonly<Record<string, string>>;
  readonly sockets: () => number;
  readonly version: () => number;
  readonly close: () => Promise<void>;
}

/** A Kubernetes API server as far as lists, watches, discovery and single objects go, on loopback, that can be made to fail. */
export async function createFakeApiServer(tls?: ServerOptions): Promise<FakeApiServer> {
  let kinds: ServedKind[] = [];
  let version = 1000;
  let oldest = 0;
  let silent = false;
  let isStarting = false;
  let isStreaming = false;
  let lasting: Fault | undefined;
  const objects = new Map<string, { kind: ServedKind; object: KubernetesObject }>();
  const log: { path: string; version: number; line: string }[] = [];
  const open = new Map<ServerResponse, OpenWatch>();
  const faults = new Map<RequestType, Fault[]>();
  const requests: SeenRequest[] = [];
  const happenings = new EventEmitter().setMaxListeners(0);
  const sockets = new Set<Socket>();
  const silenced = new Set<string>();
  const documents = new Map<string, object>();
  const pages = new Map<string, { items: readonly KubernetesObject[]; version: number; after: string }>();
  /** The last object before each page whose moment is forgotten. */
  const forgotten = new Map<string, string>();

  const pathOf = ({ group, version: served, resource }: Omit<ServedKind, 'kind'>) =>
    `${group === '' ? '/api' : `/apis/${group}`}/${served}/${resource}`;
  const keyOf = (object: KubernetesObject) =>
    [object.apiVersion, object.kind, object.metadata.namespace, object.metadata.name].join('|');
  const kindOf = (object: KubernetesObject) => {
    const found = kinds.find(
      ({ group, version: served, kind }) =>
        kind === object.kind && object.apiVersion === (group === '' ? served : `${group}/${served}`),
    );
    if (!found) throw new Error(`the fake serves no ${object.kind} of ${object.apiVersion}`);
    return found;
  };
  const tell = (path: string, type: string, object: object) => {
    const line = `${JSON.stringify({ type, object })}\n`;
    if (type !== 'BOOKMARK') log.push({ path, version, line });
    if (silent) return;
    for (const watch of open.values()) if (watch.path === path && version >= watch.from) watch.write(line);
  };
  const versioned = (object: KubernetesObject) => {
    version += 1;
    return { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } };
  };

  const list = (request: SeenRequest, kind: ServedKind, response: ServerResponse) => {
    const token = request.query.get('continue');
    const limit = Number(request.query.get('limit') ?? Infinity);
    const page = token === null ? undefined : pages.get(token);
    const present = () =>
      [...objects.values()]
        .filter((one) => one.kind === kind)
        .map((one) => one.object)
        .filter((object) => isAskedFor(object, request));
    const pageAt = (items: readonly KubernetesObject[], snapshot: number, after: string) => {
      const next = `${pathOf(kind)} ${snapshot} ${items.length}`;
      if (items.length > 0) pages.set(next, { items, version: snapshot, after });
      return next;
    };
    if (token !== null && !page) {
      // The API server tells where to go on at a later moment, as far as it can tell the place.
      const after = forgotten.get(token) ?? '';
      const index = present().findIndex((object) => keyOf(object) === after);
      const metadata = index < 0 ? {} : { continue: pageAt(present().slice(index + 1), version, after) };
      const message = 'the continue parameter is too old';
      const gone = { kind: 'Status', apiVersion: 'v1', code: 410, reason: 'Expired', message, metadata };
      return json(response, 410, gone);
    }
    const items = page?.items ?? present();
    const snapshot = page?.version ?? version;
    const rest = items.slice(limit);
    const last = items[limit - 1];
    const next = pageAt(rest, snapshot, last ? keyOf(last) : '');
    const apiVersion = kind.group === '' ? kind.version : `${kind.group}/${kind.version}`;
    return json(response, 200, {
      kind: `${kind.kind}List`,
      apiVersion,
      metadata: {
        resourceVersion: String(snapshot),
        ...(rest.length > 0 ? { continue: next, remainingItemCount: rest.length } : {}),
      },
      items: items.slice(0, limit).map(({ apiVersion: _version, kind: _kind, ...item }) => item),
    });
  };
  const watch = (request: SeenRequest, response: ServerResponse) => {
    const { path } = request;
    const from = Number(request.query.get('resourceVersion'));
    response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
    if (from < oldest) {
      const gone = {
        kind: 'Status',
        code: 410,
        reason: 'Expired',
        message: `too old resource version: ${from}`,
      };
      return response.end(`${JSON.stringify({ type: 'ERROR', object: gone })}\n`);
    }
    for (const entry of log) if (entry.path === path && entry.version > from) response.write(entry.line);
    open.set(response, {
      path,
      from,
      write: (text) => void response.write(text),
      end: () => {
        open.delete(response);
        response.end();
      },
      reset: () => {
        open.delete(response);
        response.socket?.resetAndDestroy();
      },
    });
    response.on('close', () => {
      open.delete(response);
      happenings.emit('watch-closed');
    });
    return happenings.emit('watching');
  };
  const stream = (request: SeenRequest, kind: ServedKind, response: ServerResponse) => {
    if (!isStreaming) return status(response, 422, 'Invalid', 'sendInitialEvents is forbidden for watch');
    response.writeHead(200, { 'content-type': 'application/json' });
    const events = [...objects.values()].filter(
      (one) => one.kind === kind && isAskedFor(one.object, request),
    );
    for (const { object } of events) response.write(`${JSON.stringify({ type: 'ADDED', object })}\n`);
    const metadata = {
      resourceVersion: String(version),
      annotations: { 'k8s.io/initial-events-end': 'true' },
    };
    const end = { apiVersion: 'v1', kind: kind.kind, metadata };
    return response.write(`${JSON.stringify({ type: 'BOOKMARK', object: end })}\n`);
  };
  const discover = (response: ServerResponse, request: SeenRequest) => {
    const groups = Map.groupBy(
      kinds.filter(({ group }) => group !== '' && !isStarting),
      ({ group }) => group,
    );
    const items = [...groups].map(([name, members]) => ({
      metadata: { name },
      versions: [...Map.groupBy(members, ({ version: served }) => served)].map(([served, ofVersion]) => ({
        version: served,
        freshness: silenced.has(name) ? 'Stale' : 'Current',
        resources: (silenced.has(name) ? [] : ofVersion).map(({ resource, kind }) => ({
          resource,
          responseKind: { group: name, version: served, kind },
          scope: 'Namespaced',
          verbs: ['get', 'list', 'watch'],
        })),
      })),
    }));
    const body = JSON.stringify({
      kind: 'APIGroupDiscoveryList',
      apiVersion: 'apidiscovery.k8s.io/v2',
      items,
    });
    const etag = `"${Buffer.from(body).toString('base64').slice(-40)}${body.length}"`;
    if (request.headers['if-none-match'] === etag) return response.writeHead(304, { etag }).end();
    return response
      .writeHead(200, {
        etag,
        'content-type': 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList',
      })
      .end(body);
  };
  const put = (object: KubernetesObject) => {
    const kind = kindOf(object);
    const stored = versioned(object);
    const type = objects.has(keyOf(object)) ? 'MODIFIED' : 'ADDED';
    objects.set(keyOf(object), { kind, object: stored });
    tell(pathOf(kind), type, stored);
    return stored;
  };
  const remove = (object: KubernetesObject) => {
    objects.delete(keyOf(object));
    tell(pathOf(kindOf(object)), 'DELETED', versioned(object));
  };
  const find = (path: string) =>
    [...objects.values()].find(({ kind, object: { metadata } }) => {
      const name = encodeURIComponent(metadata.name ?? '');
      const within = pathOf({ ...kind, resource: `namespaces/${metadata.namespace}/${kind.resource}` });
      return path === `${pathOf(kind)}/${name}` || path === `${within}/${name}`;
    })?.object;
  const write = ({ method, path, body, headers }: SeenRequest, response: ServerResponse) => {
    if (method === 'POST') {
      if (!kinds.some((kind) => [path, path.replace(inNamespace, '/')].includes(pathOf(kind))))
        return status(response, 404, 'NotFound', 'no such path');
      const object = body as KubernetesObject;
      if (objects.has(keyOf(object))) return status(response, 409, 'AlreadyExists', 'it already exists');
      return json(response, 201, put(object));
    }
    const found = find(path.replace(/\/status$/, ''));
    if (!found) return status(response, 404, 'NotFound', 'it does not exist');
    if (method === 'DELETE') {
      const { preconditions } = (body ?? {}) as {
        readonly preconditions?: { readonly resourceVersion: string };
      };
      if (preconditions && preconditions.resourceVersion !== found.metadata.resourceVersion)
        return status(response, 409, 'Conflict', 'the object has been modified');
      remove(found);
      return json(response, 200, { kind: 'Status', apiVersion: 'v1', status: 'Success' });
    }
    const merged = headers['content-type'] === 'application/merge-patch+json' ? merge(found, body) : body;
    let next = merged as KubernetesObject;
    if (headers['content-type'] === 'application/json-patch+json') {
      try {
        next = applyPatch(found, body as never);
      } catch (error) {
        return status(response, 422, 'Invalid', String(error));
      }
    }
    const asked = next.metadata.resourceVersion;
    if (asked !== undefined && asked !== found.metadata.resourceVersion) {
      return status(response, 409, 'Conflict', 'the object has been modified');
    }
    return json(response, 200, put(next));
  };
  const answer = (request: SeenRequest, response: ServerResponse) => {
    if (request.type === 'write') return write(request, response);
    if (request.type === 'discovery') return discover(response, request);
    const document = documents.get(request.path);
    if (document) return json(response, 200, document);
    const kind = kinds.find(
      (served) =>
        pathOf(served) === request.path || pathOf(served) === request.path.replace(inNamespace, '/'),
    );
    if (kind && silenced.has(kind.group)) return status(response, 503, 'ServiceUnavailable', 'no endpoints');
    const single = find(request.path);
    if (single) return json(response, 200, single);
    const [, group] = /^\/apis\/([^/]+)$/.exec(request.path) ?? [];
    if (group && kinds.some((served) => served.group === group))
      return json(response, 200, { kind: 'APIGroup' });
    if (!kind && isStarting)
      return status(response, 503, 'ServiceUnavailable', 'not all paths are installed');
    if (!kind) return status(response, 404, 'NotFound', 'the server could not find the requested resource');
    if (request.query.has('sendInitialEvents')) return stream(request, kind, response);
    return request.type === 'watch' ? watch(request, response) : list(request, kind, response);
  };

  const receive = async (incoming: IncomingMessage, response: ServerResponse) => {
    const { pathname: path, searchParams: query } = new URL(incoming.url ?? '/', 'http://fake');
    const method = incoming.method ?? '';
    const base = { method, path, query, headers: incoming.headers };
    let request: SeenRequest = { ...base, type: typeOf(method, path, query) };
    if (request.type === 'write') {
      const text = (
        await incoming
          .setEncoding('utf8')
          .toArray()
          .catch(() => [])
      ).join('');
      request = { ...request, body: text === '' ? undefined : JSON.parse(text) };
    }
    requests.push(request);
    happenings.emit(request.type, request);
    const fault = lasting ?? faults.get(request.type)?.shift();
    if (fault) fault(response, request, () => void answer(request, response));
    else answer(request, response);
  };
  const typeOf = (method: string, path: string, query: URLSearchParams): RequestType => {
    if (method !== 'GET') return 'write';
    if (path === '/apis') return 'discovery';
    if (query.has('sendInitialEvents')) return 'list';
    if (query.get('watch') === 'true') return 'watch';
    return query.has('limit') || kinds.some((kind) => pathOf(kind) === path) ? 'list' : 'other';
  };
  const handle = (incoming: IncomingMessage, response: ServerResponse) => void receive(incoming, response);
  const server = tls ? createHttpsServer(tls, handle) : createHttpServer(handle);
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => {});
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;

  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    requests,
    serve: (...added) => void kinds.push(...added),
    withdraw: (group) => {
      const gone = kinds.filter((kind) => kind.group === group);
      kinds = kinds.filter((kind) => kind.group !== group);
      for (const [key, { kind }] of objects) if (gone.includes(kind)) objects.delete(key);
      for (const { path, end } of open.values()) if (gone.some((kind) => pathOf(kind) === path)) end();
    },
    answering: (group, answers) => {
      if (answers) silenced.delete(group);
      else silenced.add(group);
      if (answers) return;
      for (const { path, reset } of open.values()) if (path.startsWith(`/apis/${group}/`)) reset();
    },
    starting: (starting) => {
      isStarting = starting;
    },
    streaming: (streaming) => {
      isStreaming = streaming;
    },
    document: (path, value) => void documents.set(path, value),
    put: (...added) => {
      for (const object of added) put(object);
    },
    get: find,
    remove,
    unseen: (change) => {
      silent = true;
      change();
      silent = false;
    },
    compact: () => {
      oldest = version;
      log.length = 0;
      for (const [token, { after }] of pages) forgotten.set(token, after);
      pages.clear();
    },
    bookmark: () => {
      for (const kind of kinds) {
        const apiVersion = kind.group === '' ? kind.version : `${kind.group}/${kind.version}`;
        const metadata = { resourceVersion: String(version) };
        tell(pathOf(kind), 'BOOKMARK', { kind: kind.kind, apiVersion, metadata });
      }
    },
    next: (type, ...added) => void faults.set(type, [...(faults.get(type) ?? []), ...added]),
    outage: (present) => {
      lasting = present;
    },
    seen: async (type) => {
      const [request] = await once(happenings, type);
      return request as SeenRequest;
    },
    watches: (path) => [...open.values()].filter((one) => path === undefined || one.path === path),
    watching: async (path) => {
      for (;;) {
        const found = [...open.values()].find((one) => one.path === path);
        if (found) return found;
        await once(happenings, 'watching');
      }
    },
    unwatched: async () => {
      while (open.size > 0) await once(happenings, 'watch-closed');
    },
    stored: () =>
      Object.fromEntries(
        [...objects.values()].map(({ object }) => [
          object.metadata.name,
          object.metadata.resourceVersion ?? '',
        ]),
      ),
    sockets: () => sockets.size,
    version: () => version,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      if (server.listening) await once(server, 'close');
    },
  };
}

const inNamespace = /\/namespaces\/[^/]+\/(?=[^/]+$)/;

/** Whether a list of one namespace, of one name or of some labels has an object. */
function isAskedFor({ metadata }: KubernetesObject, { path, query }: SeenRequest): boolean {
  const [namespace] = inNamespace.exec(path) ?? [];
  const [, name] = /^metadata\.name=(.*)$/.exec(query.get('fieldSelector') ?? '') ?? [];
  const isNamespaced = namespace !== undefined && metadata.namespace !== undefined;
  const labels = (query.get('labelSelector') ?? '').split(',').filter((pair) => pair.includes('='));
  return (
    labels.every((pair) => metadata.labels?.[pair.split('=', 1)[0] ?? ''] === pair.split('=')[1]) &&
    (!isNamespaced || namespace === `/namespaces/${metadata.namespace}/`) &&
    (name === undefined || name === metadata.name)
  );
}

/** The faults that a network and an API server can have. */
export const fault = {
  reset: ((response) => response.socket?.resetAndDestroy()) satisfies Fault,
  status:
    (code: number, headers: Readonly<Record<string, string>> = {}, message = 'it does not work'): Fault =>
    (response) =>
      status(response, code, 'Fault', message, headers),
  /** Accepts the request, and never says anything. */
  silence: (() => {}) satisfies Fault,
  /** Sends text as the body of a successful answer, and ends it. */
  body:
    (text: string): Fault =>
    (response) =>
      void response.writeHead(200, { 'content-type': 'application/json' }).end(text),
  /** Does something at the moment the request comes, then lets it be answered. */
  meanwhile:
    (what: () => void): Fault =>
    (_response, _request, proceed) => {
      what();
      proceed();
    },
};

/** Source: RFC 7386. */
function merge(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const into = typeof target === 'object' && target !== null && !Array.isArray(target) ? target : {};
  const merged = new Map<string, unknown>(Object.entries(into));
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) merged.delete(key);
    else merged.set(key, merge(merged.get(key), value));
  }
  return Object.fromEntries(merged);
}

function json(
  response: ServerResponse,
  code: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
) {
  response.writeHead(code, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

function status(
  response: ServerResponse,
  code: number,
  reason: string,
  message: string,
  headers: Readonly<Record<string, string>> = {},
) {
  json(
    response,
    code,
    { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message },
    headers,
  );
}
