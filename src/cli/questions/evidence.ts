import { stateOfFiles } from '../../application/check/judge-manifests.ts';
import { evidenceOfState } from '../../application/evidence/evidence-of-state.ts';
import { printableLine } from '../../engine/printable.ts';
import {
  evidenceFormatNames,
  evidenceFormats,
  type EvidenceFormatName,
} from '../../report/evidence/formats.ts';
import type { EvidenceReport } from '../../report/evidence/evidence-report.ts';
import { list } from '../../settings.ts';
import { defineCommand } from '../command.ts';
import { manifestSettings } from '../inputs/manifest-settings.ts';
import { type OutputTarget, readTarget, targetsFor } from '../output-target.ts';
import { contextSettings } from '../inputs/read-context.ts';
import { readState } from '../inputs/read-state.ts';
import { writeAnswer } from '../write-answer.ts';

/** `tollgate evidence`: what an auditor keeps of a cluster or of the files that make one. */
export const command = defineCommand({
  usage: '[PATH…] [FLAGS]',
  description: [
    'Writes down how things stand: versions and the hash of the conventions, each governed namespace by direction and',
    'family with the policy that closes it, workloads outside the mesh and why, namespaces that no convention governs,',
    'waivers with owner, ticket, approver and what they cover, the month in which each ends, and which controls of CIS,',
    'NIST and PCI DSS the rules look at, with how these stand. A PATH is what `tollgate check` takes; without any, with',
    '--live or a snapshot as --context, it is what the cluster holds, judged as the audit does. It judges nothing that',
    'check does not, and it is no verdict: findings do not change the exit code.',
    '',
    'Exit codes: 0 written, 2 wrong usage or configuration, 3 written, and something that may decide could not be read.',
  ].join('\n'),
  settings: {
    ...manifestSettings,
    ...contextSettings,
    output: list<OutputTarget<EvidenceFormatName>>('output', {
      short: 'o',
      placeholder: 'FORMAT[=FILE]',
      description: `${evidenceFormatNames.join(', ')}; without a file it goes to standard output`,
      read: readTarget(evidenceFormatNames),
    }),
  },
  examples: [
    ['tollgate evidence --live -o json=evidence.json -o markdown=evidence.md', 'of the cluster of kubectl'],
    ['tollgate evidence --context cluster.yaml', 'of a snapshot of it'],
    ['tollgate evidence deploy/', 'of what manifests make of a cluster'],
  ],
  run: async ({ values, positionals }, context) => {
    const targets = targetsFor(values.output, 'text', 'evidence');
    const { around, isAround, set, stated, whole } = await readState(positionals, values, context);
    for (const { file, line, column, reason } of set.notJudged)
      context.stderr.write(`${printableLine(`${file}:${line}:${column}: not read, ${reason}`)}\n`);
    const { calico, conventions, inventory } = stateOfFiles(whole, stated, around.application);
    const objects = isAround ? around.application.existing : set.objects.map(({ object }) => object);
    const evidence = evidenceOfState(objects, isAround ? 'audit' : 'ci', {
      inventory,
      conventions,
      now: values.now ?? context.now(),
    });
    const report: EvidenceReport = {
      version: context.version,
      calico,
      of: isAround ? [...(values.live ? ['the cluster'] : []), ...values.context] : pathsOf(positionals),
      evidence,
    };
    await writeAnswer(report, targets, evidenceFormats, context);
    return evidence.gaps.length > 0 || set.notJudged.length > 0 ? 3 : 0;
  },
});

function pathsOf(positionals: readonly string[]): readonly string[] {
  return positionals.length > 0 ? positionals : ['.'];
}
