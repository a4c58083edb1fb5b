import fc from 'fast-check';
import t from 'tap';
import { denialMessage, describe, warningsFor } from '../../src/admission/message.ts';
import type { JudgedFinding } from '../../src/engine/judgement.ts';

const finding = (text: string, action: 'deny' | 'warn'): JudgedFinding => ({
  rule: 'mesh/bypass',
  object: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' },
  pointer: '/metadata',
  message: `before ${text} after`,
  witness: text,
  found: text,
  action,
});

const attack = 'x\u001B[2K\u001B[1A\nall good\u202E\u0085\u2028';
const shown = String.raw`x\u001b[2K\u001b[1A\nall good\u202e\u0085\u2028`;

t.test('no message carries what a terminal obeys', async (t) => {
  t.equal(
    denialMessage([finding(attack, 'deny')]),
    [
      `mesh/bypass: before ${shown} after`,
      `  because: ${shown}`,
      `  found: ${shown}`,
      '  more: tollgate explain mesh/bypass',
    ].join('\n'),
  );
  t.same(warningsFor([finding(attack, 'warn')]), [`mesh/bypass: before ${shown} after`]);
  t.match(
    describe({ ...finding('x', 'deny'), expected: 'apply:\n\u001Bkind: X' }),
    /expected: apply:\n\\u001bkind: X/,
  );
});

t.test('a warning is as long as Kubernetes takes it, and ends between characters', async (t) => {
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(fc.nat(130), fc.constantFrom('\u001B', '\u{E0041}', '\n', '😀'), (length, odd) => {
        const [warning = ''] = warningsFor([finding('a'.repeat(length) + odd.repeat(20), 'warn')]);
        return (
          warning.length <= 120 && !/\\(u[0-9a-f]{0,3})?…$|\\u\{[0-9a-f]*…$|[\uD800-\uDBFF]…$/.test(warning)
        );
      }),
    ),
  );
});
