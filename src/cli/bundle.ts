import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { TollgateError } from '../errors.ts';
import { value } from '../settings.ts';
import { defineCommand } from './command.ts';
import { kubeconfigFile, kubeconfigSetting } from './kubeconfig.ts';

const named = (flag: string, fallback: string, description: string) =>
  value(flag, {
    placeholder: 'NAME',
    description,
    fallback,
    fallbackText: fallback,
    read: (text) =>
      /^[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?$/.test(text)
        ? { value: text }
        : { problem: `is ${JSON.stringify(text)}, expected the name of an object: a-z, 0-9, - and .` },
  });

const path = (flag: string, placeholder: string, description: string, fallbackText: string) =>
  value<string | undefined>(flag, {
    placeholder,
    description,
    fallback: undefined,
    fallbackText,
    read: (text) => (text === '' ? { problem: 'is empty' } : { value: text }),
  });

/** `tollgate bundle`: what somebody who helps has to know of a gate, in a folder. */
export const command = defineCommand({
  usage: '[FLAGS]',
  description: [
    'Collects for support: versions, the settings of the Deployment, readiness and metrics of each replica, the',
    'conventions, the own webhook configurations, and what the last audit found, from Events.',
    'It reads no Secret, and keeps no environment variable of any container. Names of namespaces, objects and users',
    'are in it: look through the folder before you pass it on.',
  ].join('\n'),
  settings: {
    kubeconfig: kubeconfigSetting,
    namespace: named('namespace', 'tollgate-system', 'Namespace of the release'),
    deployment: named('deployment', 'tollgate', 'Name of its Deployment'),
    output: path('output', 'FOLDER', 'Folder to write to; it must not exist', 'tollgate-bundle-TIME'),
  },
  examples: [
    ['tollgate bundle', 'collect from the cluster of the current context'],
    ['tollgate bundle --namespace gate --output /tmp/gate', 'a release in another namespace'],
  ],
  run: async ({ values, positionals }, context) => {
    const { folder, now, stdout, stderr, version } = context;
    if (positionals.length > 0)
      throw new TollgateError('ERR_USAGE', {
        command: 'bundle',
        problems: `bundle takes no arguments, found ${positionals.join(' ')}`,
      });
    const { bundleOfCluster } = await import('../application/bundle/bundle-of-cluster.ts');
    const time = now();
    const { namespace, deployment } = values;
    const files = await bundleOfCluster(kubeconfigFile(values.kubeconfig, context), {
      namespace,
      deployment,
      version,
      now: time,
    });
    const name =
      values.output ?? `tollgate-bundle-${time.toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}`;
    writeFolder(resolve(folder, name), files);
    stdout.write(`${name}: ${[...files.keys()].join(', ')}\n`);
    const problems = files.get('problems.txt');
    if (problems !== undefined) stderr.write(`not everything could be read:\n${problems}`);
    return problems === undefined ? 0 : 3;
  },
});

function writeFolder(folder: string, files: ReadonlyMap<string, string>): void {
  try {
    mkdirSync(folder);
    for (const [name, content] of files) writeFileSync(join(folder, name), content, { mode: 0o600 });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new TollgateError('ERR_CANNOT_WRITE', { file: folder, reason }, { cause: error });
  }
}
