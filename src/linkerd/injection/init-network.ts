import { pointerOf, type JsonPointer } from '../../kubernetes/json-pointer.ts';
import type { PodTemplate } from '../../kubernetes/pod-template.ts';
import { list, record, text, texts } from '../../kubernetes/read.ts';
import type { LinkerdProfile } from '../installation/installation.ts';
import type { ProxySettings } from '../installation/proxy-settings.ts';
import { includesPort, readSkipPorts } from '../ports/port-list.ts';
import { skipRoute } from '../ports/skip-entries.ts';

/** An init container that asks for something on the network before there is a proxy to bring it there. */
export interface CutOffInitContainer {
  /** A pointer within the pod template. */
  readonly pointer: JsonPointer;
  readonly name: string;
  /** The word in its command that tells. */
  readonly word: string;
  /** The ports that its command names, or that such a command asks; empty where nobody can tell. */
  readonly ports: readonly number[];
}

/**
 * Finds the init containers that wait for ever: with the CNI plugin the redirect to the proxy is there from the beginning
 * and the proxy comes after them, so what they send arrives nowhere. Not so with native sidecars, as the proxy's own user,
 * and on ports that the redirect leaves alone.
 * Source: Linkerd's docs, features/cni.md; linkerd2#8100, #4792.
 *
 * @param template The pod template, as its author wrote it.
 * @param settings The settings of the pods' own proxy.
 * @param installation The Linkerd installation, from `defaultProfile` or `profileFromLinkerdConfig`.
 * @returns Each init container of which the command looks like a client's.
 * @example
 * const initContainers = [{ name: 'ready', command: ['sh', '-c', 'until pg_isready -h db; do sleep 2; done'] }];
 * const spec = { initContainers, containers: [{ name: 'web' }] };
 * const template = { pointer: '', metadata: {}, labels: {}, annotations: {}, spec } as const;
 * const installation = { ...defaultProfile('2.18'), cni: true };
 * cutOffInitContainers(template, installation, installation).map(({ ports }) => ports); // [[5432]]
 */
export function cutOffInitContainers(
  { spec }: PodTemplate,
  settings: ProxySettings,
  installation: LinkerdProfile,
): readonly CutOffInitContainer[] {
  if (!installation.cni || settings.nativeSidecar) return [];
  const skipped = readSkipPorts(settings.skipOutboundPorts, skipRoute('outbound', installation));
  if (skipped.unreadable !== undefined) return [];
  const podUser = record(spec.securityContext).runAsUser;
  return list(spec.initContainers).flatMap((item, index): CutOffInitContainer[] => {
    const container = record(item);
    const user = record(container.securityContext).runAsUser ?? podUser;
    if (container.restartPolicy === 'Always' || user === settings.uid) return [];
    const words = [...texts(container.command), ...texts(container.args)];
    const commands = words.length === 0 ? [imageName(text(container.image))] : commandsOf(words);
    const client = clientIn(commands);
    if (!client) return [];
    const ports = portsIn(commands.join('\n')) ?? client.ports;
    // Somebody who skips ports of his own knows; which ones they ask for cannot always be told.
    const isSkipped =
      ports.length === 0
        ? settings.skipOutboundPorts !== installation.skipOutboundPorts
        : ports.every((port) => includesPort(skipped, port));
    if (isSkipped) return [];
    const pointer = pointerOf('spec', 'initContainers', index);
    return [{ pointer, name: text(container.name), word: client.word, ports }];
  });
}

/** Programs that do nothing without a network, and the ports that they ask where nothing else is said. */
const clients: ReadonlyMap<string, readonly number[]> = new Map<string, readonly number[]>([
  ['pg_isready', [5432]],
  ['psql', [5432]],
  ['pg_dump', [5432]],
  ['mysql', [3306]],
  ['mysqladmin', [3306]],
  ['mongo', [27017]],
  ['mongosh', [27017]],
  ['redis-cli', [6379]],
  ['cqlsh', [9042]],
  ...[
    'curl wget nc ncat netcat telnet grpcurl rabbitmqadmin kafka-topics kafka-topics.sh',
    'wait-for wait-for-it wait-for.sh wait-for-it.sh wait-for-postgres wait4x dockerize k8s-wait-for',
    'git git-sync ssh scp rsync kubectl helm vault aws gsutil gcloud azcopy rclone s3cmd mc',
    'flyway liquibase alembic goose dbmate golang-migrate',
  ].flatMap((words) => words.split(' ').map((word) => [word, []] as const)),
]);

/** Frameworks of which some command migrates a database. */
const frameworks = /\b(?:manage\.py|rails|rake|artisan|prisma|knex|sequelize|typeorm|ef)\b/;

interface Client {
  readonly word: string;
  readonly ports: readonly number[];
}

function clientIn(commands: readonly string[]): Client | undefined {
  for (const command of commands) {
    const word = programOf(command);
    const ports = clients.get(word);
    if (ports) return { word, ports };
    if (command.includes('/dev/tcp/')) return { word: '/dev/tcp', ports: [] };
    if (frameworks.test(command) && /migrat|\bdb:/.test(command)) return { word: 'migrate', ports: [] };
  }
  return undefined;
}

/** The commands of a script, or the one command of a list of words. */
function commandsOf(words: readonly string[]): readonly string[] {
  const script = words[words.findIndex((word) => /^-[a-z]*c$/.test(word)) + 1];
  const isShell = /(?:^|\/)(?:ba|da|a|z)?sh$/.test(words[0] ?? '');
  return isShell && script !== undefined
    ? script.slice(0, longestScript).split(/[;&|()\n`]+/)
    : [words.join(' ').slice(0, longestScript)];
}

/** Nobody writes more into a manifest that only waits for something. */
const longestScript = 8192;

/** Words of the shell, and programs that run another, before which a command begins. */
const before =
  /^(?:until|while|if|elif|then|else|do|exec|sudo|time|timeout|nohup|env|!|\{|\d+[smh]?|-\S*|\w+=\S*)$/;

function programOf(command: string): string {
  const word = command
    .trim()
    .split(/\s+/)
    .find((candidate) => !before.test(candidate));
  return (word ?? '').replace(/^["'$]+|["']+$/g, '').replace(/^.*\//, '');
}

/** What an image is called, where nothing but the image says what is run. */
function imageName(image: string): string {
  return /([^/:@]+)(?::[^/@]*)?(?:@.*)?$/.exec(image)?.[1] ?? '';
}

/** The ports that a command names: after a host and a colon, after a host alone, or as an option. */
function portsIn(line: string): readonly number[] | undefined {
  const found = [
    ...line.matchAll(
      /(?:[\w)}]:|\/dev\/tcp\/[^/\s]+\/|(?:-p|-P|--port)[= ]?|\bnc (?:-\S+ )*[\w.-]+ )(\d{2,5})\b/g,
    ),
  ].map(([, port]) => Number(port));
  if (found.length > 0) return [...new Set(found)].filter((port) => port > 0 && port < 65_536);
  // A variable may hold the port as well.
  const [, secure] = /\bhttp(s?):\/\/[\w.-]+(?![\w.$-])/.exec(line) ?? [];
  return secure === undefined ? undefined : [secure === '' ? 80 : 443];
}
