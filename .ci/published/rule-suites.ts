import { dump, load, loadAll } from 'js-yaml';
import { defaultConvention } from '../../src/conventions/convention/default-convention.ts';
import { isRecord } from '../../src/kubernetes/object.ts';

/** A fenced example of `docs/rules.md`: what it is, the operation it is judged as (none: manifests), and its text. */
interface Example {
  readonly role: 'given' | 'convention' | 'waiver' | 'bad' | 'good';
  readonly operation?: string;
  readonly text: string;
}

/** A suite for each group of rules, made of the examples of the documentation: each bad one is found, each good one not. */
export function ruleSuites(rulesDocument: string): ReadonlyMap<string, string> {
  const sections = rulesDocument.split(/^## /m).slice(1);
  const cases = sections.map((section) => {
    const id = section.slice(0, section.indexOf('\n')).trim();
    return { group: id.slice(0, id.indexOf('/')), cases: casesOf(id, examplesOf(section)) };
  });
  const groups = Map.groupBy(cases, ({ group }) => group);
  return new Map(
    [...groups].map(([group, members]) => {
      const suite = {
        suite: `${group}: the examples of docs/rules.md`,
        given: { clock: '2026-12-01' },
        cases: members.flatMap((member) => member.cases),
      };
      return [`examples/rules/${group}.tollgate-test.yaml`, dump(suite, { lineWidth: 110, noRefs: true })];
    }),
  );
}

function examplesOf(section: string): readonly Example[] {
  const fence = /^```yaml (given|convention|waiver|bad|good)(?: (CREATE|UPDATE|DELETE))?\n([^]*?)^```$/gm;
  return [...section.matchAll(fence)].map(([, role, operation, text]) => ({
    role: role as Example['role'],
    text: text ?? '',
    ...(operation === undefined ? {} : { operation }),
  }));
}

function casesOf(id: string, examples: readonly Example[]): object[] {
  const given = examples.filter(({ role }) => role === 'given').flatMap(({ text }) => loadAll(text));
  const convention = examples.find(({ role }) => role === 'convention');
  const waiver = examples.find(({ role }) => role === 'waiver');
  const conventions = [
    ...(convention ? [changedDefault(load(convention.text))] : []),
    ...(waiver ? [waiverOf(load(waiver.text))] : []),
  ];
  const context = {
    ...(given.length > 0 ? { objects: given } : {}),
    ...(conventions.length > 0 ? { conventions } : {}),
  };
  return (['bad', 'good'] as const).flatMap((role) =>
    examples
      .filter((example) => example.role === role)
      .map(({ operation, text }, index, all) => ({
        name: `${id}, ${role === 'bad' ? 'found' : 'not found'}${all.length > 1 ? ` (${index + 1})` : ''}`,
        ...(Object.keys(context).length > 0 ? { given: context } : {}),
        ...(operation === undefined
          ? { manifests: loadAll(text) }
          : { review: { operation, object: load(text) } }),
        expect: role === 'bad' ? { finds: [id] } : { silent: [id] },
      })),
  );
}

/** A Waiver with this spec. */
function waiverOf(spec: unknown): object {
  return { apiVersion: 'tollgate.dev/v1alpha1', kind: 'Waiver', metadata: { name: 'example' }, spec };
}

/** The default convention with parts of its spec changed: maps are merged one level deep, as the documentation means it. */
function changedDefault(changes: unknown): unknown {
  const document = load(defaultConvention) as { readonly spec: Readonly<Record<string, unknown>> };
  const entries = Object.entries(isRecord(changes) ? changes : {}).map(([key, change]) => {
    const base = document.spec[key];
    return [key, isRecord(base) && isRecord(change) ? { ...base, ...change } : change] as const;
  });
  return { ...document, spec: { ...document.spec, ...Object.fromEntries(entries) } };
}
