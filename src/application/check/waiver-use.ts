import { createWaiverCounter, type WaiverCounts } from '../../conventions/waiver/waiver-count.ts';
import type { Waiver } from '../../conventions/waiver/waiver.ts';
import { countedOf } from '../../engine/judgement.ts';
import type { JudgedManifest } from './judge-manifests.ts';

/** What each waiver covered in a run. */
export function useOf(judged: readonly JudgedManifest[], waivers: readonly Waiver[]): WaiverCounts {
  const counter = createWaiverCounter(waivers);
  for (const { judgement } of judged) counter.add(judgement.findings.map(countedOf));
  return counter.counts();
}
