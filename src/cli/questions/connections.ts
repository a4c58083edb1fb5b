import { stateOnceApplied } from '../../application/check/judge-manifests.ts';
import { placesOf } from '../../application/check/places-of.ts';
import { TollgateError } from '../../errors.ts';
import { askConnections } from '../../questions/connections/ask-connections.ts';
import type { ConnectionOptions } from '../../questions/connections/connection-options.ts';
import { readEnd, readPort } from '../../questions/flow/read-question.ts';
import {
  connectionsFormatNames,
  connectionsFormats,
  type ConnectionsFormatName,
} from '../../report/connections/formats.ts';
import { list, toggle, value } from '../../settings.ts';
import { listInWords } from '../../text/list.ts';
import { defineCommand } from '../command.ts';
import { manifestSettings } from '../inputs/manifest-settings.ts';
import { type OutputTarget, readTarget, targetsFor } from '../output-target.ts';
import { contextSettings } from '../inputs/read-context.ts';
import { readState } from '../inputs/read-state.ts';
import { tellIncomplete, writeAnswer } from '../write-answer.ts';

const kinds = ['open', 'encrypted', 'plaintext', 'unknown'] as const;

const end = (flag: 'from' | 'to', what: string) =>
  list(flag, {
    placeholder: 'END',
    description: `Only connections ${what}; an end is what \`tollgate flow\` takes`,
    read: readEnd,
  });

const settings = {
  ...manifestSettings,
  ...contextSettings,
  from: end('from', 'that this end opens'),
  to: end('to', 'that this end takes'),
  port: value<ConnectionOptions['port']>('port', {
    placeholder: 'PORT[/PROTOCOL]',
    description: 'Only connections to this port, by its number; without a protocol it is TCP',
    fallback: undefined,
    read: (text) => {
      const read = readPort(text) ?? { problem: 'is no port: expected a number such as 5432 or 53/UDP' };
      if ('problem' in read) return read;
      const { port, protocol } = read.value;
      return typeof port === 'number'
        ? { value: { port, ...(protocol ? { protocol } : {}) } }
        : { problem: `is ${JSON.stringify(port)}: expected the number of a port` };
    },
  }),
  only: value<ConnectionOptions['only']>('only', {
    placeholder: kinds.join('|'),
    description: 'Only connections that are certainly open, encrypted, in the clear, or not known',
    fallback: undefined,
    read: (text) => {
      const kind = kinds.find((one) => one === text);
      return kind
        ? { value: kind }
        : { problem: `is ${JSON.stringify(text)}, expected ${listInWords(kinds, { last: 'or' })}` };
    },
  }),
  exposure: toggle('exposure', {
    description: 'Also what pods that do not exist yet may open to those that do, and take from them',
  }),
  output: list<OutputTarget<ConnectionsFormatName>>('output', {
    short: 'o',
    placeholder: 'FORMAT[=FILE]',
    description: `${connectionsFormatNames.join(', ')}; without a file it goes to standard output`,
    read: readTarget(connectionsFormatNames),
  }),
} as const;

/** `tollgate connections`: everything that may connect, exactly. */
export const command = defineCommand({
  usage: '[PATH…] [FLAGS]',
  description: [
    'Lists every connection that manifests let through: between workloads, to addresses and from them, for TCP, UDP, SCTP',
    'and ICMP, IPv4 and IPv6, each with all of its ports, the rules that let it through and whether it is encrypted. What',
    'is not listed is denied. Workloads that neither a policy nor the mesh tells apart are one end. A PATH is what',
    '`tollgate check` takes.',
    '',
    'Exit codes: 0 answered, 2 wrong usage or configuration, 3 something could not be read, so that nothing is certain.',
  ].join('\n'),
  settings,
  examples: [
    ['tollgate connections deploy/', 'everything that is open'],
    ['tollgate connections deploy/ --from internet', 'what the world may reach'],
    ['tollgate connections --live --only plaintext -o csv=clear.csv', 'what goes in the clear'],
    [
      'tollgate connections deploy/ --to shop/db --exposure',
      'who may reach the database, pods to come included',
    ],
  ],
  run: async ({ values, positionals }, context) => {
    const targets = targetsFor(values.output, 'text', 'connections');
    const { around, set, stated, whole } = await readState(positionals, values, context);
    const { conventions, inventory } = stateOnceApplied(whole, stated, around.application);
    const { exposure, from, only, port, to } = values;
    const answer = askConnections(
      { inventory, conventions, now: values.now ?? context.now() },
      { from, to, exposure, ...(port ? { port } : {}), ...(only ? { only } : {}) },
    );
    if (answer.problems.length > 0)
      throw new TollgateError('ERR_USAGE', {
        command: 'connections',
        problems: listInWords(answer.problems),
      });
    await writeAnswer({ answer, placeOf: placesOf(set) }, targets, connectionsFormats, context);
    tellIncomplete(answer.incomplete, targets, context);
    return answer.incomplete.length > 0 ? 3 : 0;
  },
});
