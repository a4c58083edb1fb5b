import type { ApiConnection } from '../../cluster/connection/api-connection.ts';
import { isKubernetesObject, type KubernetesObject } from '../../kubernetes/object.ts';
import { record, records, text } from '../../kubernetes/read.ts';

type Query = Readonly<Record<string, string | number | boolean>>;

/** Objects of one kind, replicas of the gate, and characters of one answer, at the most. */
const most = { objects: 500, pods: 10, characters: 4_000_000 };

/** Reads of bounded length. @throws where the API server does not give what is asked for */
export interface Reads {
  readonly json: (path: string) => Promise<unknown>;
  readonly object: (path: string) => Promise<KubernetesObject>;
  readonly list: (path: string, query?: Query) => Promise<readonly KubernetesObject[]>;
  readonly podsOf: (namespace: string, deployment: KubernetesObject) => Promise<readonly KubernetesObject[]>;
  readonly text: (path: string, query?: Query) => Promise<string>;
}

/** @param patienceMs how long one read may take */
export function readWithin(connection: ApiConnection, patienceMs: number): Reads {
  const signal = () => AbortSignal.timeout(patienceMs);
  const json = (path: string, query: Query = {}) => connection.json('GET', path, { query, signal: signal() });
  const list = async (path: string, query: Query = {}): Promise<readonly KubernetesObject[]> => {
    const answer = record(await json(path, { limit: most.objects, ...query }));
    const kind = text(answer['kind']).replace(/List$/, '');
    // The items of a list do not say what they are.
    return records(answer['items'])
      .map((item) => ({ apiVersion: answer['apiVersion'], kind, ...item }))
      .filter(isKubernetesObject);
  };
  return {
    json,
    list,
    object: async (path: string): Promise<KubernetesObject> => {
      const answer = await json(path);
      if (!isKubernetesObject(answer)) throw new Error('the answer is not a Kubernetes object');
      return answer;
    },
    podsOf: async (namespace: string, deployment: KubernetesObject) => {
      const { matchLabels } = record(record(deployment['spec'])['selector']);
      const labelSelector = Object.entries(record(matchLabels)).map(
        ([key, value]) => `${key}=${text(value)}`,
      );
      const query = { labelSelector: labelSelector.join(','), limit: most.pods };
      return list(`/api/v1/namespaces/${namespace}/pods`, query);
    },
    text: async (path: string, query: Query = {}): Promise<string> => {
      const { status, body } = await connection.request('GET', path, { query, signal: signal() });
      let content = '';
      for await (const chunk of body.setEncoding('utf8'))
        content = (content + String(chunk)).slice(0, most.characters);
      // A gate that is not ready says why with 503; any other failure is the API server's.
      if (status !== 200 && !content.includes('not ready'))
        throw new Error(content.trim() || `HTTP status ${status}`);
      return content;
    },
  };
}
