import { waiverTitles } from '../../conventions/waiver-report.ts';
import { annotationRemarks, waivableObjects } from '../../facts/waiver/annotation-waivers.ts';
import { defineRule } from '../define-rule.ts';

/** A waiver that an object carries as an annotation has ended, so what it waived is denied again. */
export const waiverExpired = defineRule({
  id: 'waiver/expired',
  title: waiverTitles['waiver/expired'],
  appliesTo: waivableObjects,
  defaultAction: 'warn',
  check: annotationRemarks('waiver/expired'),
});
