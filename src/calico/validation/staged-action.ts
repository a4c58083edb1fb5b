import { pointerOf } from '../../kubernetes/json-pointer.ts';
import { isRecord } from '../../kubernetes/object.ts';
import { type Check, shown } from './report.ts';
import { oneOf } from './schema.ts';

/** An empty action is the default, `Set`. */
export const stagedAction: Check = (value, pointer, report) => {
  if (value !== '') oneOf('Set', 'Delete', 'Learn', 'Ignore')(value, pointer, report);
};

/**
 * A policy that stages a deletion says nothing but which policy; false, empty and null say nothing, and neither do
 * `types`, which Calico's API server may have filled in.
 */
export function stagedDelete(kept: readonly string[]): Check {
  return (spec, pointer, report) => {
    if (!isRecord(spec) || spec.stagedAction !== 'Delete') return;
    for (const [name, value] of Object.entries(spec)) {
      const isSaid = value !== undefined && value !== null && value !== '' && value !== false;
      if (!isSaid || name === 'stagedAction' || name === 'types' || kept.includes(name)) continue;
      const message = `a staged deletion has ${name} ${shown(value)}`;
      const expected = kept.length === 0 ? 'no other field' : `no other field than ${kept.join(', ')}`;
      report({ pointer: pointer + pointerOf(name), code: 'staged-delete', message, expected });
    }
  };
}
