import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { kubernetesVersion } from './binaries.ts';
import type { Kubectl } from './kubectl.ts';

export const chartFolder = join(import.meta.dirname, '..', '..', 'charts', 'tollgate');

/** The objects that the chart makes of some of its templates, as release `tollgate` in `tollgate-system`. */
export async function renderChart(
  { helm }: Kubectl,
  templates: readonly string[],
  values: Readonly<Record<string, string>> = {},
): Promise<readonly object[]> {
  const { code, stdout, stderr } = await helm([
    'template',
    'tollgate',
    chartFolder,
    '--namespace=tollgate-system',
    // Without a cluster Helm takes the newest Kubernetes it knows of.
    `--kube-version=${kubernetesVersion()}`,
    ...templates.map((template) => `--show-only=templates/${template}`),
    ...Object.entries(values).map(([key, value]) => `--set=${key}=${value}`),
  ]);
  if (code !== 0) throw new Error(stderr);
  const documents = parseAllDocuments(stdout);
  return Array.isArray(documents) ? documents.map((document) => document.toJS() as object) : [];
}
