import type { WaiverUse } from '../../conventions/waiver-report.ts';
import { waiversOf } from '../../engine/judgement.ts';
import type { JudgedManifest } from './judge-manifests.ts';

/** What each waiver covered in a run. */
export interface WaiverCoverage extends Required<WaiverUse> {
  /** By waiver, the objects as `NAMESPACE/KIND/NAME`. */
  readonly objects: ReadonlyMap<string, ReadonlySet<string>>;
  readonly namespaces: ReadonlyMap<string, ReadonlySet<string>>;
}

export function useOf(judged: readonly JudgedManifest[]): WaiverCoverage {
  const names = new Map<string, Set<string>>();
  const objects = new Map<string, Set<string>>();
  const namespaces = new Map<string, Set<string>>();
  const add = (map: Map<string, Set<string>>, waiver: string, value: string) => {
    const values = map.get(waiver) ?? new Set<string>();
    map.set(waiver, values.add(value));
  };
  for (const { judgement } of judged) {
    for (const finding of judgement.findings) {
      const { kind, name, namespace = '' } = finding.object;
      for (const waiver of waiversOf(finding)) {
        add(names, waiver, name);
        add(objects, waiver, `${namespace}/${kind}/${name}`);
        add(namespaces, waiver, namespace);
      }
    }
  }
  return { used: new Set(names.keys()), names, objects, namespaces };
}
