import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { value } from '../settings.ts';
import type { CommandContext } from './command.ts';

/** The kubeconfig file of the commands that people run beside kubectl. */
export const kubeconfigSetting = value<string | undefined>('kubeconfig', {
  placeholder: 'FILE',
  description: 'kubeconfig file of the cluster',
  fallback: undefined,
  fallbackText: 'the first file of KUBECONFIG, else ~/.kube/config',
  read: (text) => (text === '' ? { problem: 'is empty' } : { value: text }),
});

export function kubeconfigFile(
  given: string | undefined,
  { environment, folder }: Pick<CommandContext, 'environment' | 'folder'>,
): string {
  const [first = ''] = (environment['KUBECONFIG'] ?? '').split(':');
  return resolve(folder, given ?? (first === '' ? join(homedir(), '.kube/config') : first));
}
