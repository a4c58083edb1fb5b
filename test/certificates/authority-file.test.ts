import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { createAuthorityFile } from '../../src/certificates/authority-file.ts';
import { issueAuthority } from '../../src/certificates/issue.ts';

t.test('authorities are followed, and a file without any is not used', async (t) => {
  const [first, second] = await Promise.all([1, 2].map(() => issueAuthority({ now: new Date(), days: 1 })));
  const file = join(t.testdir({ 'ca.crt': first?.certificate ?? '' }), 'ca.crt');
  const problems: string[] = [];
  const authorities = createAuthorityFile({ file, onProblem: (problem) => problems.push(problem) });
  t.teardown(() => authorities.close());
  await authorities.start();
  const seen: string[] = [];
  authorities.onChange((pem) => seen.push(pem));
  await writeFile(file, '');
  await authorities.refresh();
  t.equal(authorities.current(), first?.certificate);
  t.same(problems, [`${file}: there is no certificate in it`]);
  await writeFile(file, `${first?.certificate}${second?.certificate.trim()}`);
  await authorities.refresh();
  t.same(seen, [`${first?.certificate}${second?.certificate}`]);
  t.equal(authorities.current(), seen[0]);
  t.equal(authorities.problem(), undefined);
});
