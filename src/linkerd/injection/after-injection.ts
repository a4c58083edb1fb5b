import { pointerOf, type JsonPointer } from '../../kubernetes/json-pointer.ts';
import type { PodTemplate } from '../../kubernetes/pod-template.ts';
import { list, record, text } from '../../kubernetes/read.ts';
import { parseQuantity } from '../annotations/value-readers.ts';
import type { LinkerdProfile } from '../installation/installation.ts';
import type { ProxySettings } from '../installation/proxy-settings.ts';
import type { Injection } from './injection-answer.ts';

/** Why the API server refuses pods once Linkerd's injector has patched them. */
export interface AfterInjectionProblem {
  /** A pointer within the pod template: `/spec/volumes/0`. */
  readonly pointer: JsonPointer;
  /** One sentence without a full stop. */
  readonly message: string;
  /** What to write instead. */
  readonly expected: string;
}

/**
 * Finds why the API server would refuse the pods of a template after the injector's patch: the workload is accepted, and
 * none of its pods is ever created.
 * Source: Linkerd charts/partials/templates/_proxy.tpl, _proxy-init.tpl, _debug.tpl, charts/patch; Kubernetes
 * pkg/apis/core/validation/validation.go.
 *
 * @param template The pod template, as its author wrote it.
 * @param injection What becomes of its pods, from `predictInjection`.
 * @param installation The Linkerd installation, from `defaultProfile` or `profileFromLinkerdConfig`.
 * @returns Each reason with its place; none for pods that are not injected.
 * @example
 * const spec = { os: { name: 'windows' }, containers: [{ name: 'web' }] };
 * const template = { pointer: '', metadata: {}, labels: {}, annotations: { 'linkerd.io/inject': 'enabled' }, spec } as const;
 * const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web', annotations: template.annotations }, spec };
 * const injection = predictInjection(pod, { name: 'shop', labels: {}, annotations: {} }, defaultProfile());
 * afterInjectionProblems(template, injection, defaultProfile()).map(({ pointer }) => pointer); // ['/spec/os/name']
 */
export function afterInjectionProblems(
  { spec }: PodTemplate,
  { injected, settings }: Injection,
  installation: LinkerdProfile,
): readonly AfterInjectionProblem[] {
  if (!injected || !settings) return [];
  return [
    ...windowsProblems(spec),
    ...takenNames(spec, settings, installation),
    ...settingProblems(settings),
    ...resourceProblems(settings),
  ];
}

function windowsProblems({ os }: PodTemplate['spec']): AfterInjectionProblem[] {
  if (record(os).name !== 'windows') return [];
  return [
    {
      pointer: '/spec/os/name',
      message: 'they are Windows pods, for which the security context of linkerd-init is not allowed',
      expected:
        'linkerd.io/inject: disabled with a waiver for mesh/opt-out, since Linkerd has no proxy for Windows',
    },
  ];
}

/** Containers and volumes have to have names of their own. */
function takenNames(
  spec: PodTemplate['spec'],
  { debugSidecar }: ProxySettings,
  { cni }: LinkerdProfile,
): AfterInjectionProblem[] {
  const containers = [
    cni ? 'linkerd-network-validator' : 'linkerd-init',
    ...(debugSidecar ? ['linkerd-debug'] : []),
  ];
  const volumes = [
    'linkerd-identity-end-entity',
    'linkerd-identity-token',
    ...(cni ? [] : ['linkerd-proxy-init-xtables-lock']),
  ];
  const taken = (field: string, names: readonly string[], what: string) =>
    list(spec[field]).flatMap((item, index): AfterInjectionProblem[] => {
      const name = text(record(item).name);
      if (!names.includes(name)) return [];
      return [
        {
          pointer: `/spec${pointerOf(field, index, 'name')}`,
          message: `the ${what} name ${name} is taken, and Linkerd adds a ${what} of that name`,
          expected: `another name for this ${what}`,
        },
      ];
    });
  return [
    ...taken('containers', containers, 'container'),
    ...taken('initContainers', containers, 'container'),
    ...taken('volumes', volumes, 'volume'),
  ];
}

const largestId = 2 ** 31 - 1;

function settingProblems(settings: ProxySettings): AfterInjectionProblem[] {
  const { additionalEnv, gid, image, ports, uid } = settings;
  const isPort = (port: number) => port >= 1 && port <= 65_535;
  return [
    ...bad(
      uid < 0 || uid > largestId,
      'proxy-uid',
      `${uid} is not a user id`,
      'a number from 0 to 2147483647',
    ),
    ...bad(gid > largestId, 'proxy-gid', `${gid} is not a group id`, 'a number from 0 to 2147483647'),
    ...bad(
      !isPort(ports.inbound),
      'inbound-port',
      `${ports.inbound} is not a port`,
      'a port from 1 to 65535',
    ),
    ...bad(!isPort(ports.admin), 'admin-port', `${ports.admin} is not a port`, 'a port from 1 to 65535'),
    ...bad(
      additionalEnv.some(({ name }) => name === '' || name.includes('=')),
      'proxy-additional-env',
      'a variable has no name',
      'a name for each variable',
    ),
    ...bad(
      !['', 'Always', 'IfNotPresent', 'Never'].includes(image.pullPolicy),
      'image-pull-policy',
      `${image.pullPolicy} is not a pull policy`,
      'Always, IfNotPresent or Never',
    ),
  ];
}

function resourceProblems({ resources }: ProxySettings): AfterInjectionProblem[] {
  const pairs = [
    ['cpu', resources.cpuRequest, resources.cpuLimit],
    ['memory', resources.memoryRequest, resources.memoryLimit],
    ['ephemeral-storage', resources.ephemeralStorageRequest, resources.ephemeralStorageLimit],
  ] as const;
  return pairs.flatMap(([what, request, limit]) => {
    const [least, most] = [parseQuantity(request), parseQuantity(limit)];
    const isAbove =
      request !== '' && limit !== '' && least !== undefined && most !== undefined && least > most;
    return bad(
      isAbove,
      `proxy-${what}-request`,
      `the proxy's ${what} request of ${request} is above its limit of ${limit}`,
      `a proxy-${what}-limit of at least ${request}`,
    );
  });
}

function bad(isBad: boolean, key: string, message: string, expected: string): AfterInjectionProblem[] {
  const annotation = `config.linkerd.io/${key}`;
  if (!isBad) return [];
  return [{ pointer: `/metadata/annotations${pointerOf(annotation)}`, message, expected }];
}
