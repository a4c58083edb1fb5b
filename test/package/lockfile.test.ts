import t from 'tap';
import lock from '../../package-lock.json' with { type: 'json' };

interface Locked {
  readonly version?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const packages: Readonly<Record<string, Locked>> = lock.packages;

t.test('the lockfile names no registry', async (t) => {
  t.notMatch(JSON.stringify(lock), /"resolved"|https?:\/\/[^"]*\.tgz/);
});

t.test('it locks the packages of every platform, without which npm ci refuses to begin', async (t) => {
  for (const [path, { optionalDependencies = {} }] of Object.entries(packages)) {
    for (const name of Object.keys(optionalDependencies)) {
      const places = [`${path === '' ? '' : `${path}/`}node_modules/${name}`, `node_modules/${name}`];
      t.ok(
        places.some((place) => packages[place]?.version !== undefined),
        `${path || 'the project'} may bring ${name}`,
      );
    }
  }
});
