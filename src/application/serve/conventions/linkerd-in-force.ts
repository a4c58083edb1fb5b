import { load } from 'js-yaml';
import type { Logger } from 'pino';
import type { ConventionSet } from '../../../conventions/convention-set.ts';
import { linkerdDifferences, withInstalledLinkerd } from '../../../conventions/installed-linkerd.ts';
import type { Change } from '../../../inventory/inventory-store.ts';
import { valueAt } from '../../../kubernetes/json-pointer.ts';
import { referenceOf, type KubernetesObject, type ObjectReference } from '../../../kubernetes/object.ts';
import { profileFromLinkerdConfig, type LinkerdProfile } from '../../../linkerd/index.ts';
import type { ReadinessCheck } from '../../../server/probes.ts';

/** The Linkerd that verdicts are made for: as its ConfigMap says, and without one as the conventions do. */
export interface LinkerdInForce {
  /** The conventions in force, for the Linkerd that is there. */
  readonly conventions: () => ConventionSet;
  /** Where conventions say that a control plane is. */
  readonly namespaces: () => readonly string[];
  /** Takes what has come, changed or gone in the cluster; only the ConfigMaps count. */
  readonly apply: (change: Change) => void;
  /** What was seen, and how it differs from what the conventions say: no reason to be unready. */
  readonly check: () => ReadinessCheck;
}

/** Follows how Linkerd is set up. */
export function createLinkerdInForce(stated: () => ConventionSet, log: Logger): LinkerdInForce {
  const installed = new Map<string, LinkerdProfile>();
  const unreadable = new Map<string, string>();
  let made: { readonly from: ConventionSet; readonly set: ConventionSet } | undefined;
  let told = '';
  const differences = () => linkerdDifferences(stated(), installed);

  const take = ({ data, metadata }: KubernetesObject) => {
    const { namespace = '' } = metadata;
    const values = readValues(valueAt(data, '/values'));
    made = undefined;
    unreadable.delete(namespace);
    installed.delete(namespace);
    if ('problem' in values) unreadable.set(namespace, values.problem);
    else installed.set(namespace, profileFromLinkerdConfig(values.values, namespace));
  };
  const drop = ({ namespace = '' }: ObjectReference) => {
    made = undefined;
    unreadable.delete(namespace);
    installed.delete(namespace);
  };
  const describe = (namespace: string) => {
    const profile = installed.get(namespace);
    const name = `ConfigMap ${namespace}/${configMap}`;
    if (profile) return `${name}: version ${profile.version} (${profile.release || 'release not named'})`;
    const problem = unreadable.get(namespace);
    const why = problem === undefined ? `no ${name}` : `${name} cannot be read (${problem})`;
    return `${why}, so what the conventions say holds`;
  };
  const tell = () => {
    const remarks = [...differences(), ...[...unreadable.keys()].map(describe)];
    if (remarks.join() === told) return;
    told = remarks.join();
    for (const remark of remarks) log.warn(remark);
  };
  const namespaces = () => [
    ...new Set(stated().conventions.flatMap(({ mesh }) => (mesh ? [mesh.linkerd.namespace] : []))),
  ];

  return {
    namespaces,
    conventions: () => {
      const from = stated();
      if (made?.from === from) return made.set;
      made = { from, set: withInstalledLinkerd(from, installed) };
      tell();
      return made.set;
    },
    apply: ({ put = [], remove = [] }) => {
      const gone = remove.filter(isConfig);
      const come = put.filter((object) => isConfig(referenceOf(object)));
      for (const reference of gone) drop(reference);
      for (const object of come) take(object);
      if (gone.length + come.length > 0) tell();
    },
    check: () => ({
      name: 'linkerd',
      ok: true,
      detail: [...namespaces().map(describe), ...differences()].join('; ') || 'no convention has a mesh',
    }),
  };
}

const configMap = 'linkerd-config';

function isConfig({ kind, name }: ObjectReference): boolean {
  return kind === 'ConfigMap' && name === configMap;
}

/** The merged values of Linkerd's chart, as YAML in the ConfigMap. */
function readValues(text: unknown): { readonly values: unknown } | { readonly problem: string } {
  if (typeof text !== 'string') return { problem: 'it has no key "values"' };
  try {
    return { values: load(text) };
  } catch (error) {
    return { problem: error instanceof Error ? (error.message.split('\n', 1)[0] ?? '') : String(error) };
  }
}
