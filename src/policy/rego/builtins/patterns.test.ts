import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { RE2JS } from 're2js';
import { callBuiltin } from '../testing/call-builtin.ts';
import { checkCalls } from '../testing/check-calls.ts';
import { BuiltinError } from './builtin.ts';
import { GLOB_BUILTINS } from './glob.ts';
import { compileGlob } from './glob-matcher.ts';
import { parseGlob, type GlobNode } from './glob-pattern.ts';
import { nativeRegex } from './regex-native.ts';
import { REGEX_BUILTINS } from './regex.ts';
import { TEMPLATE_BUILTINS } from './template.ts';

test('globs stop at separators unless there are two stars', () => {
  checkCalls(GLOB_BUILTINS, [
    ['glob.match', ['*.example.com', [], 'api.example.com'], 'true'],
    ['glob.match', ['*.example.com', ['.'], 'a.b.example.com'], 'false'],
    ['glob.match', ['**.example.com', ['.'], 'a.b.example.com'], 'true'],
    ['glob.match', ['a*', null, 'a.b/c'], 'true'],
    ['glob.match', ['{cat,b?t,[f-h]og}', [], 'hog'], 'true'],
    ['glob.match', ['[!a]', [], 'a'], 'false'],
    ['glob.match', [String.raw`\*`, [], '*'], 'true'],
    ['glob.match', ['a/*/c', ['/'], 'a/😀/c'], 'true'],
    ['glob.match', ['{a', [], 'a'], 'eval_builtin_error: glob: syntax error at 2: unclosed `{`'],
    [
      'glob.match',
      ['a', ['ab'], 'a'],
      'eval_type_error: operand 2 must be array of runes but got array containing string',
    ],
    ['glob.quote_meta', ['*.{a}'], String.raw`"\\*.\\{a\\}"`],
  ]);
});

test('the fast matcher of globs agrees with following all ways at once', () => {
  const pattern = fc.array(fc.constantFrom('a', 'b', '.', '*', '**', '?', '[ab]', '[!a]', '😀'), { maxLength: 7 });
  const text = fc.array(fc.constantFrom('a', 'b', '.', '😀'), { maxLength: 9 });
  fc.assert(
    fc.property(pattern, text, (parts, characters) => {
      const parsed = parseGlob(parts.join(''));
      assert.ok(parsed.ok);
      // One branch in braces is the same pattern, and goes the general way.
      const general: readonly GlobNode[] = [{ kind: 'either', branches: [parsed.value] }];
      const searched = characters.join('');
      assert.equal(compileGlob(parsed.value, ['.'])(searched), compileGlob(general, ['.'])(searched));
    }),
    { numRuns: 3000 },
  );
});

test('many stars on a long text end', () => {
  const long = 'a'.repeat(20_000);
  checkCalls(GLOB_BUILTINS, [
    ['glob.match', ['*a*a*a*a*a*b', [], long], 'false'],
    ['glob.match', ['{*a,*aa}*{*a,*aa}b', [], long.slice(0, 2000)], 'false'],
  ]);
});

test('regular expressions match, find, split and replace', () => {
  checkCalls(REGEX_BUILTINS, [
    ['regex.match', ['^/users/[0-9]+$', '/users/12'], 'true'],
    ['regex.match', ['a|^b$', 'cab'], 'true'],
    ['regex.match', ['(?i)HELLO', 'well, hello'], 'true'],
    ['regex.match', ['^.$', '😀'], 'true'],
    ['regex.match', ['(a', ''], 'eval_builtin_error: error parsing regexp: missing closing ): `(a`'],
    ['regex.is_valid', ['[a'], 'false'],
    ['regex.is_valid', [1], 'false'],
    ['regex.find_n', ['a*', 'baac', -1], '["", "aa", ""]'],
    ['regex.find_n', ['[0-9]', 'a1b2c3', 2], '["1", "2"]'],
    ['regex.find_all_string_submatch_n', ['(a)(b)?', 'abxa', -1], '[["ab", "a", "b"], ["a", "a", ""]]'],
    ['regex.split', [',+', 'a,,b,'], '["a", "b", ""]'],
    ['regex.replace', ['John Doe', '(?P<first>\\w+) (\\w+)', '$2, ${first}$$'], '"Doe, John$"'],
    ['regex.template_match', ['urn:{[a-z]+}:x', 'urn:ab:x', '{', '}'], 'true'],
    ['regex.template_match', ['urn:{x', 'urn', '{', '}'], 'eval_builtin_error: unbalanced braces in "urn:{x"'],
    ['regex.globs_match', ['a.*b', '[ac]x+b'], 'true'],
    ['regex.globs_match', ['a+', 'b+'], 'false'],
  ]);
});

const regexPiece = fc.constantFrom(
  'a',
  'b',
  '.',
  '[a-c]',
  '[^a]',
  '\\d',
  '\\W',
  '(a|b)',
  '(?:ab|c)',
  'a*',
  'b+',
  'c?',
  'a{2}',
  '[ab]{1,2}',
  '(ab)*',
  '1',
  '\\.',
  '😀',
);

test('what the engine runs itself gives what the library gives', () => {
  const expression = fc
    .tuple(fc.constantFrom('', '^'), fc.array(regexPiece, { maxLength: 5 }), fc.constantFrom('', '$'))
    .map(([start, pieces, end]) => start + pieces.join('') + end);
  const text = fc
    .array(fc.constantFrom('a', 'b', 'c', '1', '.', ' ', '\n', '😀'), { maxLength: 8 })
    .map((units) => units.join(''));
  let native = 0;
  fc.assert(
    fc.property(expression, text, (pattern, searched) => {
      const own = nativeRegex(pattern);
      if (own === undefined) return;
      native += 1;
      assert.equal(own.test.test(searched), RE2JS.compile(pattern).test(searched));
    }),
    { numRuns: 3000 },
  );
  assert.ok(native > 300, `only ${native} expressions were run by the engine`);
});

test('the engine runs what policies have, and nothing that it may run away with', () => {
  for (const pattern of [
    '^/api/v[0-9]+/users/.*$',
    '^[a-z]+@[a-z]+\\.com$',
    'foo|bar',
    '^(GET|POST)$',
    '^[a-z]([-a-z0-9]*)$',
  ]) {
    assert.ok(nativeRegex(pattern) !== undefined, pattern);
  }
  for (const pattern of [
    '(a+)+$',
    '^(a|a)*$',
    'a*a*a*b',
    '^.*.*x$',
    '(?i)a',
    '\\bx',
    '^a|b$',
    '(a*)*',
    '^((ab)+)+$',
    '(|){9}x',
  ]) {
    assert.equal(nativeRegex(pattern), undefined, pattern);
  }
});

test('expressions that make others hang end on long texts', () => {
  const long = 'a'.repeat(30_000);
  checkCalls(REGEX_BUILTINS, [
    ['regex.match', ['(a+)+$', `${long}b`], 'false'],
    ['regex.match', ['^(a|aa)+$', `${long}b`], 'false'],
    ['regex.match', ['[a]+b', long], 'false'],
  ]);
});

test('templates are rendered on plain data', () => {
  const render = (template: string, data: Parameters<typeof callBuiltin>[2][number]): string => {
    const outcome = callBuiltin(TEMPLATE_BUILTINS, 'strings.render_template', [template, data]);
    return outcome instanceof BuiltinError ? outcome.message : typeof outcome === 'string' ? outcome : 'undefined';
  };
  const data = { name: 'Ann', items: ['x', 'y'], count: 2, nested: { a: 1 }, no: null };
  assert.equal(render('Hi {{.name}}, {{.count}} {{.missing}}', data), 'Hi Ann, 2 <undefined>');
  assert.equal(render('{{range $i, $x := .items}}{{if $i}},{{end}}{{$x}}{{end}}', data), 'x,y');
  assert.equal(render('{{with .nested}}{{.a}}{{else}}none{{end}}{{- /* c */ -}} !', data), '1!');
  assert.equal(render('{{if eq .name "Ann"}}yes{{else if .no}}?{{else}}no{{end}}', data), 'yes');
  assert.equal(render('{{.name | printf "%q"}} {{len .items}} {{index .items 1}}', data), '"Ann" 2 y');
  assert.equal(render('{{define "t"}}<{{.}}>{{end}}{{template "t" .name}}', data), '<Ann>');
  assert.equal(render('{{range .items}}{{if eq . "y"}}{{break}}{{end}}{{.}}{{end}}', data), 'x');
  assert.equal(
    render('{{html .no .name}} {{urlquery .no}} {{print .no}}', data),
    '&lt;no value&gt;Ann %3Cno+value%3E <nil>',
  );
  assert.equal(render('{{end}}', data), 'template: template:1: unexpected {{end}}');
  assert.equal(render('\n{{nope}}', data), 'template: template:2: function "nope" not defined');
  assert.match(render('{{.name.x}}', data), /can't evaluate field x/);
  assert.match(render('{{range 9999999}}x{{end}}', {}), /more than 1000000 steps/);
});

test('no template throws', () => {
  const piece = fc.constantFrom(
    '{{',
    '}}',
    '{{.a}}',
    '{{if .a}}',
    '{{range .b}}',
    '{{else}}',
    '{{end}}',
    '$x',
    ':=',
    '|',
    '(',
    ')',
    '"s"',
    ' ',
    '{{- ',
    ' -}}',
    'len',
    '.b',
    '{{$x := 1}}',
    '{{template "t"}}',
    '{{define "t"}}',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 10 }), (pieces) => {
      const outcome = callBuiltin(TEMPLATE_BUILTINS, 'strings.render_template', [
        pieces.join(''),
        { a: 1, b: [1, 'x'] },
      ]);
      assert.ok(typeof outcome === 'string' || outcome instanceof BuiltinError);
    }),
    { numRuns: 1500 },
  );
});
