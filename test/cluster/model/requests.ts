import type { Operation } from './operation.ts';
import { path } from './paths.ts';
import type { User } from './users.ts';
import type { Known } from './view.ts';

/** Requests as the model's operations are made of them. */

const json = 'application/json-patch+json';
const merge = 'application/merge-patch+json';

type By = { readonly user: User; readonly mustPass?: string };

export function create(what: string, user: User, at: string, body: object, mustPass?: string): Operation {
  return {
    what: `create ${what}`,
    user,
    method: 'POST',
    path: at,
    body,
    ...(mustPass !== undefined && { mustPass }),
  };
}

/** Server-side apply: it creates the object, or makes its fields what they are here. */
export function apply(what: string, user: User, at: string, body: object): Operation {
  return {
    what: `apply ${what}`,
    user,
    method: 'PATCH',
    path: `${at}?fieldManager=model&force=true`,
    body,
    type: 'application/apply-patch+yaml',
  };
}

export function mergePatch(what: string, by: By, at: string, body: object): Operation {
  return { what, ...by, method: 'PATCH', path: at, body, type: merge };
}

/** The whole spec becomes another one. */
export function replaceSpec({ kind, path, terminating }: Known, user: User, spec: unknown): Operation {
  const what = `change spec of ${terminating ? 'terminating ' : ''}${kind}`;
  return {
    what,
    user,
    method: 'PATCH',
    path,
    body: [{ op: 'replace', path: '/spec', value: spec }],
    type: json,
  };
}

export function relabel(
  kind: string,
  user: User,
  at: string,
  labels: Readonly<Record<string, string | null>>,
): Operation {
  return mergePatch(`relabel ${kind}`, { user }, at, { metadata: { labels } });
}

export function remove(kind: string, user: User, at: string): Operation {
  return { what: `delete ${kind}`, user, method: 'DELETE', path: at };
}

/** Nothing that decides changes. */
export function annotate(kind: string, user: User, at: string, value: string): Operation {
  const by = { user, mustPass: 'an annotation of nobody decides nothing' };
  return mergePatch(`annotate ${kind}`, by, at, { metadata: { annotations: { 'example.com/note': value } } });
}

export const finalizer = 'example.com/keep';

export function setFinalizers(
  kind: string,
  user: User,
  at: string,
  finalizers: readonly string[] | null,
): Operation {
  return finalizers === null
    ? mergePatch(
        `remove finalizer of ${kind}`,
        { user, mustPass: 'what is being deleted must come to its end' },
        at,
        {
          metadata: { finalizers: null },
        },
      )
    : mergePatch(`add finalizer to ${kind}`, { user }, at, { metadata: { finalizers } });
}

export function calicoPolicy(namespace: string, name: string, spec: object, metadata: object = {}) {
  return {
    at: path('calico', 'networkpolicies', namespace),
    path: path('calico', 'networkpolicies', namespace, name),
    body: {
      apiVersion: 'projectcalico.org/v3',
      kind: 'NetworkPolicy',
      metadata: { name, namespace, ...metadata },
      spec,
    },
  };
}

export function networkSet(namespace: string, name: string, labels: object, nets: readonly string[]) {
  return {
    at: path('calico', 'networksets', namespace),
    path: path('calico', 'networksets', namespace, name),
    body: {
      apiVersion: 'projectcalico.org/v3',
      kind: 'NetworkSet',
      metadata: { name, namespace, labels },
      spec: { nets },
    },
  };
}

export function configMap(namespace: string, name: string) {
  return {
    at: path('core', 'configmaps', namespace),
    path: path('core', 'configmaps', namespace, name),
    body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace } },
  };
}
