import t from 'tap';
import { templateLines } from '../../src/manifests/render/template-lines.ts';
import { isRemote } from '../../src/manifests/render/rendering.ts';

const template = `{{- if .Values.on }}
kind: Deployment
metadata:
  name: {{ .Values.name }}-web
spec:
  replicas: {{ .Values.replicas }}
  template:
    metadata:
      labels:
        {{- toYaml .Values.labels | nindent 8 }}
    spec:
      containers:
        - name: main
          image: "{{ .Values.image }}:1"
        - name: side
          image: "{{ .Values.image }}:1"
{{- end }}
`;
const rendered = `# Source: shop/templates/web.yaml
kind: Deployment
metadata:
  name: shop-web
spec:
  replicas: 3
  template:
    metadata:
      labels:
        app: web
        team: shop
    spec:
      containers:
        - name: main
          image: "web:1"
        - name: side
          image: "web:1"
`;

t.test('lines that are in both once lead back, and those beside them that fit', async (t) => {
  const lineOf = templateLines(rendered, template);
  const found = rendered.split('\n').map((line, index) => [line.trim(), lineOf(index)] as const);
  t.same(found, [
    ['# Source: shop/templates/web.yaml', undefined],
    ['kind: Deployment', 1],
    ['metadata:', 2],
    ['name: shop-web', 3],
    ['spec:', 4],
    ['replicas: 3', 5],
    ['template:', 6],
    ['metadata:', 7],
    ['labels:', 8],
    ['app: web', undefined],
    ['team: shop', undefined],
    ['spec:', 10],
    ['containers:', 11],
    ['- name: main', 12],
    ['image: "web:1"', 13],
    ['- name: side', 14],
    ['image: "web:1"', 15],
    ['', undefined],
  ]);
});

t.test('a line that may have come from several places has none, nor has one of another order', async (t) => {
  t.equal(templateLines('a: 1\n', 'a: 1\n---\na: 1\n')(0), undefined);
  const turned = templateLines('b: 1\nc: 1\na: 1\n', 'a: 1\nb: 1\nc: 1\n');
  t.same([turned(0), turned(1), turned(2)], [1, 2, undefined]);
  t.equal(templateLines('a: 1', '')(0), undefined);
  t.equal(templateLines('', 'a: 1')(5), undefined);
});

t.test('what lies on other machines is told from paths', async (t) => {
  const remote = [
    'https://example.com/a.yaml',
    'oci://registry.example/chart',
    'git::https://example.com/repo',
    'git@github.com:org/repo',
    'github.com/org/repo',
    'gh:org/repo',
    'ssh://git@example.com/repo',
    'file:///srv/repo',
    'example.com/repo.git?ref=v1',
    'secrets://prod.yaml',
  ];
  for (const path of remote) t.ok(isRemote(path), path);
  for (const path of [
    '../base',
    'web.yaml',
    './github.com',
    'charts/shop',
    '/srv/chart',
    'a@b.yaml',
    'C.yaml',
  ])
    t.notOk(isRemote(path), path);
});
