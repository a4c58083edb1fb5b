import type { Operation, Step } from './operation.ts';
import { asArguments } from './users.ts';

/** A sequence as lines for a shell. Namespaces and cluster-wide objects have the names they have without a run. */
export function kubectlLines(steps: readonly Step[]): readonly string[] {
  const before = steps.filter((step) => step[0]?.user === 'before');
  const after = steps.filter((step) => step[0]?.user !== 'before');
  return [
    ...(before.length > 0 ? ['# before the webhooks are registered:'] : []),
    ...before.flatMap((step) => step.map(line)),
    ...(before.length > 0 ? ['# and after:'] : []),
    ...after.flatMap((step) =>
      step.length > 1 ? [`${step.map((one) => `${line(one)} &`).join('\n')}\nwait`] : step.map(line),
    ),
  ];
}

function line(operation: Operation): string {
  const { user, method, type } = operation;
  const [at = '', query = ''] = operation.path.replaceAll('%', '').split('?');
  const as = asArguments(user);
  const { target, subresource } = targetOf(at);
  const body = operation.body === undefined ? '' : JSON.stringify(operation.body).replaceAll('%', '');
  const uids = [...body.matchAll(/\{uid:([^}]*)\}/g)].map(([, path = '']) => path);
  const text = body.replaceAll(/\{uid:[^}]*\}/g, '$uid');
  const uid = uids
    .map((path) => `uid=$(kubectl get ${targetOf(path).target} -o jsonpath='{.metadata.uid}'); `)
    .join('');
  const quoted = uids.length > 0 ? `"${text.replaceAll('"', '\\"')}"` : `'${text}'`;
  const part = subresource === undefined ? '' : ` --subresource=${subresource}`;
  switch (true) {
    case method === 'POST':
      return `${uid}echo ${quoted} | kubectl create${as} -f -`;
    case method === 'PUT':
      return `echo ${quoted} | kubectl replace${as} --raw ${at} -f -`;
    case method === 'DELETE' && target.includes(' '):
      return `kubectl delete ${target} --wait=false${as}`;
    case method === 'DELETE':
      return `kubectl delete${as} --raw '${at}${query && `?${query}`}'`;
    case type === 'application/apply-patch+yaml':
      return `${uid}echo ${quoted} | kubectl apply --server-side --force-conflicts${as} -f -`;
    default:
      return `${uid}kubectl patch ${target}${part} --type=${typeOf(type)}${as} -p ${quoted}`;
  }
}

function typeOf(type: Operation['type']): string {
  if (type === 'application/json-patch+json') return 'json';
  return type === 'application/strategic-merge-patch+json' ? 'strategic' : 'merge';
}

/** `networkpolicies.projectcalico.org p1 -n shop` of a path, and the subresource if it has one. */
function targetOf(at: string): { readonly target: string; readonly subresource: string | undefined } {
  const parts = at.split('/').slice(2);
  const [group = '', , ...rest] = at.startsWith('/apis/') ? parts : ['', ...parts];
  const isNamespaced = rest[0] === 'namespaces' && rest.length > 2 && !namespaceParts.has(rest[2] ?? '');
  const [resource = '', name, subresource] = isNamespaced ? rest.slice(2) : rest;
  const full = group.includes('.') && group !== 'batch' ? `${resource}.${group}` : resource;
  const where = isNamespaced ? ` -n ${rest[1]}` : '';
  return { target: name === undefined ? full : `${full} ${name}${where}`, subresource };
}

const namespaceParts = new Set(['status', 'finalize']);
