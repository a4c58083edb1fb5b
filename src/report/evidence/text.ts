import { printable } from '../../engine/printable.ts';
import { printCalico } from '../../inventory/calico-in-force.ts';
import type { Evidence, WaiverEvidence } from '../../questions/evidence/evidence.ts';
import { listInWords } from '../../text/list.ts';
import { counted } from '../../text/plural.ts';
import { objectName, onOneLine } from '../wording.ts';
import {
  closedCounts,
  coverInWords,
  directionInWords,
  type EvidenceFormat,
  stateInWords,
} from './evidence-report.ts';

/** Evidence for people at a terminal: a block for each part, a line for each fact. */
export const text: EvidenceFormat = ({ calico, evidence, of, version }) => {
  const blocks = [
    [
      `evidence of ${listInWords(of, { last: ',', most: 5 })}, taken ${evidence.taken}`,
      `  tollgate ${version}; Calico ${printCalico(calico)}${linkerdOf(evidence)}`,
      `  conventions and waivers ${evidence.hash}`,
      ...evidence.conventions.map(({ file, hash, name }) => `    ${name} (${file}, ${hash})`),
      ...evidence.gaps.map(({ what, why }) => `  not known: ${what}: ${why}`),
    ],
    namespaceLines(evidence),
    meshLines(evidence),
    waiverLines(evidence),
    controlLines(evidence),
  ];
  const lines = blocks.map((block) => block.map((line) => onOneLineKeepingIndent(line)).join('\n'));
  return `${lines.join('\n\n')}\n`;
};

function onOneLineKeepingIndent(line: string): string {
  const indent = /^ */.exec(line)?.[0] ?? '';
  return indent + printable(onOneLine(line.slice(indent.length)));
}

function linkerdOf({ conventions }: Evidence): string {
  const versions = [...new Set(conventions.flatMap(({ linkerd }) => linkerd ?? []))];
  return versions.length > 0
    ? `; Linkerd ${versions.join(', ')} (convention)`
    : '; Linkerd: no version stated';
}

function namespaceLines(evidence: Evidence): readonly string[] {
  const { excluded, namespaces } = evidence;
  const counts = closedCounts(evidence).map(([what, closed, all]) => `${what} ${closed} of ${all}`);
  return [
    `${counted(namespaces.length, 'governed namespace')}; closed as asked: ${counts.join(', ') || 'nothing is asked'}`,
    ...namespaces.flatMap(({ convention, directions, name }) => [
      `  ${name} (convention "${convention}")`,
      ...directions.map(
        (one) =>
          `    ${one.direction.toLowerCase()} ${one.family}: ${directionInWords(one)}${one.asked ? '' : ' (not asked for)'}`,
      ),
    ]),
    ...excluded.map(({ name, why }) => `  not judged: ${name}: ${why}`),
  ];
}

function meshLines({ mesh: { byAdmission, meshed, outside, wanted } }: Evidence): readonly string[] {
  const added = byAdmission > 0 ? `, ${byAdmission} of them by what admission adds` : '';
  return [
    `meshed: ${meshed} of ${counted(wanted, 'workload')}${added}`,
    ...outside.map(
      ({ object, waivers, why }) => `  outside: ${objectName(object)}: ${why}${waivedBy(waivers)}`,
    ),
  ];
}

function waivedBy(waivers: readonly string[]): string {
  return waivers.length > 0 ? ` (waived by ${listInWords(waivers)})` : '; not waived';
}

function waiverLines({ announced, burnDown, waivers }: Evidence): readonly string[] {
  return [
    counted(waivers.length, 'waiver'),
    ...waivers.map((waiver) => `  ${waiverLine(waiver)}`),
    ...burnDown.map(
      ({ findings, month, waivers: ending }) =>
        `  end in ${month}: ${counted(ending.length, 'waiver')} of ${counted(findings, 'finding')}`,
    ),
    ...announced.map(
      ({ convention, rule, since }) => `  ${rule} denies from ${since} under convention "${convention}"`,
    ),
  ];
}

function waiverLine(waiver: WaiverEvidence): string {
  const { approvedBy, from, name, owner, reason, rules, source, ticket, until } = waiver;
  const parts = [
    `${name} (${source}): ${rules.join(', ')}`,
    `owner ${owner}`,
    ticket === undefined ? 'no ticket' : `ticket ${ticket}`,
    approvedBy === undefined ? 'approved by nobody' : `approved by ${approvedBy}`,
    `${from === undefined ? '' : `from ${from} `}until ${until}, ${stateInWords(waiver)}`,
    `covers ${coverInWords(waiver)}`,
    reason,
  ];
  return parts.join('; ');
}

function controlLines({ controls }: Evidence): readonly string[] {
  return [
    'controls, as far as rules look at them',
    ...controls.flatMap(({ id, part, rules, state }) => [
      `  ${id}: ${state}; ${part}`,
      ...rules
        .filter(({ deny, waived, warn }) => deny + warn + waived > 0)
        .map(({ deny, rule, waived, warn }) => `    ${rule}: ${deny} deny, ${warn} warn, ${waived} waived`),
    ]),
  ];
}
