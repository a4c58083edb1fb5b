import type { SourcesToRender } from '../../application/read/render-sources.ts';
import { TollgateError } from '../../errors.ts';
import { list, value, type ValuesOf } from '../../settings.ts';
import type { manifestSettings } from './manifest-settings.ts';

const notEmpty = (text: string) => (text === '' ? { problem: 'is empty' } : { value: text });

/** What is rendered by the user's own Helm and kustomize before it is judged. */
export const renderSettings = {
  helm: list('helm', {
    placeholder: 'CHART',
    description:
      'Judge what a Helm chart makes: its folder or archive, rendered by the helm on PATH in --namespace; nothing is fetched',
    read: notEmpty,
  }),
  values: list('values', {
    short: 'f',
    placeholder: 'FILE',
    description: 'Values for --helm, the later files counting more',
    read: notEmpty,
  }),
  release: value<string | undefined>('release', {
    placeholder: 'NAME',
    description: 'The name of the release for --helm',
    fallback: undefined,
    fallbackText: 'the name of the folder',
    read: notEmpty,
  }),
  kustomize: list('kustomize', {
    placeholder: 'DIR',
    description:
      'Judge what a kustomization makes, rendered by the kustomize or kubectl on PATH; bases that lie elsewhere are named and not fetched',
    read: notEmpty,
  }),
} as const;

/** The charts and kustomizations that flags name; values without a chart, or one release for several, are wrong usage. */
export function sourcesOf(
  { helm = [], values = [], release, kustomize = [] }: Partial<ValuesOf<typeof renderSettings>>,
  { namespace }: Pick<ValuesOf<typeof manifestSettings>, 'namespace'>,
): SourcesToRender {
  const problem =
    helm.length === 0 && (values.length > 0 || release !== undefined)
      ? '--values and --release are for a chart: name it with --helm CHART'
      : helm.length > 1 && release !== undefined
        ? '--release is for one chart, and --helm names several'
        : undefined;
  if (problem !== undefined) throw new TollgateError('ERR_USAGE', { command: 'check', problems: problem });
  return {
    charts: helm.map((chart) => ({
      chart,
      values,
      namespace,
      ...(release === undefined ? {} : { release }),
    })),
    kustomizations: kustomize,
  };
}
