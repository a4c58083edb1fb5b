import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/**
 * Writes `dist/sbom.cdx.json`: the packages whose code is in the bundle, by its source maps, as CycloneDX.
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
const components = [...folders]
  .map(readPackage)
  .map(component)
  .toSorted((a, b) => (a.purl < b.purl ? -1 : 1));

const bill = {
  bomFormat: 'CycloneDX',
  specVersion: '1.5',
  version: 1,
  metadata: { component: { ...component(own), type: 'application' } },
  components,
};
writeFileSync(join(dist, 'sbom.cdx.json'), `${JSON.stringify(bill, null, 2)}\n`);

interface Package {
  readonly name: string;
  readonly version: string;
  readonly license: string;
}

/** The folder of the innermost package a file is in, or undefined for a file of our own. */
function packageFolder(file: string): string | undefined {
  return /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(file)?.[0];
}

function readPackage(folder: string): Package {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Package;
}

function component({ name, version, license }: Package) {
  const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`;
  return { type: 'library', 'bom-ref': purl, name, version, licenses: [{ expression: license }], purl };
}
