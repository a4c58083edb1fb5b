import { X509Certificate } from 'node:crypto';
import t from 'tap';
import { chainOf, daysUntil, endOf, joinBundle, parseBundle } from '../../src/certificates/bundle.ts';
import { issueAuthority, issueServing } from '../../src/certificates/issue.ts';

const now = new Date('2026-11-21T12:00:00Z');
const [before, after] = await Promise.all([
  issueAuthority({ now, days: 10 }),
  issueAuthority({ now, days: 20 }),
]);
const leaf = await issueServing({ authority: before, hosts: ['a.svc'], now, days: 5 });
const parsed = (pem: string) => new X509Certificate(pem);

t.test('joining keeps the order, drops repetitions and separates the blocks', async (t) => {
  const glued = before.certificate.trim() + after.certificate.trim();
  t.equal(joinBundle(glued, before.certificate), before.certificate + after.certificate);
  t.equal(joinBundle(after.certificate, glued), after.certificate + before.certificate);
  t.equal(joinBundle('', before.certificate, '\n'), before.certificate);
  t.equal(joinBundle(), '');
});

t.test('reading', async (t) => {
  t.same(
    parseBundle(`# old\n${before.certificate}\r\n${after.certificate}`).map(({ subject }) => subject),
    [before, after].map(({ certificate }) => parsed(certificate).subject),
  );
  t.same(parseBundle(' \n'), []);
  const broken = 'expected PEM certificates, found a text that is none or is cut off';
  t.throws(() => parseBundle('rubbish'), { message: broken });
  t.throws(() => parseBundle(before.certificate.slice(0, 300)), { message: broken });
  t.throws(() => parseBundle(before.certificate + after.certificate.slice(0, 300)), { message: broken });
  t.throws(() => parseBundle(before.key), { message: broken });
  const block = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
  t.throws(() => parseBundle(before.certificate + block), { message: 'certificate 2 of 2 cannot be read' });
});

t.test('a chain ends with its first certificate to end', async (t) => {
  const certificates = [after, before].map(({ certificate }) => parsed(certificate));
  const chain = chainOf(parsed(leaf.certificate), certificates);
  t.same(
    chain.map(({ fingerprint256 }) => fingerprint256),
    [leaf, before].map(({ certificate }) => parsed(certificate).fingerprint256),
    'an authority that signed nothing here is no part of the chain',
  );
  t.equal(daysUntil(endOf(chain), now), 5);
  t.equal(daysUntil(endOf(chain), new Date('2026-11-27T00:00:00Z')), -0.5);
  t.equal(daysUntil(endOf(chainOf(parsed(before.certificate), certificates)), now), 10);
});
