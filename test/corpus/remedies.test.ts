import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { remedy } from '../support/remedies.ts';
import { corpus, noCorpus } from './judged-corpus.ts';

t.test('what is printed for public projects puts right what was found', { skip: noCorpus }, async (t) => {
  const projects = readdirSync(corpus, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  for (const { name } of projects) {
    const { rules: _, ...rest } = await remedy(t, join(corpus, name));
    t.same(rest, { left: [], made: [], lost: [], restless: [] }, name);
  }
});
