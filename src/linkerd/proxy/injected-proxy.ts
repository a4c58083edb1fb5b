import { isRecord } from '../../kubernetes/object.ts';
import type { PodTemplate } from '../../kubernetes/pod-template.ts';
import type { LinkerdProfile } from '../installation/installation.ts';
import { annotationMap, settingsOf } from './proxy-annotations.ts';
import type { ProxySettings } from '../installation/proxy-settings.ts';
import { exemptsNoMore, flagOf, setsUpRedirect, validatesRedirect } from './redirect-flags.ts';
import { records } from '../../kubernetes/read.ts';

/** What gave pods the proxy that they come with: the injector in the cluster, or `linkerd inject --manual` before it. */
export type ProxyMaker = 'injector' | 'command';

/**
 * Who gave a pod its proxy, by all that comes with one: the marks on its metadata, the container itself, which runs the
 * command of its image, and an init container that leads traffic to it or, with the CNI plugin, sees that it is led.
 * A name alone keeps the injector away and proves nothing. Images tell nothing here: registries are mirrored, tags pinned.
 * Sources: Linkerd charts/patch/templates/patch.json, charts/partials/templates/{_proxy,_proxy-init,_network-validator}.tpl,
 * pkg/inject/inject.go (injectObjectMeta), controller/proxy-injector/webhook.go, cli/cmd/inject.go (created-by).
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
 * Whether a pod has the containers of an injected one. Of a pod that runs that is enough: they were judged when it was
 * made and can't change, while its labels and annotations can.
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

function isProxy({ args, command, name }: Readonly<Record<string, unknown>>): boolean {
  return name === proxyName && command === undefined && args === undefined;
}

function redirectorsOf({
  initContainers,
}: PodTemplate['spec']): readonly Readonly<Record<string, unknown>>[] {
  return records(initContainers).filter(isRedirector);
}

function isRedirector(container: Readonly<Record<string, unknown>>): boolean {
  if (container.name === initName) return setsUpRedirect(container);
  return container.name === validatorName && validatesRedirect(container);
}

/**
 * Whether the containers of a pod that comes with its proxy are what the injector makes by the settings of the
 * installation and the annotations of the pod: nothing more goes past the proxy than they say and, where `linkerd-config`
 * has been read, the redirect is of its kind and the images bear its names. Registries, tags and digests may be others.
 * The settings are those predicted for the pod, or else, beside another mesh's sidecar, those of its annotations.
 */
export function isAsInjected(
  { annotations, spec }: PodTemplate,
  namespaceAnnotations: Readonly<Record<string, string>>,
  profile: LinkerdProfile,
  predicted?: ProxySettings,
): boolean {
  const settings =
    predicted ?? settingsOf(profile, annotationMap(annotations), annotationMap(namespaceAnnotations), spec);
  const redirectors = redirectorsOf(spec);
  const init = redirectors.find(({ name }) => name === initName);
  if (init && !exemptsNoMore(init, settings, profile)) return false;
  const uid = runningAs(spec)?.uid;
  if (init && uid !== undefined && flagOf(init, '--proxy-uid') !== String(uid)) return false;
  if (profile.release === '') return true;
  const usual = redirectors.find(({ name }) => name === (profile.cni ? validatorName : initName));
  const proxyImages = [settings.image.name];
  // From 2.20 on linkerd-init runs from the image of the proxy.
  const usualImages = profile.cni ? proxyImages : [settings.initImage.name, ...proxyImages];
  return (
    usual !== undefined &&
    bearsName(usual, usualImages) &&
    proxiesOf(spec).every((proxy) => bearsName(proxy, proxyImages))
  );
}

/** Whether an image has the last part of a name: what mirrors keep. */
function bearsName({ image }: Readonly<Record<string, unknown>>, names: readonly string[]): boolean {
  return typeof image === 'string' && names.some((name) => lastPart(name) === lastPart(image));
}

function lastPart(image: string): string {
  const path = image.replace(/@.*$/, '');
  return path.slice(path.lastIndexOf('/') + 1).replace(/:.*$/, '');
}

/**
 * As whom the proxy of a running pod runs, and so as whom others get around it: what the pod's annotations say by now
 * changes nothing of that.
 * Source: Linkerd charts/partials/templates/_proxy.tpl (securityContext).
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
 * The spec of a pod that has its proxy as its author wrote it: gaps stand where the injector's containers are, so that
 * pointers into the lists stay right. Of two init containers that bear a name of the injector's it made one.
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

/** The spec without the gaps, as somebody reads it who counts containers. */
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
