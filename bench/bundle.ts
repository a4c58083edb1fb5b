import { spawnSync } from 'node:child_process';

/** Builds the bundle, which is what users run. */
export function build(): void {
  const { status } = spawnSync('npm', ['run', '-s', 'build'], { stdio: 'inherit' });
  if (status !== 0) throw new Error('the bundle could not be built');
}
