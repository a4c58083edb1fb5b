import type { KubernetesObject } from '../../kubernetes/object.ts';
import { containersOf, podTemplateOf, type PodTemplate } from '../../kubernetes/pod-template.ts';
import type { Injection } from './injection-answer.ts';
import type { LinkerdProfile } from '../installation/installation.ts';
import { atLeast } from '../installation/version.ts';

/** Why meshed pods that should run to their end never finish, and what to write instead. */
export interface UnfinishedJob {
  /** One sentence without a full stop. */
  readonly message: string;
  /** The reason alone, as a clause. */
  readonly why: string;
  /** The annotation of the pod template that makes the proxy a native sidecar, which ends with the Job. */
  readonly remedy: { readonly key: string; readonly value: string };
  /** The annotation without which the job's own linkerd-await cannot end the proxy. */
  readonly lacks?: { readonly key: string; readonly value: string };
}

/**
 * Tells whether meshed pods that should run to their end never do, because their proxy keeps running: the pods of a Job
 * or CronJob, and those of anything else that are not to be started again. They do finish with a native sidecar, which
 * ends with the Job, and with a proxy that the job itself shuts down by linkerd-await.
 * Source: Linkerd's docs on native sidecars and on graceful shutdown of Jobs.
 *
 * @param object Any object with a pod template.
 * @param injection What becomes of its pods, from `predictInjection`.
 * @param installation The Linkerd installation, from `defaultProfile` or `profileFromLinkerdConfig`.
 * @returns Why they never finish and the annotation that lets them, or undefined.
 * @example
 * const job = {
 *   apiVersion: 'batch/v1',
 *   kind: 'Job',
 *   metadata: { name: 'load' },
 *   spec: {
 *     template: {
 *       metadata: { annotations: { 'linkerd.io/inject': 'enabled' } },
 *       spec: { containers: [{ name: 'load', image: 'load' }] },
 *     },
 *   },
 * };
 * const installation = defaultProfile('2.19');
 * const injection = predictInjection(job, { name: 'shop', labels: {}, annotations: {} }, installation);
 * unfinishedJob(job, injection, installation)?.message; // 'the Job never finishes: its proxy keeps running after the job is done'
 */
export function unfinishedJob(
  object: KubernetesObject,
  { injected, settings }: Injection,
  installation: LinkerdProfile,
): UnfinishedJob | undefined {
  const template = podTemplateOf(object);
  if (!template || !runsToItsEnd(object, template)) return undefined;
  if (!injected || !settings || settings.nativeSidecar) return undefined;
  const shutsDown = runsLinkerdAwait(template);
  if (shutsDown && settings.adminShutdown) return undefined;
  const why = shutsDown
    ? 'linkerd-await asks the proxy to stop, but its shutdown endpoint is disabled'
    : 'its proxy keeps running after the job is done';
  return {
    message: `the ${object.kind} never finishes: ${why}`,
    why,
    remedy: { key: nativeSidecarAnnotation(installation), value: 'true' },
    ...(shutsDown ? { lacks: { key: 'config.linkerd.io/proxy-admin-shutdown', value: 'enabled' } } : {}),
  };
}

/** Whoever holds the template: what is always started again says Always, or nothing. */
function runsToItsEnd({ kind }: KubernetesObject, { spec: { restartPolicy } }: PodTemplate): boolean {
  return kind === 'Job' || kind === 'CronJob' || restartPolicy === 'Never' || restartPolicy === 'OnFailure';
}

/**
 * Names the annotation by which a version of Linkerd makes the proxy a native sidecar.
 *
 * @param installation Its `version`.
 * @returns The whole key.
 * @example
 * nativeSidecarAnnotation(defaultProfile('2.19')); // 'config.beta.linkerd.io/proxy-enable-native-sidecar'
 */
export function nativeSidecarAnnotation({ version }: LinkerdProfile): string {
  if (atLeast(version, '2.20')) return 'config.linkerd.io/proxy-enable-native-sidecar';
  const stage = atLeast(version, '2.19') ? 'beta' : 'alpha';
  return `config.${stage}.linkerd.io/proxy-enable-native-sidecar`;
}

/** Whether some container wraps its command in `linkerd-await --shutdown`. */
function runsLinkerdAwait({ spec }: PodTemplate): boolean {
  return containersOf(spec).some((container) => {
    const words = [container.command, container.args].flatMap((list) => (Array.isArray(list) ? list : []));
    const line = words.filter((word) => typeof word === 'string').join(' ');
    return /\blinkerd-await\b/.test(line) && /(^|\s)(--shutdown|-S)(\s|=|$)/.test(line);
  });
}
