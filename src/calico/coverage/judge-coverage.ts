/**
 * Coverage: whether every pod that could be created in a namespace, under any service account, is closed to a connection
 * that nobody asked for.
 *
 * In comes a world, a namespace (its name and labels are enough) and the directions and families that are asked about.
 * Out comes for each direction `deny` with the holes that rules ask for, `allow` with a pod that escapes, or `unknown`
 * with what stands in the way.
 *
 *     world, namespace
 *        │  memory/  which policies can select a pod there, and all else that decides (namespaceCase)
 *        │           its key, and a verdict found earlier under the same key (coverageKey, resultsOf)
 *        ▼
 *     parts: tiers of candidates   facts/  what each policy says to a connection from nowhere in particular
 *        │  walk/closed-to-all     the usual case: some tier selects everybody, and nothing gets by before its end
 *        ├────────────────────────────────────────────────▶ deny
 *        ▼
 *     model: pods/  all pods that could exist, as values of a few variables, and conditions on these
 *        │  walk/judge-direction   searches for a pod and an address that get through
 *        ├────────────────────────────────────────────────▶ allow, unknown
 *        ▼
 *     deny: holes/  what single rules open (find-holes), and what all of them open together (wide-open)
 *
 * Results are kept for one namespace of its kind and given to the others with their names in place of its own. Start
 * reading at `judgeCoverage`, then walk/judge-direction.ts; what a verdict depends on is in memory/coverage-key.ts.
 */
import { listInWords } from '../../text/list.ts';
import { type Direction, directions as bothDirections, type Policy } from '../policy/policy.ts';
import type { PolicyWorld } from '../state/policy-world.ts';
import { closedToAll } from './walk/closed-to-all.ts';
import type {
  Coverage,
  CoverageEffort,
  CoverageOptions,
  CoverageVerdict,
  DirectionCoverage,
  Family,
} from './coverage.ts';
import { findHoles } from './holes/find-holes.ts';
import { judgeDirection, tooManyClasses } from './walk/judge-direction.ts';
import { candidateTiers, namespaceCase, partsOf } from './memory/namespace-case.ts';
import { createModel, type NamespaceModel } from './walk/namespace-model.ts';
import { wideOpening } from './holes/wide-open.ts';
import { renamed, type StoredResult, storedResult } from './memory/stored-result.ts';
import type { NamespaceLike } from '../labels/namespace-labels.ts';
import type { NamespaceParts } from './facts/candidate.ts';
import { resultsOf } from './memory/result-memory.ts';
import { familyNames } from '../../kubernetes/net/family.ts';

/**
 * Judges whether every pod that could be created in a namespace, under any service account, is closed to a
 * connection from or to an address, port and protocol that no policy mentions.
 * Source: Calico felix/calc/policy_sorter.go, felix/rules/endpoints.go; the definition is tollgate's own.
 * @param world as `createPolicyWorld` or `changeWorld` makes it
 * @param namespace its name and its labels; it need not be in the world
 * @param options see `CoverageOptions`; by default both directions and both families, and doubts leave the answer open
 * @returns one entry for each direction asked about, with the pod that escapes or the policy that denies
 * @example
 * const head = { apiVersion: 'projectcalico.org/v3', kind: 'NetworkPolicy' };
 * const metadata = { name: 'deny', namespace: 'shop' };
 * const deny = { ...head, metadata, spec: { types: ['Ingress'] } };
 * const world = createPolicyWorld([deny], { mode: 'v3crd' });
 * const shop = { name: 'shop', labels: {} };
 * const { directions } = judgeCoverage(world, shop);
 * directions.map(({ direction, verdict }) => `${direction} ${verdict}`); // ['Ingress deny', 'Egress allow']
 */
export function judgeCoverage(
  world: PolicyWorld,
  namespace: NamespaceLike,
  options: CoverageOptions = {},
): Coverage {
  const gaps = gapsIn(options);
  const directions =
    gaps.length > 0
      ? wantedDirections(options).map((direction) => incomplete(direction, gaps))
      : resultsIn(world, namespace, options).map((result) => renamed(result, namespace.name));
  return { namespace: namespace.name, directions };
}

/**
 * The verdicts of `judgeCoverage` alone, for questions about many namespaces.
 * @example
 * const head = { apiVersion: 'projectcalico.org/v3', kind: 'NetworkPolicy' };
 * const metadata = { name: 'deny', namespace: 'shop' };
 * const deny = { ...head, metadata, spec: { types: ['Ingress'] } };
 * const world = createPolicyWorld([deny], { mode: 'v3crd' });
 * const shop = { name: 'shop', labels: {} };
 * coverageVerdicts(world, shop).map(({ verdict }) => verdict); // ['deny', 'allow']
 */
export function coverageVerdicts(
  world: PolicyWorld,
  namespace: NamespaceLike,
  options: CoverageOptions = {},
): readonly CoverageVerdict[] {
  if (gapsIn(options).length === 0) return resultsIn(world, namespace, options).map(({ result }) => result);
  return wantedDirections(options).map((direction) => ({ direction, verdict: 'unknown' }));
}

function gapsIn({ gaps = [], doubts }: CoverageOptions): NonNullable<CoverageOptions['gaps']> {
  return doubts === 'left-out' ? [] : gaps;
}

function wantedDirections({ directions = bothDirections }: CoverageOptions): readonly Direction[] {
  return bothDirections.filter((direction) => directions.includes(direction));
}

/** One result for each direction asked about, found now or remembered. */
function resultsIn(
  world: PolicyWorld,
  namespace: NamespaceLike,
  options: CoverageOptions,
): readonly StoredResult[] {
  const named = familyNames.filter((family) => options.families?.includes(family) ?? true);
  // To be asked about no family must not mean that everything is covered.
  const families = named.length > 0 ? named : familyNames;
  const judged = namespaceCase(world, namespace);
  const { doubts = 'unknown' } = options;
  const results = resultsOf(world, { ...judged, families, doubts });
  const asked = once(() => partsOf(judged, doubts));
  const model = once(() => createModel(asked()));
  return wantedDirections(options).map((direction) => {
    const known = results[direction];
    if (known) return known;
    const closed = closedToAll(asked(), direction, families);
    // What is left out is not remembered: another question may have the time for it.
    if (!closed && !affords(options.effort)) return storedResult(namespace.name, leftOut(direction));
    return (results[direction] = storedResult(
      namespace.name,
      withWideOpening(closed ?? search(asked(), model, direction, families), () =>
        wideOpening(asked(), model, direction, families),
      ),
    ));
  });
}

/** Whether there is an effort left for the search, which it is then taken from. */
function affords(effort: CoverageEffort | undefined): boolean {
  if (!effort) return true;
  if (effort.left < effort.each) return false;
  effort.left -= effort.each;
  return true;
}

function leftOut(direction: Direction): DirectionCoverage {
  return { direction, verdict: 'unknown', exceeded: true, decidedBy: [], holes: [], reasons: [] };
}

function withWideOpening(
  coverage: DirectionCoverage,
  find: () => DirectionCoverage['wideOpen'],
): DirectionCoverage {
  const wideOpen = coverage.verdict === 'deny' ? find() : undefined;
  return wideOpen ? { ...coverage, wideOpen } : coverage;
}

/**
 * The policies in force that can select a pod of the namespace, in the order of the walk.
 * @param world as `createPolicyWorld` or `changeWorld` makes it
 * @param namespace its name and its labels; it need not be in the world
 * @example
 * const head = { apiVersion: 'projectcalico.org/v3', kind: 'NetworkPolicy' };
 * const metadata = { name: 'deny', namespace: 'shop' };
 * const deny = { ...head, metadata, spec: { types: ['Ingress'] } };
 * const world = createPolicyWorld([deny], { mode: 'v3crd' });
 * const shop = { name: 'shop', labels: {} };
 * policiesSelecting(world, shop).map(({ name }) => name); // ['deny']
 */
export function policiesSelecting(world: PolicyWorld, namespace: NamespaceLike): readonly Policy[] {
  const policies = candidateTiers(namespaceCase(world, namespace)).flatMap(({ candidates }) =>
    candidates.map(({ policy }) => policy),
  );
  return policies.filter(({ selector }) => selector !== undefined);
}

/** Conditions that a namespace's policies may be made of before the search for a pod is not even begun. */
const maximumSize = 100_000;

function search(
  parts: NamespaceParts,
  model: () => NamespaceModel,
  direction: Direction,
  families: readonly Family[],
): DirectionCoverage {
  const { namespace, accounts, tiers } = parts;
  let size = 0;
  for (const { candidates } of tiers) for (const { facts } of candidates) size += facts.size;
  return size > maximumSize
    ? { direction, verdict: 'unknown', decidedBy: [], holes: [], reasons: [tooManyClasses] }
    : searchIn(namespace.name, model(), accounts, direction, families);
}

function searchIn(
  namespace: string,
  model: NamespaceModel,
  accounts: NamespaceParts['accounts'],
  direction: Direction,
  families: readonly Family[],
): DirectionCoverage {
  const judged = judgeDirection({ namespace, direction, families, model, accounts });
  return { ...judged, holes: judged.verdict === 'deny' ? findHoles(model, direction, families) : [] };
}

function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/** Of many gaps nobody reads each: the files are listed where they are reported. */
const mostReasons = 5;

function whatInWords(gaps: NonNullable<CoverageOptions['gaps']>): string {
  const names = gaps.map(({ what }) => what);
  return listInWords(names, { most: 3 });
}

function incomplete(direction: Direction, gaps: NonNullable<CoverageOptions['gaps']>): DirectionCoverage {
  return {
    direction,
    verdict: 'unknown',
    decidedBy: [],
    holes: [],
    reasons: [...Map.groupBy(gaps, ({ why }) => why)].slice(0, mostReasons).map(([why, alike]) => ({
      code: 'view-incomplete',
      message: `not everything that decides could be read: ${whatInWords(alike)} (${why})`,
    })),
  };
}
