import { programsOf } from '../../manifests/render/programs.ts';
import { type ChartToRender, renderChart } from '../../manifests/render/render-chart.ts';
import { renderKustomization } from '../../manifests/render/render-kustomization.ts';
import type { Rendered } from '../../manifests/render/rendering.ts';
import type { Environment } from '../../settings.ts';

/** Charts and kustomizations that the user's own programs render. */
export interface SourcesToRender {
  readonly charts: readonly ChartToRender[];
  readonly kustomizations: readonly string[];
}

/** Renders each of them, one after another: every program has its own idea of how many cores it may take. */
export async function renderSources(
  { charts, kustomizations }: SourcesToRender,
  { environment, folder }: { readonly environment: Environment; readonly folder: string },
): Promise<readonly Rendered[]> {
  const programs = programsOf(environment);
  const rendered: Rendered[] = [];
  for (const chart of charts) rendered.push(await renderChart(chart, programs, folder));
  for (const path of kustomizations) rendered.push(await renderKustomization(path, programs, folder));
  return rendered;
}
