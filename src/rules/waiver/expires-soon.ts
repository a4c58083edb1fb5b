import { waiverTitles } from '../../conventions/waiver-report.ts';
import { annotationRemarks, waivableObjects } from '../../facts/waiver/annotation-waivers.ts';
import { defineRule } from '../define-rule.ts';

/** A waiver that an object carries as an annotation ends within its notice period. */
export const waiverExpiresSoon = defineRule({
  id: 'waiver/expires-soon',
  title: waiverTitles['waiver/expires-soon'],
  appliesTo: waivableObjects,
  defaultAction: 'warn',
  check: annotationRemarks('waiver/expires-soon'),
});
