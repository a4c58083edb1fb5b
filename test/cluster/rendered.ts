import { spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { KubernetesObject } from '../../src/kubernetes/object.ts';
import { kubernetesVersion, toolPath } from './binaries.ts';
import { chartFolder } from './chart.ts';
import type { HelmVersion } from './kubectl.ts';

export interface Rendered {
  readonly code: number;
  readonly stderr: string;
  readonly objects: readonly KubernetesObject[];
  /** The only object of a kind. */
  readonly the: (kind: string, name?: string) => KubernetesObject;
}

export interface RenderOptions {
  readonly namespace?: string;
  readonly args?: readonly string[];
  /** Which Helm renders. */
  readonly helm?: HelmVersion;
  /** A chart in another place. */
  readonly chart?: string;
}

const home = mkdtempSync(join(tmpdir(), 'rendered-'));

/** What `helm template` makes of the chart with some values, without a cluster. */
export function rendered(values: object, options: RenderOptions = {}): Rendered {
  const { namespace = 'tollgate-system', args = [], helm = 'helm', chart = chartFolder } = options;
  const { status, stdout, stderr } = spawnSync(
    toolPath(helm),
    [
      'template',
      'tollgate',
      chart,
      `--namespace=${namespace}`,
      `--kube-version=${kubernetesVersion()}`,
      '--values=-',
      ...args,
    ],
    {
      input: JSON.stringify(values),
      encoding: 'utf8',
      env: { ...process.env, HELM_CACHE_HOME: home, HELM_CONFIG_HOME: home, HELM_DATA_HOME: home },
    },
  );
  const documents = status === 0 ? parseAllDocuments(stdout) : [];
  const objects = Array.isArray(documents)
    ? documents.map((document) => document.toJS() as KubernetesObject).filter((object) => object !== null)
    : [];
  return {
    code: status ?? -1,
    stderr,
    objects,
    the: (kind, name) => {
      const [found, ...more] = objects.filter(
        (object) => object.kind === kind && (name === undefined || object.metadata.name === name),
      );
      if (!found || more.length > 0)
        throw new Error(`expected one ${kind}, found ${more.length + (found ? 1 : 0)}: ${stderr}`);
      return found;
    },
  };
}

/** What Helm prints after an installation with some values, which Helm 4 makes up without a cluster. */
export function notesOf(values: object): string {
  const release = ['tollgate', chartFolder, '--namespace=tollgate-system', '--values=-'];
  const { status, stdout, stderr } = spawnSync(
    toolPath('helm'),
    ['install', ...release, '--dry-run=client'],
    {
      input: JSON.stringify(values),
      encoding: 'utf8',
      env: { ...process.env, HELM_CACHE_HOME: home, HELM_CONFIG_HOME: home, HELM_DATA_HOME: home },
    },
  );
  if (status !== 0) throw new Error(stderr);
  return stdout.slice(stdout.indexOf('\nNOTES:\n'));
}

/** The webhooks of both configurations, by name. */
export function webhooksOf({ objects }: Rendered): ReadonlyMap<string, RenderedWebhook> {
  return new Map(
    objects
      .filter(({ kind }) => /^(?:Validating|Mutating)WebhookConfiguration$/.test(kind))
      .flatMap((configuration) => configuration['webhooks'] as readonly RenderedWebhook[])
      .map((webhook) => [webhook.name, webhook]),
  );
}

export interface RenderedWebhook {
  readonly name: string;
  readonly failurePolicy: string;
  readonly namespaceSelector: {
    readonly matchExpressions?: readonly {
      readonly key: string;
      readonly operator: string;
      readonly values: readonly string[];
    }[];
  };
  readonly matchConditions: readonly { readonly name: string; readonly expression: string }[];
}
