// Longer than other files because most of it is two tables: what users write, and word for word what they are told.
import t from 'tap';
import { parseSelector } from '../../src/calico/selector/parse.ts';
import type { SelectorProblemCode } from '../../src/calico/selector/problem.ts';
import { selectorRemarks } from '../../src/calico/selector/remarks.ts';
import type { LabelField } from '../../src/calico/selector/remark.ts';

/** What people write, and what they are told: the problem, and after the semicolon what to write instead. */
const problems: readonly (readonly [string, SelectorProblemCode, string])[] = [
  ['app = "web"', 'single-equals', '"=" is not an operator (character 5); write app == "web"'],
  ['app=web', 'single-equals', '"=" is not an operator (character 4); write app == "web"'],
  ['app = ', 'single-equals', '"=" is not an operator (character 5); write "=="'],
  ['app === "web"', 'single-equals', '"===" is not an operator (character 5); write "=="'],
  ['app !== "web"', 'single-equals', '"!==" is not an operator (character 5); write "!="'],
  [
    'app =~ "web.*"',
    'operator-unknown',
    '"=~" is not an operator (character 5); there are no regular expressions: use contains, starts with or ends with',
  ],
  ['app == web', 'value-unquoted', 'the value web is not in quotes (character 8); write app == "web"'],
  [
    'port == 80 && has(app)',
    'value-unquoted',
    'the value 80 is not in quotes (character 9); write port == "80"',
  ],
  ['app != a:b', 'value-unquoted', 'the value a:b is not in quotes (character 8); write app != "a:b"'],
  ['app in {web}', 'value-unquoted', 'the value web is not in quotes (character 9); write "web"'],
  ['a == "b" & c == "d"', 'single-ampersand', 'a single "&" is not an operator (character 10); write "&&"'],
  ['a == "b" | c == "d"', 'single-pipe', 'a single "|" is not an operator (character 10); write "||"'],
  [
    'has(a,b,c)',
    'function-argument',
    'has() takes one label name without quotes (character 1); write has(a) && has(b) && has(c)',
  ],
  [
    'has("app")',
    'function-argument',
    'has() takes one label name without quotes (character 1); write has(app)',
  ],
  ['has()', 'function-argument', 'has() names no label (character 1)'],
  [
    'has (app)',
    'function-argument',
    'a space between "has" and "(" (character 1); write "has(" without the space',
  ],
  ['has(app', 'parenthesis-unclosed', 'has( is not closed (character 1); write ")"'],
  ['has(app == "web")', 'function-argument', 'has() takes one label name without quotes (character 1)'],
  [
    'exists(app)',
    'function-argument',
    '"exists" is not a function (character 1); the functions are has(), all() and global()',
  ],
  ['all', 'operator-missing', 'the label all is followed by no operator (character 1); write all()'],
  ['app', 'operator-missing', 'the label app is followed by no operator (character 1); write has(app)'],
  [
    'app && tier',
    'operator-missing',
    'the label app is followed by no operator (character 1); write has(app)',
  ],
  ['all(app)', 'function-argument', 'all() takes no argument (character 1); write all()'],
  ['all(', 'parenthesis-unclosed', 'all( is not closed (character 1); write ")"'],
  ['NOT has(app)', 'word-operator', '"NOT" is not an operator (character 1); write "!"'],
  ['not (has(app))', 'word-operator', '"not" is not an operator (character 1); write "!"'],
  ['not app == "web"', 'word-operator', '"not" is not an operator (character 1); write "!"'],
  ['app ! in {"web"}', 'operator-unknown', '"! in" is not an operator (character 5); write "not in"'],
  ['a == "b" AND c == "d"', 'word-operator', '"AND" is not an operator (character 10); write "&&"'],
  ['a == "b" or c == "d"', 'word-operator', '"or" is not an operator (character 10); write "||"'],
  [
    'app NOT IN {"web"}',
    'operator-unknown',
    '"NOT IN" is not an operator (character 5); write "not in": operators are in lower case',
  ],
  [
    'app startsWith "web"',
    'operator-unknown',
    '"startsWith" is not an operator (character 5); write "startswith": operators are in lower case',
  ],
  ['app matches "web"', 'operator-unknown', '"matches" is not an operator (character 5); write "contains"'],
  ['app exists', 'operator-unknown', '"exists" is not an operator (character 5); write has(app)'],
  [
    'app not contains "web"',
    'operator-unknown',
    '"not" is not an operator (character 5); write !app contains …',
  ],
  ['app starts "web"', 'operator-unknown', '"starts" is not an operator (character 5); write "starts with"'],
  [
    'app squiggles "web"',
    'operator-unknown',
    '"squiggles" is not an operator (character 5); the operators are ==, !=, in, not in, contains, starts with and ends with',
  ],
  ['app == "web', 'string-unterminated', 'the string is not closed (character 8); close it with "'],
  ['app == “web”', 'typographic-character', `“ is not a quote that Calico knows (character 8); write " or '`],
  [
    'app == `web`',
    'typographic-character',
    '` is not a quote that Calico knows (character 8); write " or \'',
  ],
  [
    'app\u00a0== "web"',
    'typographic-character',
    'the character U+00A0 is not a space that Calico knows (character 4); write a plain space',
  ],
  [
    'app == "web"\n',
    'line-break',
    `a line break is not a space that Calico knows (character 13); write the selector on one line, or end the YAML block scalar's sign with "-", as in ">-"`,
  ],
  [
    'app == "web" &&\n  has(tier)',
    'line-break',
    'a line break is not a space that Calico knows (character 16); write the selector on one line, or fold it with the YAML sign ">-"',
  ],
  [
    'app == "web"\r\n',
    'line-break',
    `a line break is not a space that Calico knows (character 13); write the selector on one line, or end the YAML block scalar's sign with "-", as in ">-"`,
  ],
  ['app: "web"', 'character-unexpected', '":" has no meaning here (character 4); write app == "web"'],
  ['app <> "web"', 'character-unexpected', '"<" has no meaning here (character 5); write "!="'],
  [
    '*',
    'character-unexpected',
    '"*" has no meaning here (character 1); there are no wildcards: write all(), contains, starts with or ends with',
  ],
  [
    'app in ["web"]',
    'character-unexpected',
    '"[" has no meaning here (character 8); write a set as {"a", "b"}',
  ],
  ['app %', 'character-unexpected', '"%" has no meaning here (character 5)'],
  ['{{ .Values.selector }}', 'condition-missing', '"{" where a condition is expected (character 1)'],
  ['a == \u0007"b"', 'character-unexpected', 'the character U+0007 has no meaning here (character 6)'],
  [
    '"web" == app',
    'literal-first',
    'a condition starts with a label, not a string (character 1); write app == "web"',
  ],
  ['"web"', 'literal-first', 'a condition starts with a label, not a string (character 1)'],
  ['== "web"', 'label-missing', 'there is no label before "==" (character 1)'],
  [
    'app == "web", tier == "db"',
    'conjunction-missing',
    '"," where "&&" or "||" is expected (character 13); write "&&"',
  ],
  ['()', 'condition-missing', '")" where a condition is expected after "(" (character 2)'],
  ['!', 'condition-missing', 'the end where a condition is expected after "!" (character 2)'],
  ['has(app) &&', 'condition-missing', 'the end where a condition is expected after "&&" (character 12)'],
  ['&& has(app)', 'condition-missing', '"&&" where a condition is expected (character 1)'],
  [
    'app == "web" tier == "db"',
    'conjunction-missing',
    'the label tier where "&&" or "||" is expected (character 14)',
  ],
  [
    'app == "web" has(tier)',
    'conjunction-missing',
    'has(tier) where "&&" or "||" is expected (character 14)',
  ],
  ['app == "web")', 'parenthesis-unexpected', '")" closes nothing (character 13); remove it'],
  ['(app == "web"', 'parenthesis-unclosed', '"(" is not closed (character 1); write ")"'],
  [
    'app in "web"',
    'set-missing',
    'the string "web" where a set in braces is expected after "in" (character 8); write app in {"web"}',
  ],
  [
    'app in web',
    'set-missing',
    'the label web where a set in braces is expected after "in" (character 8); write app in {"web"}',
  ],
  [
    'app in (web, db)',
    'set-missing',
    '"(" where a set in braces is expected after "in" (character 8); write app in {"web", "db"}',
  ],
  ['app in', 'set-missing', 'the end where a set in braces is expected after "in" (character 7)'],
  ['app in {"web" "db"}', 'set-element', 'no comma before "db" (character 15); write ","'],
  ['app in {,}', 'set-element', '"," where a string in quotes or "}" is expected (character 9)'],
  ['app in {"web"', 'set-element', 'the set is not closed (character 14); write "}"'],
  ['app in {{"web"}}', 'set-element', '"{" where a string in quotes or "}" is expected (character 9)'],
  ['app ==', 'value-missing', 'the end where a string in quotes is expected after "==" (character 7)'],
  [
    'app == {"web"}',
    'value-missing',
    '"{" where a string in quotes is expected after "==" (character 8); write app in {…}',
  ],
  [
    'app == has(tier)',
    'value-missing',
    'has(tier) where a string in quotes is expected after "==" (character 8)',
  ],
  [
    'role "development"',
    'operator-missing',
    'the label role is followed by no operator (character 1); write role == "development"',
  ],
  [`app == 'it's'`, 'conjunction-missing', 'the label s where "&&" or "||" is expected (character 12)'],
];

t.test('problems say what is wrong, where, and what to write', async (t) => {
  for (const [text, code, told] of problems) {
    const result = parseSelector(text);
    if ('selector' in result) {
      t.fail(`${text} was taken for a selector`);
      continue;
    }
    const { message, remedy } = result.problem;
    t.equal(remedy === undefined ? message : `${message}; ${remedy}`, told, JSON.stringify(text));
    t.equal(result.problem.code, code);
  }
});

t.test('bounds say what they are', async (t) => {
  const told = (text: string) => {
    const result = parseSelector(text);
    return 'problem' in result ? `${result.problem.code}: ${result.problem.message}` : 'none';
  };
  t.equal(told('('.repeat(600)), 'nesting-too-deep: parentheses nested deeper than 512 (character 513)');
  t.equal(
    told(' '.repeat(40_000)),
    'selector-too-long: a selector of 40000 characters, more than 32768 (character 32769)',
  );
  t.equal(
    told(`${'a'.repeat(513)} == "b"`),
    'label-too-long: a label name longer than 512 characters (character 1)',
  );
  t.equal(
    told(`has(${'a'.repeat(513)})`),
    'label-too-long: a label name longer than 512 characters (character 5)',
  );
});

t.test('messages show no more of a text than they need', async (t) => {
  for (const text of [
    `a in {"b" "${'x'.repeat(9_000)}"}`,
    `a == ${'x'.repeat(9_000)}`,
    `a "${'x'.repeat(9_000)}"`,
    `"${'x'.repeat(9_000)}" == a`,
  ]) {
    const result = parseSelector(text);
    t.ok('problem' in result && result.problem.message.length + (result.problem.remedy?.length ?? 0) < 900);
  }
});

const remarks: readonly (readonly [LabelField, string, readonly string[]])[] = [
  ['selector', 'all()', []],
  ['selector', 'app == "web" && tier contains "-db"', []],
  [
    'selector',
    'app == "my shop"',
    [
      'impossible-value: app is never "my shop": a label value holds only letters, digits, "-", "_" and "."',
      'never-matches: it matches nothing: no set of labels fulfils it',
    ],
  ],
  [
    'selector',
    'app in {"web", "café", "-"}',
    [
      'impossible-value: app is never "-": a label value starts and ends with a letter or a digit',
      'impossible-value: app is never "café": a label value holds only letters, digits, "-", "_" and "."',
    ],
  ],
  [
    'selector',
    'app starts with "-" || has(app)',
    ['impossible-value: app never starts with "-": a label value starts and ends with a letter or a digit'],
  ],
  [
    'selector',
    'app ends with "-" || has(app)',
    ['impossible-value: app never ends with "-": a label value starts and ends with a letter or a digit'],
  ],
  [
    'selector',
    'app != "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" || has(app)',
    [
      'impossible-value: app is never "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa": a label value has at most 63 characters',
      'always-matches: it matches everything: every set of labels fulfils it; write all() if that is meant',
    ],
  ],
  [
    'selector',
    'has(calico/k8s_ns/role) || has(app)',
    [
      'impossible-key: no label is named calico/k8s_ns/role: a label name is up to 63 letters, digits, "-", "_" and ".", after at most one DNS prefix and "/"',
    ],
  ],
  [
    'selector',
    'app == "web" && app == "db"',
    ['never-matches: it matches nothing: no set of labels fulfils it'],
  ],
  ['selector', 'app in {}', ['never-matches: it matches nothing: no set of labels fulfils it']],
  ['selector', '!all()', ['never-matches: it matches nothing: no set of labels fulfils it']],
  [
    'selector',
    'has(app) || !has(app)',
    ['always-matches: it matches everything: every set of labels fulfils it; write all() if that is meant'],
  ],
  [
    'selector',
    'app not in {}',
    ['always-matches: it matches everything: every set of labels fulfils it; write all() if that is meant'],
  ],
  [
    'selector',
    `projectcalico.org/orchestrator == 'kubernetes'`,
    [
      'reserved-value: projectcalico.org/orchestrator is never "kubernetes" in Kubernetes: Calico gives every pod the value k8s; write projectcalico.org/orchestrator == "k8s"',
    ],
  ],
  [
    'selector',
    'projectcalico.org/name == "shop"',
    [
      'reserved-name: pods have no label projectcalico.org/name: Calico adds it to namespaces and service accounts only; write projectcalico.org/namespace == "shop", or put projectcalico.org/name == "shop" into namespaceSelector',
    ],
  ],
  [
    'notSelector',
    'has(projectcalico.org/name)',
    [
      'reserved-name: pods have no label projectcalico.org/name: Calico adds it to namespaces and service accounts only; write projectcalico.org/namespace, or put projectcalico.org/name into namespaceSelector',
    ],
  ],
  [
    'selector',
    'kubernetes.io/metadata.name == "shop"',
    [
      'reserved-name: pods have no label kubernetes.io/metadata.name: Kubernetes adds it to namespaces only; put it into namespaceSelector',
    ],
  ],
  ['namespaceSelector', 'kubernetes.io/metadata.name == "shop" || projectcalico.org/name == "shop"', []],
  [
    'namespaceSelector',
    'projectcalico.org/namespace == "shop"',
    [
      'reserved-name: namespaces have no label projectcalico.org/namespace: Calico adds it to pods only; write projectcalico.org/name == "shop"',
    ],
  ],
  [
    'namespaceSelector',
    'has(projectcalico.org/orchestrator)',
    [
      'reserved-name: namespaces have no label projectcalico.org/orchestrator: Calico adds it to pods only; put it into selector',
    ],
  ],
  [
    'namespaceSelector',
    'pcns.team == "shop"',
    ['reserved-name: namespaces have no label pcns.team: Calico adds the prefix itself; write team'],
  ],
  [
    'serviceAccountSelector',
    'projectcalico.org/serviceaccount == "default"',
    [
      'reserved-name: service accounts have no label projectcalico.org/serviceaccount: Calico adds it to pods only; write projectcalico.org/name == "default"',
    ],
  ],
  ['selector', 'pcns.projectcalico.org/name == "shop" && projectcalico.org/namespace == "shop"', []],
];

t.test('remarks on selectors that are valid and cannot be meant', async (t) => {
  for (const [field, text, expected] of remarks) {
    const result = parseSelector(text);
    if ('problem' in result) throw new Error(result.problem.message);
    const told = selectorRemarks(result.selector, field).map(
      ({ code, message, remedy }) => `${code}: ${message}${remedy === undefined ? '' : `; ${remedy}`}`,
    );
    t.strictSame(told, expected, `${field}: ${text}`);
  }
});
