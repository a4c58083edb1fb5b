import { resolve } from 'node:path';
import { TollgateError } from '../errors.ts';
import { printableLine } from '../engine/printable.ts';
import { value } from '../settings.ts';
import { counted } from '../text/plural.ts';
import { writeFile } from './write-file.ts';
import { defineCommand } from './command.ts';
import { kubeconfigFile, kubeconfigSetting } from './kubeconfig.ts';

/** `tollgate snapshot`: what a cluster holds, as a file for pipelines that may not reach it. */
export const command = defineCommand({
  usage: '[FLAGS]',
  description: [
    'Reads a cluster once, with the rights of the kubeconfig, and writes what verdicts need for check --context:',
    'namespaces, policies, service accounts, Services, what workloads say of their pods, and what Linkerd authorizes.',
    'It reads no Secret and no ConfigMap, writes nothing to the cluster, and keeps no variables, commands and volumes of',
    'containers. Names and labels are in it: policies go by them.',
    '',
    'Exit codes: 0 whole, 2 wrong usage or no cluster, 3 something could not be read; verdicts that need it are unknown.',
  ].join('\n'),
  settings: {
    kubeconfig: kubeconfigSetting,
    output: value<string | undefined>('output', {
      short: 'o',
      placeholder: 'FILE',
      description: 'File to write to',
      fallback: undefined,
      fallbackText: 'standard output',
      read: (text) => (text === '' ? { problem: 'is empty' } : { value: text }),
    }),
  },
  examples: [
    ['tollgate snapshot -o cluster.yaml', 'what the cluster of the current context holds'],
    ['tollgate check app/ --context cluster.yaml', 'in a pipeline that cannot reach it'],
  ],
  run: async ({ values, positionals }, context) => {
    if (positionals.length > 0)
      throw new TollgateError('ERR_USAGE', {
        command: 'snapshot',
        problems: `snapshot takes no arguments, found ${positionals.join(' ')}`,
      });
    const { contentOfCluster } = await import('../application/snapshot/cluster-content.ts');
    const { printSnapshot } = await import('../application/snapshot/snapshot-file.ts');
    const content = await contentOfCluster(kubeconfigFile(values.kubeconfig, context));
    const text = printSnapshot(content, context.now());
    if (values.output === undefined) context.stdout.write(text);
    else {
      writeFile(resolve(context.folder, values.output), text, 0o600);
      context.stdout.write(`${values.output}: ${counted(content.objects.length, 'object')}\n`);
    }
    for (const { what, why } of content.gaps)
      context.stderr.write(`${printableLine(`missing: ${what}, ${why}`)}\n`);
    return content.gaps.length > 0 ? 3 : 0;
  },
});
