import { printCalico } from '../../inventory/calico-in-force.ts';
import type { Evidence } from '../../questions/evidence/evidence.ts';
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

/** Evidence for a page that is kept: a table for each part. */
export const markdown: EvidenceFormat = ({ calico, evidence, of, version }) =>
  [
    `# Evidence of ${taken(of)}`,
    '',
    ...table(
      ['fact', 'value'],
      [
        ['taken', evidence.taken],
        ['tollgate', version],
        ['Calico', printCalico(calico)],
        [
          'Linkerd',
          listInWords([...new Set(evidence.conventions.flatMap(({ linkerd }) => linkerd ?? []))]) ||
            'no version stated',
        ],
        ['conventions and waivers', evidence.hash],
        ...evidence.conventions.map(({ file, hash, name }) => [`convention ${name}`, `${file}, ${hash}`]),
        ...evidence.gaps.map(({ what, why }) => ['not known', `${what}: ${why}`]),
      ],
    ),
    ...section('Controls', controlTable(evidence)),
    ...section('Namespaces', namespaceTable(evidence)),
    ...section('Mesh', meshTable(evidence)),
    ...section('Waivers', waiverTable(evidence)),
  ].join('\n');

function taken(of: readonly string[]): string {
  return escape(listInWords(of, { last: ',', most: 5 }));
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return ['', `## ${title}`, '', ...lines];
}

function controlTable({ controls }: Evidence): readonly string[] {
  return table(
    ['control', 'state', 'what of it is looked at', 'found'],
    controls.map(({ id, part, rules, source, state, title }) => [
      `${id} ${title} (${source})`,
      state,
      part,
      rules
        .filter(({ deny, waived, warn }) => deny + warn + waived > 0)
        .map(({ deny, rule, waived, warn }) => `${rule}: ${deny} deny, ${warn} warn, ${waived} waived`)
        .join('; '),
    ]),
  );
}

function namespaceTable(evidence: Evidence): readonly string[] {
  const { excluded, namespaces } = evidence;
  const counts = closedCounts(evidence).map(([what, closed, all]) => `${what} ${closed} of ${all}`);
  return [
    `${counted(namespaces.length, 'governed namespace')}; closed as asked: ${counts.join(', ') || 'nothing is asked'}.`,
    '',
    ...table(
      ['namespace', 'convention', 'direction', 'asked for', 'state'],
      namespaces.flatMap(({ convention, directions, name }) =>
        directions.map((one) => [
          name,
          convention,
          `${one.direction.toLowerCase()} ${one.family}`,
          one.asked ? 'yes' : 'no',
          directionInWords(one),
        ]),
      ),
    ),
    ...(excluded.length === 0
      ? []
      : [
          '',
          ...table(
            ['not judged', 'why'],
            excluded.map(({ name, why }) => [name, why]),
          ),
        ]),
  ];
}

function meshTable({ mesh: { byAdmission, meshed, outside, wanted } }: Evidence): readonly string[] {
  const added = byAdmission > 0 ? `, ${byAdmission} of them by what admission adds` : '';
  return [
    `${meshed} of ${counted(wanted, 'workload')} meshed${added}.`,
    ...(outside.length === 0
      ? []
      : [
          '',
          ...table(
            ['outside the mesh', 'why', 'waived by'],
            outside.map(({ object, waivers, why }) => [
              objectName(object),
              why,
              waivers.length > 0 ? listInWords(waivers) : 'nobody',
            ]),
          ),
        ]),
  ];
}

function waiverTable({ announced, burnDown, waivers }: Evidence): readonly string[] {
  return [
    `${counted(waivers.length, 'waiver')}.`,
    ...(waivers.length === 0
      ? []
      : [
          '',
          ...table(
            [
              'waiver',
              'rules',
              'owner',
              'ticket',
              'approved by',
              'from',
              'until',
              'state',
              'covers',
              'reason',
            ],
            waivers.map((waiver) => [
              `${waiver.name} (${waiver.source})`,
              waiver.rules.join(', '),
              waiver.owner,
              waiver.ticket ?? '',
              waiver.approvedBy ?? '',
              waiver.from ?? '',
              waiver.until,
              stateInWords(waiver),
              coverInWords(waiver),
              waiver.reason,
            ]),
          ),
        ]),
    ...(burnDown.length === 0
      ? []
      : [
          '',
          ...table(
            ['end in', 'waivers', 'findings'],
            burnDown.map(({ findings, month, waivers: ending }) => [
              month,
              `${ending.length}: ${listInWords(ending, { last: ',', most: 5 })}`,
              String(findings),
            ]),
          ),
        ]),
    ...(announced.length === 0
      ? []
      : [
          '',
          ...table(
            ['announced rule', 'denies from', 'convention'],
            announced.map(({ convention, rule, since }) => [rule, since, convention]),
          ),
        ]),
    '',
  ];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const line = (cells: readonly string[]) => `| ${cells.map(escape).join(' | ')} |`;
  return [line(head), `| ${head.map(() => '---').join(' | ')} |`, ...rows.map(line)];
}

function escape(cell: string): string {
  return onOneLine(cell).replaceAll(/[\\`*_{}[\]<>#|~]/g, String.raw`\$&`);
}
