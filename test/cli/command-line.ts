import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Test } from 'tap';
import type { CommandContext } from '../../src/cli/command.ts';
import { run } from '../../src/cli/run.ts';
import type { Environment } from '../../src/settings.ts';

export interface CommandLine {
  readonly folder: string;
  /** Runs the program in this process; nothing of the real environment reaches it. */
  readonly tollgate: (args: readonly string[], options?: Partial<World>) => Promise<Outcome>;
  readonly read: (file: string) => string;
}

export interface World {
  readonly environment: Environment;
  readonly stdin: string;
  readonly isTerminal: boolean;
  readonly folder: string;
}

export interface Outcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder with files in it, and the program to be run there. */
export function commandLine(t: Test, files: Readonly<Record<string, string>>): CommandLine {
  const root = t.testdir({ '.git': {} });
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), content);
  }
  return {
    folder: root,
    read: (file) => readFileSync(join(root, file), 'utf8'),
    tollgate: async (args, { environment = {}, stdin = '', isTerminal = false, folder = '' } = {}) => {
      const out = { stdout: '', stderr: '' };
      const context: CommandContext = {
        folder: join(root, folder),
        environment,
        now: () => new Date('2026-11-20T12:00:00Z'),
        stdin: async () => Buffer.from(stdin),
        stdout: { write: (text) => void (out.stdout += text), isTerminal },
        stderr: { write: (text) => void (out.stderr += text), isTerminal },
        version: '1.2.3',
        untilStopped: () => Promise.reject(new Error('no server is started here')),
      };
      const exitCode = await run(args, context);
      return { exitCode, ...out };
    },
  };
}

/** A convention that asks for the mesh and for one label, and for nothing that needs a view of the cluster. */
export const conventions = `apiVersion: tollgate.dev/v1alpha1
kind: ConventionPolicy
metadata: { name: baseline }
spec:
  mesh:
    inject: enabled
  labels:
    - key: team
      required: true
      value: { namespaceLabel: team }
`;

export const waiver = (until: string) => `---
apiVersion: tollgate.dev/v1alpha1
kind: Waiver
metadata: { name: legacy }
spec:
  rules: [label/required-missing]
  match: { namespaces: [shop], kinds: [Deployment] }
  owner: team-files
  reason: replaced in Q1 (OPS-114)
  until: ${until}
`;

/** A Deployment without annotation; with a team label where one is given. */
export function deployment(
  name: string,
  options: { readonly team?: string; readonly namespace?: string } = {},
): string {
  const { team, namespace = 'shop' } = options;
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
  namespace: ${namespace}
spec:
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata:
      labels:
        app: ${name}${team === undefined ? '' : `\n        team: ${team}`}
    spec:
      containers:
        - name: main
          image: registry.example/${name}:1
`;
}
