import { inDot, inMermaid } from '../graph-text.ts';
import { type DrawnBridge, type MapDocument, mapDocument } from './map-document.ts';
import type { MapFormat } from './map-report.ts';
import { isClosed } from './sentences.ts';

const sea = 'addresses outside';

/** Islands and bridges as a flowchart: thick is built by a policy, dotted is what nobody built or knows. */
export const mermaid: MapFormat = (report) => {
  const document = mapDocument(report);
  const { idOf, names } = nodesOf(document);
  const nodes = names.map(({ label, name }) => `  ${idOf(name)}[${inMermaid(label)}]`);
  const edges = document.bridges.map((bridge) => {
    const arrow = isDoubtful(bridge) ? '-.->' : '==>';
    return `  ${idOf(bridge.from)} ${arrow}|${inMermaid(labelOf(bridge))}| ${idOf(bridge.to)}`;
  });
  return `${['flowchart LR', ...nodes, ...edges].join('\n')}\n`;
};

/** The same for Graphviz. */
export const dot: MapFormat = (report) => {
  const document = mapDocument(report);
  const { idOf, names } = nodesOf(document);
  const nodes = names.map(({ label, name }) => `  ${idOf(name)} [label=${inDot(label)}];`);
  const edges = document.bridges.map(
    (bridge) =>
      `  ${idOf(bridge.from)} -> ${idOf(bridge.to)} [label=${inDot(labelOf(bridge))}, style=${isDoubtful(bridge) ? 'dashed' : 'bold'}];`,
  );
  return `${['digraph map {', '  rankdir=LR;', '  node [shape=box];', ...nodes, ...edges, '}'].join('\n')}\n`;
};

function nodesOf({ bridges, islands }: MapDocument) {
  const hasSea = bridges.some(({ from, to }) => from === undefined || to === undefined);
  const names: { readonly name: string | undefined; readonly label: string }[] = islands.map((island) => ({
    name: island.name,
    label: `${island.name} (${isClosed(island) ? 'closed' : 'not closed'})`,
  }));
  if (hasSea) names.push({ name: undefined, label: sea });
  const ids = new Map(names.map(({ name }, index) => [name, `n${index}`]));
  return { names, idOf: (name: string | undefined) => ids.get(name) ?? 'n' };
}

function isDoubtful({ built, connections, unknown }: DrawnBridge): boolean {
  return !built || unknown === connections;
}

function labelOf({ built, label }: DrawnBridge): string {
  return built ? label : `${label}, nobody built`;
}
