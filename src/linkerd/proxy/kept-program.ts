import { list, record, records } from '../../kubernetes/read.ts';

type Container = Readonly<Record<string, unknown>>;

/**
 * Whether a container of the injector's has the programs of its image: nothing is mounted over them. What webhooks of
 * clouds, certificates and time zones mount into every container is elsewhere.
 * Source: Linkerd charts/partials/templates/{_proxy,_proxy-init,_network-validator}.tpl, which mount below /run and /var.
 */
export function hasItsProgram({ volumeMounts }: Container): boolean {
  return !list(volumeMounts).some((mount) => hidesAny(record(mount).mountPath, [linkerdPrograms]));
}

/**
 * The same of what sets up or checks the redirect, which starts other programs and libraries: its environment leads to
 * none but those of the image. Agents that load themselves into every program leave init containers alone.
 * Source: linkerd2-proxy-init pkg/iptables, where the firewall is looked for in PATH.
 */
export function hasItsPrograms({ env, envFrom, volumeMounts }: Container): boolean {
  return (
    list(envFrom).length === 0 &&
    !records(env).some(
      ({ name }) => typeof name === 'string' && (name === 'PATH' || name.startsWith('LD_')),
    ) &&
    !list(volumeMounts).some((mount) => hidesAny(record(mount).mountPath, programPlaces))
  );
}

const linkerdPrograms = '/usr/lib/linkerd';
/** Where images have programs, the libraries that these load, and what says which. */
const programPlaces = [
  ...['', '/usr', '/usr/local'].flatMap((root) =>
    ['bin', 'lib', 'lib32', 'lib64', 'sbin'].map((folder) => `${root}/${folder}`),
  ),
  ...['preload', 'cache', 'conf', 'conf.d'].map((name) => `/etc/ld.so.${name}`),
];

/** A plain path below another folder. */
const elsewhere = /^\/(?!(?:bin|etc|lib|lib32|lib64|sbin|usr)(?:\/|$))[^/.]+(?:\/[^/.][^/]*)*\/?$/;

/** Whether a mount lies in one of some folders, or holds one. */
function hidesAny(path: unknown, folders: readonly string[]): boolean {
  if (typeof path !== 'string') return true;
  // Nearly all lie elsewhere, and a container may have thousands.
  if (elsewhere.test(path)) return false;
  const mounted = normalized(path);
  return folders.some(
    (folder) => `${mounted}/`.startsWith(`${folder}/`) || `${folder}/`.startsWith(`${mounted}/`),
  );
}

/** A path as it is mounted: the root is the empty text. */
function normalized(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return parts.map((part) => `/${part}`).join('');
}
