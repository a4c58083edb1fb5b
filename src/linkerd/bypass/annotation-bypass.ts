import { shownValue } from '../annotations/annotation-problem.ts';
import { catalogueEntry, injectAnnotation, isReadBy } from '../annotations/catalogue.ts';
import { readEnvironmentVariables } from '../installation/environment-variables.ts';
import { parseGoBool, parseGoInt } from '../annotations/value-readers.ts';
import type { LinkerdProfile } from '../installation/installation.ts';
import { listInWords } from '../../text/list.ts';
import { partial, type Bypass } from './bypass.ts';
import { skippedInbound, skippedOutbound, skippedSubnets } from './skip-bypass.ts';

/**
 * Tells how an annotation bypasses the mesh; undefined if it does not. The ports are those that the pods declare and
 * the proxy guards, as far as they are known.
 */
export function annotationBypass(
  key: string,
  value: string,
  installation: LinkerdProfile,
  ports: readonly number[] = [],
): Bypass | undefined {
  const entry = catalogueEntry(key);
  if (isPrintedRaw(key, installation) && breaksOutOfItsLine(value))
    return {
      way: 'proxy-template',
      message: `${key} holds a line break, by which it can rewrite the containers that the injector adds`,
      total: true,
    };
  return entry && isReadBy(entry, installation.version)
    ? judges.get(key)?.(value, installation, ports)
    : undefined;
}

type Judge = (value: string, installation: LinkerdProfile, ports: readonly number[]) => Bypass | undefined;

const prefix = 'config.linkerd.io/';

const judges: ReadonlyMap<string, Judge> = new Map<string, Judge>([
  [
    injectAnnotation,
    (value) => (value === 'disabled' ? partial('opt-out', 'pods opt out of the mesh') : undefined),
  ],
  [`${prefix}skip-inbound-ports`, skippedInbound],
  [`${prefix}skip-outbound-ports`, skippedOutbound],
  [`${prefix}skip-subnets`, skippedSubnets],
  [`${prefix}proxy-uid`, ownId('uid', 'user')],
  [`${prefix}proxy-gid`, ownId('gid', 'group')],
  [
    `${prefix}proxy-image`,
    (value) => partial('proxy-image', `${shownValue(value)} runs as the proxy, whatever that is`),
  ],
  [
    `${prefix}proxy-version`,
    (value) =>
      partial('proxy-image', `release ${shownValue(value)} of the proxy runs, whatever the installation has`),
  ],
  [
    `${prefix}init-image`,
    (value) => partial('proxy-image', `${shownValue(value)} runs as linkerd-init, with NET_ADMIN`),
  ],
  [
    `${prefix}proxy-additional-env`,
    (value) => {
      const names = readEnvironmentVariables(value)?.map(({ name }) => name) ?? [];
      if (names.length === 0) return undefined;
      const shown = listInWords(names.map(quotedIfOdd), { last: ',', most: 5 });
      return partial(
        'proxy-environment',
        `${shown} can override any setting of the proxy, its inbound policy included`,
      );
    },
  ],
  [
    `${prefix}enable-debug-sidecar`,
    (value) =>
      parseGoBool(value)
        ? partial('debug-sidecar', "a debug container can read the pod's traffic")
        : undefined,
  ],
  [
    `${prefix}proxy-log-http-headers`,
    (value) =>
      value === 'insecure'
        ? partial('logged-headers', 'the proxy may log HTTP headers, credentials included')
        : undefined,
  ],
  [
    `${prefix}enable-external-profiles`,
    (value) =>
      parseGoBool(value)
        ? partial('external-profiles', 'the proxy takes service profiles for names outside the cluster')
        : undefined,
  ],
  [
    `${prefix}proxy-admin-shutdown`,
    (value) =>
      value === 'enabled'
        ? partial('admin-shutdown', 'anything in the pod can shut its proxy down')
        : undefined,
  ],
]);

/**
 * Another id for the proxy than the installation's: traffic of any process with that id bypasses the proxy, and the id
 * of a process may come from its image alone.
 */
function ownId(field: 'uid' | 'gid', word: string): Judge {
  return (value, installation) => {
    const id = Number(parseGoInt(value, 64) ?? 0n);
    if (id <= 0 || id === installation[field]) return undefined;
    return partial(
      'proxy-id',
      `containers that run as ${word} ${id} go past the proxy, also where only their image says so`,
    );
  };
}

/**
 * Whether Linkerd's templates print a value unescaped, so that a line break in it starts a new field.
 * Source: linkerd2 charts/partials/templates/_proxy.tpl, _proxy-init.tpl, _debug.tpl.
 */
function isPrintedRaw(key: string, { traceCollector }: LinkerdProfile): boolean {
  return rawKeys.has(key) || (traceCollector !== '' && key.startsWith('resource.opentelemetry.io/'));
}

const rawKeys: ReadonlySet<string> = new Set(
  [
    'proxy-image',
    'proxy-version',
    'image-pull-policy',
    'init-image',
    'init-image-version',
    'debug-image',
    'debug-image-version',
    'debug-image-pull-policy',
  ].map((name) => `${prefix}${name}`),
);

function breaksOutOfItsLine(value: string): boolean {
  return /[\n\r\u0085\u2028\u2029][^\n\r\u0085\u2028\u2029]/.test(value);
}

function quotedIfOdd(name: string): string {
  return /^[\w.-]{1,60}$/.test(name) ? name : shownValue(name);
}
