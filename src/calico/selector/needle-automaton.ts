/**
 * Finds all needles in a text at once, character by character (Aho and Corasick, 1975). A node stands for the
 * longest end of the text read so far with which a needle starts; node 0 is the start.
 */
export interface NeedleAutomaton {
  step(node: number, character: string): number;
  /** How many characters of the text a node stands for. */
  depth(node: number): number;
  /** For each node a number whose bit i says that what the node stands for ends in text i; at most 30 texts. */
  endings(texts: readonly string[]): readonly number[];
  /** For each node 1 + the index of the text that it stands for, 0 where it stands for none of these. */
  wholes(texts: readonly string[]): readonly number[];
}

interface Node {
  readonly depth: number;
  readonly next: Map<string, number>;
  /** The node of the longest proper end that is also the start of a needle. */
  fallback: number;
}

/** Builds the automaton in time linear in the total length of the needles. */
export function createNeedleAutomaton(needles: readonly string[]): NeedleAutomaton {
  const root: Node = { depth: 0, next: new Map(), fallback: 0 };
  const nodes: Node[] = [root];
  for (const needle of needles) insert(nodes, needle);
  const breadthFirst = linkFallbacks(nodes);
  const step = (node: number, character: string) => stepFrom(nodes, node, character);
  const nodeOf = (text: string) => {
    let node = 0;
    for (const character of text) node = step(node, character);
    return node;
  };
  return {
    step,
    depth: (node) => nodes[node]?.depth ?? 0,
    endings: (texts) => {
      const found = nodes.map(() => 0);
      for (const [index, text] of texts.entries())
        found[nodeOf(text)] = (found[nodeOf(text)] ?? 0) | (1 << index);
      for (const node of breadthFirst) {
        found[node] = (found[node] ?? 0) | (found[nodes[node]?.fallback ?? 0] ?? 0);
      }
      return found;
    },
    wholes: (texts) => {
      const found = nodes.map(() => 0);
      for (const [index, text] of texts.entries()) found[nodeOf(text)] = index + 1;
      return found;
    },
  };
}

function insert(nodes: Node[], needle: string): void {
  let node = 0;
  for (const character of needle) {
    const parent = nodes[node] as Node;
    const child = parent.next.get(character) ?? nodes.length;
    if (child === nodes.length) {
      nodes.push({ depth: parent.depth + 1, next: new Map(), fallback: 0 });
      parent.next.set(character, child);
    }
    node = child;
  }
}

/** Sets every fallback, shallow nodes first since deep ones rely on them, and returns that order. */
function linkFallbacks(nodes: readonly Node[]): readonly number[] {
  const order = [...(nodes[0] as Node).next.values()];
  for (const index of order) {
    const node = nodes[index] as Node;
    for (const [character, child] of node.next) {
      (nodes[child] as Node).fallback = stepFrom(nodes, node.fallback, character);
      order.push(child);
    }
  }
  return order;
}

function stepFrom(nodes: readonly Node[], from: number, character: string): number {
  let node = from;
  for (;;) {
    const child = (nodes[node] as Node).next.get(character);
    if (child !== undefined) return child;
    if (node === 0) return 0;
    node = (nodes[node] as Node).fallback;
  }
}
