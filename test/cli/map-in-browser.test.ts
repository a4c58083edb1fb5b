import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import t, { type Test } from 'tap';
import { commandLine } from './command-line.ts';

const chromium = ['chromium', 'chromium-browser'].find(
  (name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0,
);
// CI installs it: there a page that nobody has opened is a failure.
const skip = chromium || process.env.CI === 'true' ? false : 'there is no chromium here';

const app = ['shop', 'data', 'far']
  .map(
    (name) => `apiVersion: v1
kind: Namespace
metadata: { name: ${name} }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: ${name} }
spec:
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: main, image: main }] }
---
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: { name: only-shop, namespace: ${name} }
spec: { types: [Ingress], ingress: [{ action: Allow, protocol: TCP, source: { namespaceSelector: kubernetes.io/metadata.name == "shop" }, destination: { ports: [8080] } }] }
`,
  )
  .join('---\n');
const files = {
  'plain.yaml':
    'apiVersion: tollgate.dev/v1alpha1\nkind: ConventionPolicy\nmetadata: { name: plain }\nspec: { defaultDeny: {}, mesh: { inject: "off" } }\n',
  'app/all.yaml': app,
};

t.test('a page answers in a browser, by keyboard, and says no error', { skip }, async (t) => {
  const { folder, tollgate } = commandLine(t, files);
  const made = await tollgate(['map', 'app', '--conventions', 'plain.yaml', '-o', 'html=map.html']);
  t.equal(made.exitCode, 0, made.stderr);
  const { errors, evaluate } = await open(t, `file://${join(folder, 'map.html')}`);
  t.equal(await evaluate('document.querySelectorAll(".island").length'), 3);
  t.same(
    await evaluate(
      '[...document.querySelectorAll("#islands tbody tr")].map((row) => row.dataset.name).join(" ")',
    ),
    'data far shop',
  );
  const press = (name: string) =>
    evaluate(`(() => {
      const car = document.querySelector('[data-car="Deployment ${name}/web"]');
      car.focus();
      car.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }));
      return document.activeElement === car;
    })()`);
  t.equal(await press('shop'), true, 'a car takes the focus');
  await press('data');
  const answer = await evaluate('document.getElementById("answer").textContent');
  t.match(answer, /Deployment shop\/web → Deployment data\/web: allowedTCP 8080, in the clear — .*only-shop/);
  t.match(answer, /tollgate flow Deployment\/shop\/web Deployment\/data\/web$/);
  await press('data');
  await press('far');
  t.match(
    await evaluate('document.getElementById("answer").textContent'),
    /data\/web → Deployment far\/web: deniedNothing lets a connection through/,
  );
  const shown = '[...document.querySelectorAll("#islands tbody tr")].filter((row) => !row.hidden).length';
  await evaluate(
    '(() => { const search = document.getElementById("search"); search.value = "SHO"; search.dispatchEvent(new Event("input")); })()',
  );
  t.equal(await evaluate(shown), 1, 'what is searched for is what is left');
  t.same(errors, []);
});

/** A page in a browser of its own, which ends with the test. */
async function open(t: Test, url: string) {
  const profile = mkdtempSync(join(tmpdir(), 'tollgate-browser-'));
  const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--remote-debugging-port=0'];
  const browser = spawn(chromium ?? '', [...flags, `--user-data-dir=${profile}`, 'about:blank'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = new Promise((resolve) => browser.once('exit', resolve));
  t.teardown(async () => {
    browser.kill();
    await ended;
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  });
  const endpoint = await new Promise<string>((resolve) => {
    createInterface(browser.stderr).on('line', (line) => {
      const [, found] = /listening on (ws:\S+)/.exec(line) ?? [];
      if (found) resolve(found);
    });
  });
  const listed = await fetch(`http://${new URL(endpoint).host}/json/list`);
  const pages = (await listed.json()) as readonly { type: string; webSocketDebuggerUrl: string }[];
  const socket = new WebSocket(pages.find(({ type }) => type === 'page')?.webSocketDebuggerUrl ?? '');
  await new Promise((resolve) => socket.addEventListener('open', resolve, { once: true }));
  t.teardown(() => socket.close());
  const errors: string[] = [];
  const waiting = new Map<number, (result: Evaluated) => void>();
  const loaded = Promise.withResolvers<void>();
  socket.addEventListener('message', ({ data }) => {
    const { id, method, params, result } = JSON.parse(`${data}`);
    waiting.get(id)?.(result);
    if (method === 'Page.loadEventFired') loaded.resolve();
    if (method === 'Runtime.exceptionThrown') errors.push(params.exceptionDetails.text);
    if (method === 'Log.entryAdded') errors.push(params.entry.text);
  });
  let last = 0;
  const send = (method: string, params: object = {}) => {
    const id = ++last;
    socket.send(JSON.stringify({ id, method, params }));
    return new Promise<Evaluated>((resolve) => waiting.set(id, resolve));
  };
  for (const domain of ['Page', 'Runtime', 'Log']) await send(`${domain}.enable`);
  await send('Page.navigate', { url });
  await loaded.promise;
  const evaluate = async (expression: string) =>
    (await send('Runtime.evaluate', { expression, returnByValue: true })).result?.value;
  return { errors, evaluate };
}

interface Evaluated {
  readonly result?: { readonly value?: unknown };
}
