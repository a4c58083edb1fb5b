import t from 'tap';
import { connectionsFormatNames } from '../../src/report/connections/formats.ts';
import { commandLine } from './command-line.ts';

const escape = String.fromCharCode(27);
const hostile = `x\\u001b[2J\\u0007`;
const objects = `apiVersion: v1
kind: Namespace
metadata: { name: "${hostile}" }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: "${hostile}", namespace: "${hostile}" }
spec:
  selector: { matchLabels: { app: web } }
  template: { metadata: { labels: { app: web } }, spec: { containers: [{ name: web, image: "example/web:1" }] } }
---
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: { name: "${hostile}", namespace: "${hostile}" }
spec: { ingress: [{ action: Allow }], egress: [{ action: Allow }] }
`;
const commands: readonly (readonly string[])[] = [
  ...connectionsFormatNames.map((format) => ['connections', 'app', '-o', format]),
  ...['text', 'markdown', 'json'].map((format) => ['diff', 'none', 'app', '-o', format]),
  ...['html', 'svg', 'mermaid', 'dot', 'json'].map((format) => ['map', 'app', '-o', format]),
  ...['text', 'markdown', 'json'].map((format) => ['evidence', 'app', '-o', format]),
  ...['text', 'concise', 'markdown', 'policyreport'].map((format) => ['audit', 'app', '-o', format]),
];

for (const args of commands) {
  t.test(`${args.join(' ')} prints no control character of a name`, async (t) => {
    const { tollgate } = commandLine(t, { 'app/all.yaml': objects, 'none/empty.yaml': '' });
    const { stdout, stderr } = await tollgate(args);
    t.match(stdout, 'x', 'something is printed');
    t.notOk(stdout.includes(escape), 'on standard output');
    t.notOk(stderr.includes(escape), 'on standard error');
  });
}
