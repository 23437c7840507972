/** Many calls on random JSON against the `opa` that is on the machine, all in one run of it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { askOpa, skipWithoutOpa } from '../testing/ask-opa.ts';
import { callBuiltin } from '../testing/call-builtin.ts';
import { get } from '../values/access.ts';
import { equal } from '../values/equal.ts';
import { formatJson, parseJson } from '../values/json.ts';
import { toText } from '../values/text.ts';
import type { RegoValue } from '../values/value.ts';
import { BuiltinError } from './builtin.ts';
import { ALL_BUILTINS } from './registry.ts';

const word = fc
  .array(fc.constantFrom('a', 'b', 'B', '1', '.', '/', '-', ' ', '%', 'é', '😀', ''), { maxLength: 6 })
  .map((letters) => letters.join(''));
const integer = fc.integer({ min: -6, max: 12 });
const number = fc.oneof(
  integer,
  fc.integer(),
  fc.integer({ min: -4000, max: 4000 }).map((parts) => parts / 256),
);
const scalar = fc.oneof(word, integer, fc.constantFrom(null, true, false));
const list = fc.array(scalar, { maxLength: 5 });
const object = fc.dictionary(fc.constantFrom('a', 'b', 'c', '0'), fc.oneof(scalar, list), { maxKeys: 4 });
const any = fc.oneof(scalar, list, object, fc.array(object, { maxLength: 2 }));
const strings = fc.array(word, { maxLength: 4 });
const pattern = fc
  .array(fc.constantFrom('a', 'b', '.', '[a-c]', 'a*', 'b+', '(a|b)', '1?', '^', '$', '\\.', '[^a]'), { maxLength: 5 })
  .map((parts) => parts.join(''));
const glob = fc
  .array(fc.constantFrom('a', 'b', '.', '*', '**', '?', '{a,b}', '[ab]'), { maxLength: 5 })
  .map((parts) => parts.join(''));
const format = fc
  .array(fc.constantFrom('x', '%v', '%d', '%s', '%5d', '%q', '%x', '%.2f', '%-4v', '%%'), { maxLength: 4 })
  .map((parts) => parts.join(''));
const path = fc
  .array(fc.constantFrom('a', 'b', '0', '1'), { minLength: 1, maxLength: 3 })
  .map((parts) => parts.join('/'));

// Without steps, OPA itself may end in the midst of a patch.
const pointer = fc
  .array(fc.constantFrom('a', 'b', 'c', '0', '1', '-', 'x~1y'), { minLength: 1, maxLength: 3 })
  .map((steps) => steps.map((step) => `/${step}`).join(''));
const operation = fc.oneof(
  fc.record({ op: fc.constantFrom('add', 'replace', 'test'), path: pointer, value: fc.oneof(scalar, list) }),
  fc.record({ op: fc.constant('remove'), path: pointer }),
  fc.record({ op: fc.constantFrom('move', 'copy'), from: pointer, path: pointer }),
);
const nodes = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 3 });
const graph = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), nodes, { maxKeys: 4 });
const octet = fc.constantFrom('0', '1', '10', '127', '255', '256', '01');
const address = fc.oneof(
  fc.tuple(octet, octet, octet, octet).map((parts) => parts.join('.')),
  fc.constantFrom('::1', 'fe80::1', '::ffff:10.0.0.1', '2001:db8::', 'x', ''),
);
const block = fc
  .tuple(address, fc.constantFrom('/0', '/8', '/24', '/32', '/33', '/64', '/128', '', '/x'))
  .map(([ip, prefix]) => ip + prefix);
const smallBlock = fc.constantFrom('10.0.0.1/30', '10.0.0.255/32', '::1/126', 'fe80::/128', '10.0.0.0/33', 'x/30');
const nanoseconds = fc.oneof(
  fc.constantFrom(0, 1, -1, 1e18),
  fc.integer({ min: -2e15, max: 2e15 }).map((ns) => ns * 1000),
);
const zone = fc.constantFrom(
  '',
  'UTC',
  'Local',
  'Europe/Berlin',
  'America/New_York',
  'Asia/Kolkata',
  'Australia/Lord_Howe',
  'x',
);
const instant = fc.oneof(nanoseconds, fc.tuple(nanoseconds, zone));
const layout = fc.constantFrom(
  '2006-01-02T15:04:05Z07:00',
  'RFC3339',
  'RFC1123Z',
  'Kitchen',
  'Mon Jan _2 15:04:05 2006',
  '2 Jan 06 03:04PM MST',
  '.000 .999999 002 -0700',
  'x',
);
const date = fc.constantFrom(
  '2024-02-29T12:30:00Z',
  '2023-02-29T12:30:00Z',
  '1969-12-31T23:59:59.999999999+01:30',
  '29 Feb 24 03:04PM CET',
  'Mon Jan  2 15:04:05 2006',
  '3:04PM',
  '',
);
const semver = fc
  .tuple(
    fc.constantFrom('1.0.0', '1.10.0', '01.0.0', '1.0', '2.0.0'),
    fc.constantFrom('', '-a', '-a.1', '-1', '+b', '-a+b'),
  )
  .map(([version, rest]) => version + rest);
const url = fc
  .tuple(
    fc.constantFrom('', 'http:', 'HTTPS:', 'a+b:', '1:', ':'),
    fc.constantFrom('', '//', '//h', '//u:p@h:80', '//[::1]:1', '//h:x', '///', '//a b'),
    fc.constantFrom('', '/', '/a%20b', '/a b', 'x', '/%zz', '/é'),
    fc.constantFrom('', '?', '?a=b', '?a=%zz#', '#f', '#%41'),
  )
  .map((parts) => parts.join(''));
const yaml = fc
  .array(
    fc.constantFrom('a: 1', '- x', '  b: [1, 2]', '"q"', "'s'", '- |', '&a', '*a', '{', '}', '# c', '1.0', '0x1', '~'),
    {
      maxLength: 4,
    },
  )
  .map((lines) => lines.join('\n'));
const schema = fc.oneof(
  fc.record({ type: fc.constantFrom('string', 'number', 'object', 'array', 'integer', 'null') }),
  fc.record({ minimum: integer, maxLength: integer, minItems: integer }, { requiredKeys: [] }),
  fc.record({
    properties: fc.record({ a: fc.constantFrom({ type: 'string' }, { enum: [1, 'a'] }) }),
    required: strings,
  }),
  fc.record({ anyOf: fc.constant([{ type: 'string' }, { minimum: 3 }]) }),
);

/** Well-typed arguments of each function, so that OPA's compiler takes the calls. */
const ARGUMENTS: Readonly<Record<string, readonly fc.Arbitrary<unknown>[]>> = {
  abs: [number],
  'array.concat': [list, list],
  'array.reverse': [list],
  'array.slice': [list, integer, integer],
  'base64.decode': [word],
  'base64.encode': [word],
  'bits.and': [integer, integer],
  'bits.negate': [integer],
  'bits.xor': [integer, integer],
  ceil: [number],
  concat: [word, strings],
  contains: [word, word],
  count: [fc.oneof(word, list, object)],
  div: [number, number],
  floor: [number],
  format_int: [number, fc.constantFrom(2, 8, 10, 16)],
  'glob.match': [glob, fc.constantFrom(null, [], ['/'], ['.', '/']), word],
  gt: [any, any],
  'hex.decode': [word],
  indexof: [word, word],
  indexof_n: [word, word],
  'json.filter': [object, fc.array(path, { maxLength: 3 })],
  'json.marshal': [any],
  'json.remove': [object, fc.array(path, { maxLength: 3 })],
  'json.unmarshal': [fc.oneof(fc.json({ maxDepth: 2 }), word)],
  lower: [word],
  lt: [any, any],
  max: [list],
  min: [list],
  minus: [number, number],
  mul: [number, number],
  'numbers.range': [integer, integer],
  'object.get': [object, fc.oneof(word, strings), scalar],
  'object.remove': [object, strings],
  'object.subset': [object, object],
  'object.union': [object, object],
  plus: [number, number],
  product: [fc.array(number, { maxLength: 4 })],
  'regex.find_n': [pattern, word, fc.constantFrom(-1, 0, 2)],
  'regex.match': [pattern, word],
  'regex.replace': [word, pattern, word],
  'regex.split': [pattern, word],
  rem: [integer, integer],
  // An empty pattern matches between the bytes of a character in OPA.
  replace: [word, fc.constantFrom('a', 'b', 'é', 'ab'), word],
  round: [number],
  sort: [list],
  split: [word, word],
  sprintf: [format, list],
  startswith: [word, word],
  'strings.any_prefix_match': [strings, strings],
  'strings.count': [word, word],
  'strings.reverse': [word],
  substring: [word, integer, integer],
  sum: [fc.array(number, { maxLength: 4 })],
  // OPA passes `.1` on as it is, which is no JSON.
  to_number: [fc.oneof(number.map(String), fc.constantFrom('a', '', '1e3', '--1', 'inf'))],
  trim: [word, word],
  trim_space: [word],
  'units.parse': [fc.tuple(number, fc.constantFrom('', 'k', 'Mi', 'm')).map(([amount, unit]) => `${amount}${unit}`)],
  upper: [word],
  'urlquery.decode': [word],
  'urlquery.encode': [word],
  'yaml.marshal': [any],
  'array.flatten': [fc.array(fc.oneof(scalar, list), { maxLength: 4 })],
  'base64.is_valid': [word],
  'base64url.decode': [word],
  'base64url.encode': [word],
  'base64url.encode_no_pad': [word],
  'bits.lsh': [integer, integer],
  'bits.or': [integer, integer],
  'bits.rsh': [integer, integer],
  'crypto.sha256': [word],
  endswith: [word, word],
  equal: [any, any],
  'glob.quote_meta': [glob],
  'graph.reachable': [graph, nodes],
  'graph.reachable_paths': [graph, nodes],
  'hex.encode': [word],
  'json.is_valid': [fc.oneof(fc.json({ maxDepth: 2 }), word)],
  'json.marshal_with_options': [
    any,
    fc.record(
      { indent: fc.constantFrom('', ' '), prefix: fc.constantFrom('', '>'), pretty: fc.boolean() },
      { requiredKeys: [] },
    ),
  ],
  'json.match_schema': [object, schema],
  'json.patch': [object, fc.array(operation, { maxLength: 3 })],
  'net.cidr_contains': [block, fc.oneof(block, address)],
  'net.cidr_contains_matches': [
    fc.array(block, { maxLength: 3 }),
    fc.array(fc.oneof(block, address), { maxLength: 3 }),
  ],
  'net.cidr_expand': [smallBlock],
  'net.cidr_intersects': [block, block],
  'net.cidr_is_valid': [block],
  'net.cidr_merge': [fc.array(fc.oneof(block, address), { maxLength: 4 })],
  'numbers.range_step': [integer, integer, integer],
  'object.filter': [object, strings],
  'object.keys': [object],
  'object.union_n': [fc.array(object, { maxLength: 3 })],
  'regex.find_all_string_submatch_n': [pattern, word, fc.constantFrom(-1, 0, 2)],
  'regex.globs_match': [
    fc.constantFrom('a*', '[a-c]+', 'ab.*', '.', 'a[bc]*'),
    fc.constantFrom('a*', '[b-d]+', 'a.c', 'ac*', '.*b'),
  ],
  'regex.is_valid': [pattern],
  'regex.template_match': [
    fc.tuple(word, pattern).map(([text, part]) => `${text}<${part}>`),
    word,
    fc.constant('<'),
    fc.constant('>'),
  ],
  'semver.compare': [semver, semver],
  'semver.is_valid': [semver],
  'strings.any_suffix_match': [strings, strings],
  'strings.render_template': [
    fc.constantFrom(
      '{{.a}}',
      '{{range .b}}{{.}},{{end}}',
      '{{if .a}}x{{else}}y{{end}}',
      '{{printf "%v" .c}}',
      '{{len .a}}',
      '{{index .b 0}}',
      '{{.a | html}}',
    ),
    object,
  ],
  'strings.replace_n': [fc.dictionary(fc.constantFrom('a', 'b', 'ab', 'B', 'ba', '.'), word, { maxKeys: 4 }), word],
  'time.add_date': [nanoseconds, integer, integer, integer],
  'time.clock': [instant],
  'time.date': [instant],
  'time.diff': [instant, instant],
  'time.format': [fc.oneof(nanoseconds, fc.tuple(nanoseconds, zone), fc.tuple(nanoseconds, zone, layout))],
  'time.parse_duration_ns': [fc.constantFrom('1h', '1.5h30m', '-2s', '1', '1d', '.5us', '1µs', '', '9999999h')],
  'time.parse_ns': [layout, date],
  'time.parse_rfc3339_ns': [date],
  'time.weekday': [instant],
  trim_left: [word, word],
  trim_prefix: [word, word],
  trim_right: [word, word],
  trim_suffix: [word, word],
  type_name: [any],
  'units.parse_bytes': [
    fc.tuple(number, fc.constantFrom('', 'KB', 'mib', 'G', 'x')).map(([amount, unit]) => `${amount}${unit}`),
  ],
  'uri.is_valid': [url],
  'uri.parse': [url],
  'urlquery.decode_object': [fc.tuple(word, word, word).map(([a, b, c]) => `${a}=${b}&${c}`)],
  'urlquery.encode_object': [fc.dictionary(word, fc.oneof(word, strings), { maxKeys: 3 })],
  'uuid.parse': [
    fc.constantFrom(
      'f81d4fae-7dec-11d0-a765-00a0c91e6bf6',
      'urn:uuid:f81d4fae-7dec-21d0-a765-00a0c91e6bf6',
      '{f81d4fae-7dec-41d0-a765-00a0c91e6bf6}',
      'x',
      '',
    ),
  ],
  'yaml.is_valid': [yaml],
  'yaml.unmarshal': [yaml],
};

const CALLS_EACH = 60;

type Call = { readonly name: string; readonly args: readonly RegoValue[] };

/** What crosses to OPA is JSON, and so is what is called here. */
function sampleCalls(): ReadonlyMap<string, readonly Call[]> {
  return new Map(
    Object.entries(ARGUMENTS).map(([name, parameters]) => {
      const samples = fc.sample(fc.tuple(...parameters), { numRuns: CALLS_EACH });
      return [name, samples.map((args) => ({ name, args: JSON.parse(JSON.stringify(args)) as readonly RegoValue[] }))];
    }),
  );
}

/** A rule for each function, which calls it with each element of its list in the input. */
function moduleOf(names: readonly string[]): string {
  const rules = names.map((name, index) => {
    const args = (ARGUMENTS[name] ?? []).map((_, position) => `call[${position}]`);
    return `r${index}[format_int(at, 10)] := ${name}(${args.join(', ')}) if some at, call in input.r${index}`;
  });
  return ['package calls', ...rules].join('\n');
}

const INFIX: Readonly<Record<string, string>> = {
  plus: '+',
  minus: '-',
  mul: '*',
  div: '/',
  rem: '%',
  lt: '<',
  gt: '>',
};

function withInfix(module: string): string {
  return module.replaceAll(/:= (\w+)\((call\[0\]), (call\[1\])\)/g, (whole, name: string, a: string, b: string) =>
    INFIX[name] === undefined ? whole : `:= ${a} ${INFIX[name]} ${b}`,
  );
}

/** What OPA gives for the calls of each function, by their place; nothing for those that are undefined or fail. */
function answersOf(calls: ReadonlyMap<string, readonly Call[]>): readonly RegoValue[] {
  const names = [...calls.keys()];
  const lists = names.map((name, index) => [`r${index}`, (calls.get(name) ?? []).map(({ args }) => args)]);
  const answers = askOpa(withInfix(moduleOf(names)), Object.fromEntries(lists));
  return names.map((_, index) => get(answers, `r${index}`) ?? {});
}

/** As it crosses from OPA: a set is a sorted array, and a byte that is no text U+FFFD. */
function asJson(value: RegoValue): RegoValue {
  const parsed = parseJson(formatJson(value));
  assert.ok(parsed.ok);
  return parsed.value;
}

test('random calls give what OPA gives', { skip: skipWithoutOpa() }, () => {
  const calls = sampleCalls();
  const answers = answersOf(calls);
  for (const [index, [name, ofName]] of [...calls].entries()) {
    for (const [at, { args }] of ofName.entries()) {
      const [expected, outcome] = [get(answers[index] ?? null, String(at)), callBuiltin(ALL_BUILTINS, name, args)];
      const given = outcome === undefined || outcome instanceof BuiltinError ? undefined : asJson(outcome);
      const isSame = given === undefined || expected === undefined ? given === expected : equal(given, expected);
      const shown = [given, expected].map((value) => (value === undefined ? 'nothing' : toText(value)));
      assert.ok(isSame, `${name}(${args.map(toText).join(', ')}): ${shown[0]}, and OPA ${shown[1]}`);
    }
  }
});
