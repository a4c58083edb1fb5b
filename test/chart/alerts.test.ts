import { spawnSync } from 'node:child_process';
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { parse } from 'yaml';

/** Prometheus itself says when each alert fires; Debian has promtool in the package prometheus. */
const files = join(import.meta.dirname, '../../charts/tollgate/files');
const rules = join(files, 'alerts.yaml');
const hasPromtool = spawnSync('promtool', ['--version']).status === 0;
const skip = hasPromtool || process.env['CI'] === 'true' ? false : 'promtool is not on PATH';
const alerts = (
  parse(readFileSync(rules, 'utf8')) as { groups: readonly { rules: readonly { alert: string }[] }[] }
).groups.flatMap((group) => group.rules.map(({ alert }) => alert));
const folder = t.testdir();
copyFileSync(rules, join(folder, 'alerts.yaml'));

for (const file of ['alerts-test.yaml', 'alerts-days-test.yaml']) {
  t.test(`promtool test rules ${file}`, { skip }, async (t) => {
    copyFileSync(join(import.meta.dirname, file), join(folder, file));
    const { status, stdout, stderr } = spawnSync('promtool', ['test', 'rules', file], {
      cwd: folder,
      encoding: 'utf8',
    });
    t.equal(status, 0, stdout + stderr);
  });
}

t.test('every alert is among those that are tried, and has a section of what to do', async (t) => {
  const tried = readFileSync(join(import.meta.dirname, 'alerts-days-test.yaml'), 'utf8');
  const page = readFileSync(join(import.meta.dirname, '../../docs/alerts.md'), 'utf8');
  for (const alert of alerts) {
    t.match(tried, `alertname="${alert}"`, alert);
    t.match(page, new RegExp(`^## ${alert}\n\n.`, 'm'), `docs/alerts.md: ${alert}`);
  }
});
