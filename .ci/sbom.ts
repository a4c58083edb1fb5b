import { globSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/**
 * Writes what others' code is in the bundles, by their source maps: `dist/sbom.cdx.json`, the packages as CycloneDX, and
 * `dist/licenses.txt`, under which conditions each may be passed on.
 * `npm sbom` leaves out what the program and its tests both use, and lists what the bundler left out.
 */
const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');

const folders = new Set(
  globSync('**/*.map', { cwd: dist }).flatMap((map) => {
    const { sources } = JSON.parse(readFileSync(join(dist, map), 'utf8')) as { sources: string[] };
    return sources.flatMap((source) => packageFolder(resolve(dist, dirname(map), source)) ?? []);
  }),
);
const own = readPackage(root);
const parts = [...folders]
  .map((folder) => ({ folder, component: component(readPackage(folder)) }))
  .toSorted((a, b) => (a.component.purl < b.component.purl ? -1 : 1));

const bill = {
  bomFormat: 'CycloneDX',
  specVersion: '1.5',
  version: 1,
  metadata: { component: { ...component(own), type: 'application' } },
  components: parts.map((part) => part.component),
};
writeFileSync(join(dist, 'sbom.cdx.json'), `${JSON.stringify(bill, null, 2)}\n`);
writeFileSync(join(dist, 'licenses.txt'), parts.map(license).join(`\n${'-'.repeat(80)}\n\n`));

interface Package {
  readonly name: string;
  readonly version: string;
  readonly license: string;
}

/** The folder of the innermost package a file is in, or undefined for a file of our own. */
function packageFolder(file: string): string | undefined {
  return /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(file)?.[0];
}

/** The text of a package's licence, or its name where the package brings no text. */
function license({ folder, component }: (typeof parts)[number]): string {
  const { name, version, licenses } = component;
  const file = readdirSync(folder).find((entry) => /^(?:licen[cs]e|copying)/i.test(entry));
  const text = file === undefined ? '' : `\n${readFileSync(join(folder, file), 'utf8').trim()}\n`;
  return `${name} ${version} (${licenses[0].expression})\n${text}`;
}

function readPackage(folder: string): Package {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Package;
}

function component({ name, version, license }: Package) {
  const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`;
  return {
    type: 'library',
    'bom-ref': purl,
    name,
    version,
    licenses: [{ expression: license }] as const,
    purl,
  };
}
