import type { KubernetesObject } from '../../kubernetes/object.ts';
import { misplacedSettings, type MisplacedSetting } from '../../linkerd/index.ts';
import type { Remark } from '../finding.ts';
import type { Subject } from '../subject.ts';
import { rememberInScope } from '../../memo/scope.ts';
import { moveTo } from './moved-annotation.ts';
import { cut } from '../../text/cut.ts';

/** The settings of Linkerd's on a subject that stand in the wrong place. */
export const misplacedOf = rememberInScope(
  { name: 'misplaced settings of the subject' },
  ({ object }: Subject) => misplacedSettings(object),
);

/** What is said of one, with the edits that bring it to the right place. */
export function misplacedInFull(object: KubernetesObject, setting: MisplacedSetting): Remark {
  const { belongs, key, pointer } = setting;
  return {
    ...misplacedInBrief(setting),
    brief: `move ${key} to ${belongs.slice(0, belongs.lastIndexOf('/'))}`,
    expected: `${key} at ${belongs.slice(0, belongs.lastIndexOf('/'))}`,
    fix: moveTo(object, pointer, belongs),
  };
}

/** The same without the edits, which are costly where there are many. */
export function misplacedInBrief({ key, message, pointer, value }: MisplacedSetting): Remark {
  return { pointer, message, found: `${key}: ${JSON.stringify(cut(value, 200, { mark: '' }))}` };
}
