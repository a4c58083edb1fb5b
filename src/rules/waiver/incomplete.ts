import { waiverTitles } from '../../conventions/waiver-report.ts';
import { annotationRemarks, waivableObjects } from '../../facts/waiver/annotation-waivers.ts';
import { defineRule } from '../define-rule.ts';

/** An annotation is meant as a waiver and waives nothing: a part of it is missing, wrong or in the wrong place. */
export const waiverIncomplete = defineRule({
  id: 'waiver/incomplete',
  title: waiverTitles['waiver/incomplete'],
  appliesTo: waivableObjects,
  defaultAction: 'warn',
  check: annotationRemarks('waiver/incomplete'),
});
