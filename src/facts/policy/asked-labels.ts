import { askedOfPods, eachAtom, parseSelector, type Selector } from '../../calico/index.ts';
import { isOwn, needsOf } from '../label/label-need.ts';

/**
 * What a written selector asks of the labels of endpoints, without the namespace that Calico adds to it; undefined where
 * it asks for no label in particular, or for one that no template carries, so that nothing tells what is meant.
 */
export function labelsAskedBy(written: string): Selector | undefined {
  const parsed = parseSelector(askedOfPods(written));
  if ('problem' in parsed || needsOf(parsed.selector).length === 0) return undefined;
  let isTold = true;
  eachAtom(parsed.selector, ({ key }) => {
    isTold &&= isOwn(key);
  });
  return isTold ? parsed.selector : undefined;
}
