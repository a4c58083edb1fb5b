import type { KubernetesObject } from '../../kubernetes/object.ts';
import { pointerOf } from '../../kubernetes/json-pointer.ts';
import { record, records } from '../../kubernetes/read.ts';
import type { ProxySettings } from '../../linkerd/index.ts';
import { nameOf } from '../../facts/object-name.ts';
import { becomesMeshed, describeWorkload, meshConventionOf } from '../../facts/workload/mesh-workload.ts';
import { listInWords } from '../../text/list.ts';
import { defineRule } from '../define-rule.ts';

/**
 * A quota on requests or limits refuses every pod of which a container has none, and Linkerd's have none unless somebody
 * says so: in the installation, on the namespace or on the pod template. A LimitRange with defaults helps all containers.
 * Sources: Kubernetes pkg/quota/v1/evaluator/core/pods.go (Constraints); linkerd2 charts/partials/templates/_proxy.tpl,
 * _proxy-init.tpl (both by proxy.resources); linkerd2#10162.
 */
export const quotaWithoutProxy = defineRule({
  id: 'mesh/quota-without-proxy',
  title: "A ResourceQuota refuses meshed pods, because Linkerd's containers have no resources",
  appliesTo: { kinds: ['ResourceQuota.'], operations: ['STATE'] },
  defaultAction: 'warn',
  readsInventory: true,
  check: ({ object }, context) => {
    const mesh = meshConventionOf(context.convention);
    const { namespace = 'default' } = object.metadata;
    const { hard, scopes, scopeSelector } = record(object.spec);
    // A quota with a scope is about some pods only.
    if (!mesh || scopes !== undefined || scopeSelector !== undefined) return [];
    const given = defaultsOf(context.inventory.others(namespace));
    const asked = constrained.filter(
      ({ names, resource, kind }) =>
        names.some((name) => record(hard)[name] !== undefined) && !given.has(`${kind} ${resource}`),
    );
    if (asked.length === 0) return [];
    for (const workload of context.inventory.workloads(namespace)) {
      const described = describeWorkload(workload, mesh, context.inventory, context.point);
      const settings = described && becomesMeshed(described) ? described.wanted.settings : undefined;
      const lacking = settings
        ? asked.filter(({ setting }) => setting.every((name) => settings.resources[name] === ''))
        : [];
      const [first] = lacking;
      if (!first) continue;
      return [
        {
          pointer: pointerOf('spec', 'hard'),
          message: `it asks each container for ${listInWords(lacking.map(({ names: [name] }) => name))}, and Linkerd's containers have none, so meshed pods are not created`,
          witness: `${nameOf(workload)}, whose proxy has no such setting; no LimitRange gives one`,
          expected: `${listInWords(lacking.map(({ key }) => `config.linkerd.io/${key}`))} on the namespace or the pod templates, or a LimitRange with defaults`,
        },
      ];
    }
    return [];
  },
});

/** What a quota can ask each container for, and what gives it to Linkerd's; a request is its limit where none is said. */
interface Constraint {
  readonly names: readonly [string, ...string[]];
  readonly kind: 'request' | 'limit';
  readonly resource: 'cpu' | 'memory';
  readonly setting: readonly (keyof ProxySettings['resources'])[];
  /** The name of the annotation. */
  readonly key: string;
}

const constrained: readonly Constraint[] = [
  { names: ['limits.cpu'], kind: 'limit', resource: 'cpu', setting: ['cpuLimit'], key: 'proxy-cpu-limit' },
  {
    names: ['limits.memory'],
    kind: 'limit',
    resource: 'memory',
    setting: ['memoryLimit'],
    key: 'proxy-memory-limit',
  },
  {
    names: ['requests.cpu', 'cpu'],
    kind: 'request',
    resource: 'cpu',
    setting: ['cpuRequest', 'cpuLimit'],
    key: 'proxy-cpu-request',
  },
  {
    names: ['requests.memory', 'memory'],
    kind: 'request',
    resource: 'memory',
    setting: ['memoryRequest', 'memoryLimit'],
    key: 'proxy-memory-request',
  },
];

/** What LimitRanges give to containers that say nothing; a default limit is the request as well. */
function defaultsOf(others: Iterable<KubernetesObject>): ReadonlySet<string> {
  const given = new Set<string>();
  for (const { kind, spec } of others) {
    if (kind !== 'LimitRange') continue;
    for (const { default: limits, defaultRequest, type } of records(record(spec).limits)) {
      if (type !== 'Container') continue;
      for (const resource of Object.keys(record(limits)))
        given.add(`limit ${resource}`).add(`request ${resource}`);
      for (const resource of Object.keys(record(defaultRequest))) given.add(`request ${resource}`);
    }
  }
  return given;
}
