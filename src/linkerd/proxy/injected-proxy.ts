import { isRecord } from '../../kubernetes/object.ts';
import type { PodTemplate } from '../../kubernetes/pod-template.ts';
import type { LinkerdProfile } from '../installation/installation.ts';
import { annotationMap, settingsOf } from './proxy-annotations.ts';
import { hasItsProgram, hasItsPrograms } from './kept-program.ts';
import type { ProxySettings } from '../installation/proxy-settings.ts';
import { exemptsNoMore, flagOf, setsUpRedirect, validatesRedirect } from './redirect-flags.ts';
import { records } from '../../kubernetes/read.ts';

/** What added the proxy to a pod: the injector in the cluster, or `linkerd inject --manual` before it. */
export type ProxyMaker = 'injector' | 'command';

/**
 * Finds what added the proxy to a pod, by everything that is added with it: the marks on its metadata, the container
 * itself, which runs the command of its image, and an init container that redirects traffic to it or, with the CNI
 * plugin, checks the redirect. A name alone keeps the injector away and proves nothing. Images prove nothing either:
 * registries are mirrored, tags pinned.
 * Sources: Linkerd charts/patch/templates/patch.json, charts/partials/templates/{_proxy,_proxy-init,_network-validator}.tpl,
 * pkg/inject/inject.go (injectObjectMeta), controller/proxy-injector/webhook.go, cli/cmd/inject.go (created-by).
 *
 * @param template The pod as it comes.
 * @returns Who made its proxy, or undefined where it has none or it proves nothing.
 * @example
 * const spec = {
 *   initContainers: [
 *     {
 *       name: 'linkerd-init',
 *       args: ['--incoming-proxy-port', '4143', '--outgoing-proxy-port', '4140', '--proxy-uid', '2102'],
 *     },
 *   ],
 *   containers: [{ name: 'web' }, { name: 'linkerd-proxy', securityContext: { runAsUser: 2102 } }],
 * };
 * const labels = { 'linkerd.io/control-plane-ns': 'linkerd' };
 * const annotations = {
 *   'linkerd.io/created-by': 'linkerd/proxy-injector edge-26.8.3',
 *   'linkerd.io/proxy-version': 'edge-26.8.3',
 *   'linkerd.io/trust-root-sha256': '0'.repeat(64),
 * };
 * proxyMakerOf({ pointer: '', metadata: { labels, annotations }, labels, annotations, spec }); // 'injector'
 */
export function proxyMakerOf({ annotations, labels, spec }: PodTemplate): ProxyMaker | undefined {
  const isMarked =
    Boolean(annotations['linkerd.io/proxy-version']) &&
    /^[0-9a-f]{64}$/.test(annotations['linkerd.io/trust-root-sha256'] ?? '') &&
    Boolean(labels['linkerd.io/control-plane-ns']);
  if (!isMarked || !hasItsContainers(spec)) return undefined;
  const [creator = ''] = (annotations['linkerd.io/created-by'] ?? '').split(' ', 1);
  return creators.get(creator);
}

const creators: ReadonlyMap<string, ProxyMaker> = new Map([
  ['linkerd/proxy-injector', 'injector'],
  ['linkerd/cli', 'command'],
]);

const proxyName = 'linkerd-proxy';
const debugName = 'linkerd-debug';
const initName = 'linkerd-init';
const validatorName = 'linkerd-network-validator';

/**
 * Tells whether a pod has the containers of an injected one. For a running pod that is enough: its containers were judged
 * when it was created and cannot change, while its labels and annotations can.
 *
 * @param spec The spec of the pod.
 * @returns Whether it has a proxy and an init container that leads traffic to it.
 * @example
 * const spec = {
 *   initContainers: [
 *     {
 *       name: 'linkerd-init',
 *       args: ['--incoming-proxy-port', '4143', '--outgoing-proxy-port', '4140', '--proxy-uid', '2102'],
 *     },
 *   ],
 *   containers: [{ name: 'web' }, { name: 'linkerd-proxy', securityContext: { runAsUser: 2102 } }],
 * };
 * hasItsContainers(spec); // true
 */
export function hasItsContainers(spec: PodTemplate['spec']): boolean {
  return hasProxy(spec) && redirectorsOf(spec).length > 0;
}

/** An ordinary container, or an init container that keeps running: a native sidecar. */
function hasProxy(spec: PodTemplate['spec']): boolean {
  return (
    records(spec.containers).some(isProxy) ||
    records(spec.initContainers).some((item) => isProxy(item) && item.restartPolicy === 'Always')
  );
}

function isProxy(container: Readonly<Record<string, unknown>>): boolean {
  const { args, command, name } = container;
  return name === proxyName && command === undefined && args === undefined && hasItsProgram(container);
}

function redirectorsOf({
  initContainers,
}: PodTemplate['spec']): readonly Readonly<Record<string, unknown>>[] {
  return records(initContainers).filter(isRedirector);
}

function isRedirector(container: Readonly<Record<string, unknown>>): boolean {
  if (!hasItsPrograms(container)) return false;
  if (container.name === initName) return setsUpRedirect(container);
  return container.name === validatorName && validatesRedirect(container);
}

/**
 * Tells whether the containers of a pod that comes with its proxy are what the injector makes from the settings of the
 * installation and the annotations of the pod. No more traffic may bypass the proxy than these say and, if
 * `linkerd-config` has been read, the redirect must be of the installation's kind and the images must have its names.
 * Registries, tags and digests may differ. Without a prediction, as beside another mesh's sidecar, the settings are
 * those of the annotations.
 *
 * @param template The pod as it comes, with its proxy.
 * @param namespaceAnnotations The annotations of its namespace.
 * @param installation The Linkerd installation, from `defaultProfile` or `profileFromLinkerdConfig`.
 * @param predicted The settings of its proxy, from `predictInjection` on the pod without its proxy.
 * @returns Whether the containers are what the injector makes.
 * @example
 * const spec = {
 *   initContainers: [
 *     {
 *       name: 'linkerd-init',
 *       args: ['--incoming-proxy-port', '4143', '--outgoing-proxy-port', '4140', '--proxy-uid', '2102'],
 *     },
 *   ],
 *   containers: [{ name: 'web' }, { name: 'linkerd-proxy', securityContext: { runAsUser: 2102 } }],
 * };
 * const template = { pointer: '', metadata: {}, labels: {}, annotations: {}, spec } as const;
 * isAsInjected(template, {}, defaultProfile()); // true
 */
export function isAsInjected(
  { annotations, spec }: PodTemplate,
  namespaceAnnotations: Readonly<Record<string, string>>,
  installation: LinkerdProfile,
  predicted?: ProxySettings,
): boolean {
  const settings =
    predicted ??
    settingsOf(installation, annotationMap(annotations), annotationMap(namespaceAnnotations), spec);
  const redirectors = redirectorsOf(spec);
  const init = redirectors.find(({ name }) => name === initName);
  if (init && !exemptsNoMore(init, settings, installation)) return false;
  const uid = runningAs(spec)?.uid;
  if (init && uid !== undefined && flagOf(init, '--proxy-uid') !== String(uid)) return false;
  if (installation.release === '') return true;
  const usual = redirectors.find(({ name }) => name === (installation.cni ? validatorName : initName));
  const proxyImages = [settings.image.name];
  // From 2.20 on linkerd-init runs from the image of the proxy.
  const usualImages = installation.cni ? proxyImages : [settings.initImage.name, ...proxyImages];
  return (
    usual !== undefined &&
    bearsName(usual, usualImages) &&
    proxiesOf(spec).every((proxy) => bearsName(proxy, proxyImages))
  );
}

/** Whether an image and a name have the same last part, which mirrors keep. */
function bearsName({ image }: Readonly<Record<string, unknown>>, names: readonly string[]): boolean {
  return typeof image === 'string' && names.some((name) => lastPart(name) === lastPart(image));
}

function lastPart(image: string): string {
  const path = image.replace(/@.*$/, '');
  return path.slice(path.lastIndexOf('/') + 1).replace(/:.*$/, '');
}

/**
 * Finds the user and the group of the proxy of a running pod. Other containers bypass the proxy with them, and later
 * changes of the pod's annotations do not change them.
 * Source: Linkerd charts/partials/templates/_proxy.tpl (securityContext).
 *
 * @param spec The spec of the running pod.
 * @returns The numeric user and group of its proxy, as far as they are written; undefined where it has no proxy.
 * @example
 * const spec = {
 *   initContainers: [
 *     {
 *       name: 'linkerd-init',
 *       args: ['--incoming-proxy-port', '4143', '--outgoing-proxy-port', '4140', '--proxy-uid', '2102'],
 *     },
 *   ],
 *   containers: [{ name: 'web' }, { name: 'linkerd-proxy', securityContext: { runAsUser: 2102 } }],
 * };
 * runningAs(spec); // { uid: 2102 }
 */
export function runningAs(
  spec: PodTemplate['spec'],
): { readonly uid?: number; readonly gid?: number } | undefined {
  const context = proxiesOf(spec)[0]?.securityContext;
  if (!isRecord(context)) return undefined;
  const { runAsGroup: gid, runAsUser: uid } = context;
  return {
    ...(typeof uid === 'number' ? { uid } : {}),
    ...(typeof gid === 'number' ? { gid } : {}),
  };
}

function proxiesOf(spec: PodTemplate['spec']): readonly Readonly<Record<string, unknown>>[] {
  return [spec.initContainers, spec.containers].flatMap((list) => records(list).filter(isProxy));
}

/**
 * Removes the injector's containers from the spec of a pod. Gaps stay in their place, so that pointers into the lists
 * stay valid. Of two init containers with a name of the injector's, it made only one.
 *
 * @param spec The spec of a pod with its proxy.
 * @param made `cni`: the CNI plugin sets up the redirect; `debug`: a container `linkerd-debug` is the injector's.
 * @returns The same spec with null in place of each container of the injector.
 * @example
 * const spec = {
 *   initContainers: [
 *     {
 *       name: 'linkerd-init',
 *       args: ['--incoming-proxy-port', '4143', '--outgoing-proxy-port', '4140', '--proxy-uid', '2102'],
 *     },
 *   ],
 *   containers: [{ name: 'web' }, { name: 'linkerd-proxy', securityContext: { runAsUser: 2102 } }],
 * };
 * withoutInjected(spec, { cni: false, debug: false }).containers; // [{ name: 'web' }, null]
 */
export function withoutInjected(
  spec: PodTemplate['spec'],
  { cni, debug }: { readonly cni: boolean; readonly debug: boolean },
): PodTemplate['spec'] {
  const [redirector, ...others] = redirectorsOf(spec);
  const usual = cni ? validatorName : initName;
  const added: ReadonlySet<unknown> = new Set([proxyName, others.length > 0 ? usual : redirector?.name]);
  const isAdded = (item: unknown) => isRecord(item) && added.has(item.name);
  const isAddedBeside = (item: unknown) =>
    isRecord(item) && (item.name === proxyName || (debug && item.name === debugName));
  return {
    ...spec,
    containers: withGaps(spec.containers, isAddedBeside),
    initContainers: withGaps(spec.initContainers, isAdded),
  };
}

/**
 * Removes the gaps from a spec, so that its containers are counted as people count them.
 *
 * @param spec A spec from `withoutInjected`.
 * @returns The same spec with lists that hold containers only.
 * @example
 * withoutGaps({ containers: [{ name: 'web' }, null] }); // { containers: [{ name: 'web' }] }
 */
export function withoutGaps(spec: PodTemplate['spec']): PodTemplate['spec'] {
  const { containers, initContainers } = spec;
  return {
    ...spec,
    ...(Array.isArray(containers) ? { containers: records(containers) } : {}),
    ...(Array.isArray(initContainers) ? { initContainers: records(initContainers) } : {}),
  };
}

function withGaps(list: unknown, isGap: (item: unknown) => boolean): unknown {
  return Array.isArray(list) ? list.map((item: unknown) => (isGap(item) ? null : item)) : list;
}
