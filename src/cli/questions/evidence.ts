import { resolve } from 'node:path';
import { findConventions } from '../../application/read/find-conventions.ts';
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
import { contextSettings, readContext } from '../inputs/read-context.ts';
import { readSet } from '../inputs/read-set.ts';
import { writeFile } from '../write-file.ts';

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
    const stated = await findConventions(values.conventions, context.folder, context.stdin);
    const around = await readContext(values, context);
    const isAround = positionals.length === 0 && (values.live || values.context.length > 0);
    const set = isAround ? nothing : await readSet(positionals, values, context);
    for (const { file, line, column, reason } of set.notJudged)
      context.stderr.write(`${printableLine(`${file}:${line}:${column}: not read, ${reason}`)}\n`);
    const whole = { objects: set.objects, gaps: [...set.gaps, ...around.gaps] };
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
    for (const { format, file } of targets) {
      const text = (await evidenceFormats[format]())(report);
      if (file === undefined) context.stdout.write(text);
      else writeFile(resolve(context.folder, file), text);
    }
    return evidence.gaps.length > 0 || set.notJudged.length > 0 ? 3 : 0;
  },
});

const nothing = { objects: [], gaps: [], notJudged: [] } as const;

function pathsOf(positionals: readonly string[]): readonly string[] {
  return positionals.length > 0 ? positionals : ['.'];
}
