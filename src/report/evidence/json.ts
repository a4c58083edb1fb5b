import type { EvidenceFormat } from './evidence-report.ts';

/** Evidence for machines; the schema's name changes where a field changes its meaning or goes. */
export const json: EvidenceFormat = ({ calico, evidence, of, version }) => {
  const { taken, ...rest } = evidence;
  const document = { schema: 'tollgate.dev/evidence/v1', taken, version, of, calico, ...rest };
  return `${JSON.stringify(document, undefined, 2)}\n`;
};
