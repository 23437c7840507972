import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';

import { excerpt } from '../../kernel/source-span.ts';
import type { Problem } from '../../kernel/problem.ts';
import type { TrustDomain } from '../../kernel/trust-domain.ts';
import { compileMesh } from './compile.ts';

const trustDomain = 'td.example' as TrustDomain;

function compile(text: string): { readonly problems: readonly Problem[]; readonly warnings: readonly Problem[] } {
  const result = compileMesh({ files: [{ file: 'p.yaml', text }], trustDomain });
  return result.ok ? { problems: [], warnings: result.value.warnings } : { problems: result.problem, warnings: [] };
}

function policy(spec: string, kind = 'AuthorizationPolicy', metadata = 'name: p'): string {
  return `apiVersion: security.istio.io/v1\nkind: ${kind}\nmetadata: { ${metadata} }\nspec: ${spec}\n`;
}

/** One problem, as `code at line:column`. */
function only(text: string): string {
  const { problems } = compile(text);
  return problems.map(({ code, at }) => `${code} at ${at?.line}:${at?.column}`).join(', ');
}

test('an unknown field is a problem with its place and the nearest known name', () => {
  const text = policy('\n  rules:\n    - to:\n        - operation:\n            method: [GET]');
  const [problem, ...more] = compile(text).problems;
  assert.deepEqual(more, []);
  assert.equal(problem?.code, 'mesh/unknown-field');
  assert.equal(problem.message, '`method` is not a field of `operation`');
  assert.match(problem.hint ?? '', /^did you mean `methods`\?/u);
  assert.ok(problem.at !== undefined);
  assert.equal(excerpt(text, problem.at), '8 |             method: [GET]\n  |             ^^^^^^');
});

test('what Istio knows and this does not is refused by name', () => {
  const refused = [
    policy('{ action: CUSTOM, provider: { name: x }, rules: [{}] }'),
    policy('{ action: AUDIT, rules: [{}] }'),
    policy('{ targetRefs: [{ kind: Gateway, name: g }] }'),
    policy('{ rules: [{ from: [{ source: { principals: [a], requestPrincipals: ["*"] } }] }] }'),
    policy('{ rules: [{ from: [{ source: { principals: [a], notRemoteIpBlocks: [1.2.3.4] } }] }] }'),
    policy('{ rules: [{ when: [{ key: "request.headers[x]", values: [a] }] }] }'),
    policy('{ rules: [{ when: [{ key: "request.auth.claims[iss]", values: [a] }] }] }'),
    policy('{ rules: [{ when: [{ key: destination.ip, values: [1.2.3.4] }] }] }'),
  ];
  for (const text of refused) {
    const { problems } = compile(text);
    assert.ok(problems.length > 0, text);
    for (const problem of problems) assert.equal(problem.code, 'mesh/unsupported-field', text);
    for (const problem of problems) assert.ok((problem.hint ?? '').length > 10, text);
  }
});

test('an object of another kind is refused, and the known kinds are named', () => {
  const { problems } = compile('apiVersion: security.istio.io/v1\nkind: AuthorisationPolicy\nmetadata: { name: x }\n');
  assert.equal(problems[0]?.code, 'mesh/unknown-kind');
  assert.match(problems[0].hint ?? '', /did you mean `AuthorizationPolicy`\? the kinds are .*PeerAuthentication/u);
  assert.match(only('apiVersion: v1\nkind: Service\nmetadata: { name: x }\n'), /^mesh\/unknown-kind at 2:7$/u);
  assert.match(only(policy('{}').replace('/v1', '/v1alpha1')), /^mesh\/unknown-version at 1:13$/u);
});

test('what the validation of Istio refuses is refused', () => {
  const source = (fields: string): string => policy(`{ rules: [{ from: [{ source: { ${fields} } }] }] }`);
  const operation = (fields: string): string => policy(`{ rules: [{ to: [{ operation: { ${fields} } }] }] }`);
  const table: readonly (readonly [text: string, code: string])[] = [
    [policy('{ action: DENY }'), 'mesh/empty-list'],
    [policy('{ action: DENY, rules: [] }'), 'mesh/empty-list'],
    [policy('{ action: deny, rules: [{}] }'), 'mesh/unknown-value'],
    [policy('{ rules: [{ from: [] }] }'), 'mesh/empty-list'],
    [policy('{ rules: [{ to: [] }] }'), 'mesh/empty-list'],
    [policy('{ rules: [{ from: [{}] }] }'), 'mesh/missing-field'],
    [policy('{ rules: [{ when: [{ key: source.ip }] }] }'), 'mesh/missing-field'],
    [policy('{ rules: [{ when: [{ key: source.ipp, values: [a] }] }] }'), 'mesh/unknown-attribute'],
    [policy('{ rules: [null] }'), 'mesh/wrong-type'],
    [policy('{ rules: }'), 'mesh/wrong-type'],
    [source(''), 'mesh/empty-list'],
    [operation(''), 'mesh/empty-list'],
    [source('principals: [""]'), 'mesh/bad-value'],
    [source('principals: [a], serviceAccounts: [b]'), 'mesh/conflicting-fields'],
    [source('serviceAccounts: ["a*"]'), 'mesh/bad-value'],
    [source('serviceAccounts: [a/b/c]'), 'mesh/bad-value'],
    [source('trustDomains: ["a*b"]'), 'mesh/bad-value'],
    [source('trustDomains: [a/b]'), 'mesh/bad-value'],
    [source('ipBlocks: [1.2.3]'), 'mesh/bad-value'],
    [operation('ports: [80]'), 'mesh/wrong-type'],
    [operation('ports: ["65536"]'), 'mesh/bad-value'],
    [operation('paths: ["/{*}.txt"]'), 'mesh/bad-value'],
    [operation('paths: /a'), 'mesh/wrong-type'],
    [policy('{ selector: { matchLabels: { app: "a*" } } }'), 'mesh/bad-label'],
    [policy('{ selector: { matchLabels: { app: 1 } } }'), 'mesh/wrong-type'],
    [policy('{}', 'AuthorizationPolicy', 'name: P'), 'mesh/bad-name'],
    [policy('{}', 'AuthorizationPolicy', 'namespace: a'), 'mesh/missing-field'],
    [policy('{}', 'AuthorizationPolicy', 'name: p, annotations: { istio.io/dry-run: "maybe" }'), 'mesh/bad-annotation'],
    [policy('{}', 'PeerAuthentication', 'name: p, annotations: { istio.io/dry-run: "true" }'), 'mesh/bad-annotation'],
    [policy('{}', 'PeerAuthentication', 'name: p, creationTimestamp: yesterday'), 'mesh/bad-time'],
    [policy('{ mtls: { mode: MUTUAL } }', 'PeerAuthentication'), 'mesh/unknown-value'],
    [policy('{ portLevelMtls: { 80: { mode: STRICT } } }', 'PeerAuthentication'), 'mesh/port-without-selector'],
    [`${policy('{}')}---\n${policy('{}')}`, 'mesh/duplicate-policy'],
  ];
  for (const [text, code] of table)
    assert.deepEqual(
      compile(text).problems.map((problem) => problem.code),
      [code],
      text,
    );
});

test('a number where a string belongs is told how to be one', () => {
  const [problem] = compile(policy('{ rules: [{ to: [{ operation: { ports: [8080] } }] }] }')).problems;
  assert.equal(problem?.hint, 'write it in quotes: "8080"');
});

test('all problems are found at once, in several documents, lists and files', () => {
  const list = `apiVersion: v1\nkind: List\nitems:\n  - ${policy('{ rulez: [] }').trimEnd().replaceAll('\n', '\n    ')}\n`;
  const result = compileMesh({
    files: [
      { file: 'a.yaml', text: `${policy('{ action: X }')}---\n---\n${list}` },
      { file: 'b.yaml', text: 'a: [\n' },
    ],
    trustDomain,
  });
  assert.ok(!result.ok);
  const found = result.problem.map(({ code, at }) => `${code} ${at?.file}:${at?.line}`);
  assert.deepEqual(found.toSorted(), [
    'mesh/bad-yaml b.yaml:2',
    'mesh/unknown-field a.yaml:13',
    'mesh/unknown-value a.yaml:4',
  ]);
});

test('what is allowed but unlikely to be meant is a warning', () => {
  const source = (fields: string): string => policy(`{ rules: [{ from: [{ source: { ${fields} } }] }] }`);
  const operation = (fields: string, action = 'ALLOW'): string =>
    policy(`{ action: ${action}, rules: [{ to: [{ operation: { ${fields} } }] }] }`);
  const table: readonly (readonly [text: string, ...codes: string[]])[] = [
    [source('principals: ["spiffe://td/ns/a/sa/b"]'), 'mesh/never-matches'],
    [source('principals: ["a*b"]'), 'mesh/never-matches'],
    [source('principals: [], namespaces: [a]'), 'mesh/empty-list'],
    [operation('methods: [get]'), 'mesh/never-matches'],
    [operation('paths: [admin]'), 'mesh/never-matches'],
    [operation('paths: ["/a?b=c"]'), 'mesh/never-matches'],
    [operation('paths: ["/a/../b"]'), 'mesh/never-matches'],
    [operation('methods: [GET]', 'DENY'), 'mesh/deny-widens-on-tcp'],
    [operation('hosts: [a.example], ports: ["80"]', 'DENY'), 'mesh/deny-by-host'],
    [policy('{ selector: {} }'), 'mesh/empty-selector'],
    [policy('{ mtls: { mode: DISABLE } }', 'PeerAuthentication'), 'mesh/disable-is-permissive'],
    [
      policy('{ selector: { matchLabels: { a: b } } }', 'PeerAuthentication', 'name: p, namespace: istio-system'),
      'mesh/no-effect',
    ],
    [policy('{}', 'AuthorizationPolicy', 'name: p, annotations: { istio.io/dry-run: "true" }'), 'mesh/dry-run'],
    [policy('{}', 'AuthorizationPolicy', 'name: p, labels: { istio.io/rev: canary }'), 'mesh/revision-ignored'],
    [operation('methods: [GET], paths: ["/a", "/a/*", "*/b", "*", "/a/{*}"], ports: ["80"]', 'DENY')],
  ];
  for (const [text, ...codes] of table) {
    const { problems, warnings } = compile(text);
    assert.deepEqual(problems, [], text);
    assert.deepEqual(
      warnings.map(({ code }) => code),
      codes,
      text,
    );
  }
});

test('YAML is read with its anchors, and a key that is written twice is refused', () => {
  assert.equal(only(policy('{ rules: [{ to: [{ operation: &a { methods: [GET] } }, { operation: *a }] }] }')), '');
  assert.equal(only(policy('{ rules: [], rules: [{}] }')), 'mesh/duplicate-key at 4:20');
  assert.equal(only(policy('{ rules: *nowhere }')), 'mesh/bad-yaml at 4:16');
  assert.equal(only(policy('{ rules: &self [*self] }')), 'mesh/bad-yaml at 4:23');
  assert.equal(only(policy('!custom { rules: [{}] }')), 'mesh/bad-yaml at 4:7');
  assert.equal(only(`\u{feff}kind: X\napiVersion: y\n`), 'mesh/unknown-kind at 1:7');
});

test('a text that would grow without bound is refused', () => {
  const bomb = ['a: &a [x, x, x, x, x, x, x, x, x]'];
  for (let index = 1; index < 12; index += 1)
    bomb.push(`b${index}: &b${index} [${`*${index === 1 ? 'a' : `b${index - 1}`}, `.repeat(9)}]`);
  assert.match(only(bomb.join('\n')), /^mesh\/too-many-nodes/u);
  assert.match(only(`a: ${'['.repeat(200)}${']'.repeat(200)}`), /^mesh\/too-deep/u);
  assert.match(only('['.repeat(20_000)), /^mesh\/bad-yaml/u);
  assert.match(only('- '.repeat(20_000)), /^mesh\/bad-yaml/u);
  assert.equal(only(`# ${'x'.repeat(4 * 1024 * 1024)}`), 'mesh/file-too-large at 1:1');
});

test('any text is compiled or refused with a place, and nothing throws', () => {
  const pieces = fc.constantFrom(
    ...[
      'apiVersion: security.istio.io/v1\n',
      'kind: AuthorizationPolicy\n',
      'kind: List\n',
      'metadata:\n',
      '  name: a\n',
      'spec:\n',
    ],
    ...[
      '  rules:\n',
      '  - from:\n',
      '    - source:\n',
      '  - {}\n',
      '        principals: ["*"]\n',
      '- ',
      ': ',
      '\n',
      '---\n',
      '*a ',
      '&a ',
    ],
    ...['[', ']', '{', '}', '"', "'", '|\n', '? ', '!!str ', '\t', '\u{0}', '%YAML 1.1\n', '<<: ', 'null', '0x50'],
  );
  const texts = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.array(pieces, { maxLength: 30 }).map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(texts, (text) => {
      for (const { code, message, at } of compile(text).problems) {
        assert.match(code, /^mesh\//u);
        assert.doesNotMatch(message, /^[A-Z]|\.$/u);
        assert.equal(at?.file, 'p.yaml');
        assert.ok(at.line >= 1 && at.column >= 1 && at.endLine >= at.line, JSON.stringify(at));
      }
    }),
    { numRuns: 1000 },
  );
});
