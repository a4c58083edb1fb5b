import { readdirSync, readFileSync } from 'node:fs';
import { answerMutate, answerValidate } from '../src/admission/review.ts';
import type { ConventionSet } from '../src/conventions/convention-set.ts';
import { readConventions } from '../src/application/read/read-conventions.ts';
import { defaultConventions } from '../src/conventions/default-conventions.ts';
import { loadConventions } from '../src/conventions/load-conventions.ts';
import { createInventoryStore } from '../src/inventory/inventory-store.ts';
import { readAdmissionReview } from '../src/kubernetes/admission-review.ts';
import type { KubernetesObject } from '../src/kubernetes/object.ts';
import { rules } from '../src/rules/registry.ts';
import { manyDocuments, teams } from './many-documents.ts';
import { median, printTable, spread } from './table.ts';

/**
 * What 100 conventions and 2,000 waivers add to a review: the recorded reviews with names and namespaces of their own,
 * parsed, mutated and validated, with the default convention and with the many, in short turns of one process. The
 * conventions ask for the same things, so that all that differs is the search for who governs and what is waived.
 */
const rounds = Number(process.env.TOLLGATE_BENCH_ROUNDS ?? 31);
const warmUp = 6;
const namespaces = 500;
/** How many namespaces the reviews of a turn are about: where others use the machine, short turns are hit alike. */
const asked = Number(process.env.TOLLGATE_BENCH_NAMESPACES ?? 100);
const now = new Date();

const folder = 'examples/reviews';
const isClusterWide = (file: string) => /^(globalnetworkpolicy|tier)/.test(file);
const files = readdirSync(folder);
const kinds = {
  'of namespaces and what is in them': bodiesOf(files.filter((file) => !isClusterWide(file))),
  'of policies for the whole cluster': bodiesOf(files.filter(isClusterWide)),
};

function bodiesOf(names: readonly string[]): readonly string[] {
  const recorded = names.map((file) => readFileSync(`${folder}/${file}`, 'utf8'));
  return Array.from({ length: asked }, (_, index) =>
    recorded.map((text) =>
      text
        .replaceAll('"web', `"web-${index}`)
        .replaceAll('"shop"', `"shop-${index * Math.floor(namespaces / asked)}"`),
    ),
  ).flat();
}

const objects: readonly KubernetesObject[] = [
  ...Array.from({ length: namespaces }, (_, index) => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: `shop-${index}`, labels: { team: `team-${index % teams}` } },
  })),
  {
    apiVersion: 'projectcalico.org/v3',
    kind: 'GlobalNetworkPolicy',
    metadata: { name: 'default-deny' },
    spec: { namespaceSelector: 'all()', types: ['Ingress', 'Egress'] },
  },
];

const { inventory } = createInventoryStore({ mode: 'v3crd' }, objects);
const sets = { usual: defaultConventions(), many: loaded(manyDocuments(namespaces)) };

console.log('\n### Many conventions and waivers\n');
printTable(
  ['reviews', 'default convention, CPU µs', 'the many, CPU µs', 'added %', 'round by round %', 'waived'],
  Object.entries(kinds).map(([name, bodies]) => [name, ...compare(bodies)]),
);

console.log('\n### Many faults in a file\n');
const forms = {
  'rules that do not exist': '  rules:\n    mesh/nope-N: deny\n',
  'fields that do not exist': '  wrongN: 1\n',
  'entries of a list': '  labels:\n    - { key: "a bN" }\n',
};
const told: string[][] = [];
for (const [name, form] of Object.entries(forms)) told.push([name, await tellFaults(form)]);
printTable(['4,000 faults', 'told in CPU ms'], told);

/** The last line of a form 4,000 times over, with a number in place of N. */
async function tellFaults(form: string): Promise<string> {
  const lines = form.trimEnd().split('\n');
  const last = lines.at(-1) ?? '';
  const many = Array.from({ length: 4000 }, (_, index) => last.replace('N', String(index)));
  const head =
    'apiVersion: tollgate.dev/v1alpha1\nkind: ConventionPolicy\nmetadata: { name: a }\nspec:\n  mesh: {}';
  const text = [head, ...lines.slice(0, -1), ...many].join('\n');
  const before = process.cpuUsage();
  const { problems } = await readConventions([{ name: 'a.yaml', text }], rules);
  const { user, system } = process.cpuUsage(before);
  if (problems.length < 4000) throw new Error(`${problems.length} faults are told`);
  return ((user + system) / 1000).toFixed(0);
}

function compare(bodies: readonly string[]): readonly string[] {
  const [usual, many] = [[] as number[], [] as number[]];
  let waived = 0;
  for (let round = -warmUp; round < rounds; round++) {
    const turns = [
      () => measure(bodies, sets.usual, usual, round >= 0),
      () => (waived = measure(bodies, sets.many, many, round >= 0)),
    ];
    for (const turn of round % 2 === 0 ? turns : turns.toReversed()) turn();
  }
  const ratios = many.map((figure, index) => (figure / (usual[index] ?? Number.NaN) - 1) * 100);
  const added = (100 * (median(many) / median(usual) - 1)).toFixed(1);
  return [spread(usual, 1), spread(many, 1), added, spread(ratios, 1), String(waived)];
}

/** Notes the CPU time a review; how many findings were waived shows that the work was done. */
function measure(bodies: readonly string[], set: ConventionSet, into: number[], counts: boolean): number {
  const before = process.cpuUsage();
  let waived = 0;
  for (const body of bodies) {
    const request = readAdmissionReview(JSON.parse(body));
    if ('problem' in request) throw new Error(request.problem);
    answerMutate(request, inventory, set, now);
    waived += answerValidate(request, inventory, set, now).findings.filter(({ waiver }) => waiver).length;
  }
  const { user, system } = process.cpuUsage(before);
  if (counts) into.push((user + system) / bodies.length);
  return waived;
}

function loaded(documents: readonly object[]): ConventionSet {
  const sources = documents.map((value, index) => ({ file: `${index}.yaml`, value }));
  const { set, problems } = loadConventions(sources, rules);
  if (!set) throw new Error(problems.map(({ message }) => message).join('\n'));
  return set;
}
