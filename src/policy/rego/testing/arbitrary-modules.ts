/** Arbitrary trees of Rego, as its parser could have made them, and texts that are almost Rego. */
import fc, { type Arbitrary } from 'fast-check';

import type {
  Body,
  Call,
  Expression,
  Import,
  Module,
  Operand,
  Ref,
  RegoVersion,
  Rule,
  RuleHead,
  ScalarTerm,
  Template,
  Term,
  Variable,
  With,
} from '../syntax.ts';
import { infixCall, string, variable } from '../parse/terms.ts';
import { INFIX_OPERATORS, MEMBER, MEMBER_WITH_KEY } from '../parse/operators.ts';

const NOWHERE = { start: 0, end: 0 } as const;

/** Wildcards are all called alike here: the parser numbers them in the order of the text. */
export const WILDCARD = '$';

const name = fc.constantFrom('x', 'y', 'z', 'user', 'Role_2', 'f', 'constructor', '__proto__', 'walk', 'set_', 'eq_');
const word = fc.oneof(name, fc.constantFrom('if', 'in', 'not', 'else', 'package', 'null', 'set', '_'));
const text = fc.oneof(
  word,
  fc.string({ unit: 'grapheme', maxLength: 6 }),
  fc.constantFrom('a b', '{', '\\{', '"', '`', '\0', '\u{feff}', '\n', '', '😀', '$"'),
);

const scalar: Arbitrary<ScalarTerm> = fc.oneof(
  fc.constant<ScalarTerm>({ kind: 'null', ...NOWHERE }),
  fc.boolean().map((value) => ({ kind: 'boolean', ...NOWHERE, value }) as const),
  fc
    .oneof(
      fc.constantFrom('0', '.5', '-.5', '1.50', '1e10', '-3E-2', '123456789012345678901234567890', '0.1e+7'),
      fc.integer().map(String),
    )
    .map((number) => ({ kind: 'number', ...NOWHERE, text: number }) as const),
  text.map((value) => string(value, NOWHERE)),
);

const variableTerm: Arbitrary<Variable> = fc
  .oneof({ arbitrary: name, weight: 4 }, fc.constant(WILDCARD))
  .map((each) => variable(each, NOWHERE));

function ref(head: Ref['head'], path: readonly Term[]): Ref {
  return { kind: 'ref', ...NOWHERE, head, path };
}

/** Terms, expressions and what contains them share one depth. */
const DEPTH = { maxDepth: 3, depthIdentifier: 'rego', depthSize: 'small' } as const;

const document = fc.constantFrom('input', 'data').map((root) => variable(root, NOWHERE));

type Parts = {
  term: Term;
  path: readonly Term[];
  ref: Ref;
  namedCall: Call;
  call: Call;
  expression: Expression;
  body: Body;
  template: Template;
  logical: Expression;
  operand: Operand;
};

/** `logical`: with `and`, `or` and `not` as `future.keywords` has them. */
function partsOf(version: RegoVersion, logical: boolean): { readonly [K in keyof Parts]: Arbitrary<Parts[K]> } {
  const templates = version === 'v1';
  return fc.letrec<Parts>((tie) => {
    const terms = fc.array(tie('term'), { maxLength: 2, depthIdentifier: 'rego' });
    const entry = fc.record({ key: tie('term'), value: tie('term') });
    const modifier: Arbitrary<With> = fc
      .record({
        target: fc.oneof(
          fc.tuple(document, tie('path')).map(([head, path]) => ref(head, path)),
          name.map((each) => variable(each, NOWHERE)),
        ),
        value: tie('term'),
      })
      .map((parts) => ({ ...NOWHERE, ...parts }));
    const modifiers = fc.oneof(
      { arbitrary: fc.constant<readonly With[]>([]), weight: 5 },
      fc.array(modifier, { minLength: 1, maxLength: 2 }),
    );
    const plain = { modifiers, negated: logical ? fc.constant(false) : fc.boolean() };
    const membership = { key: fc.option(tie('term'), { nil: undefined }), value: tie('term'), domain: tie('term') };
    return {
      term: fc.oneof(
        DEPTH,
        { arbitrary: scalar, weight: 6 },
        { arbitrary: variableTerm, weight: 3 },
        document.map((head) => ref(head, [])),
        tie('ref'),
        tie('call'),
        fc
          .record({ kind: fc.constantFrom('array', 'set'), elements: terms })
          .map((parts) => ({ ...NOWHERE, ...parts })),
        fc.array(entry, { maxLength: 2 }).map((entries) => ({ kind: 'object', ...NOWHERE, entries }) as const),
        fc
          .record({
            kind: fc.constantFrom('arrayComprehension', 'setComprehension'),
            element: tie('term'),
            body: tie('body'),
          })
          .map((parts) => ({ ...NOWHERE, ...parts })),
        fc
          .record({ key: tie('term'), value: tie('term'), body: tie('body') })
          .map((parts) => ({ kind: 'objectComprehension', ...NOWHERE, ...parts }) as const),
        ...(templates ? [tie('template')] : []),
      ),
      path: fc.array(
        fc.oneof(
          DEPTH,
          text.map((each) => string(each, NOWHERE)),
          tie('term'),
        ),
        { minLength: 1, maxLength: 3 },
      ),
      ref: fc
        .record({
          head: fc.oneof(
            DEPTH,
            { arbitrary: fc.oneof(variableTerm, document), weight: 4 },
            tie('namedCall'),
            fc.array(entry, { maxLength: 2 }).map((entries) => ({ kind: 'object', ...NOWHERE, entries }) as const),
          ),
          path: tie('path'),
        })
        .map(({ head, path }) => ref(head, path)),
      namedCall: fc
        .record({ head: name, path: fc.array(word, { maxLength: 2 }), given: terms })
        .map(({ head, path, given }): Call => ({
          kind: 'call',
          ...NOWHERE,
          operator: ref(
            variable(head, NOWHERE),
            path.map((each) => string(each, NOWHERE)),
          ),
          arguments: given,
          infix: false,
        })),
      call: fc.oneof(
        tie('namedCall'),
        fc
          .record({ operator: fc.constantFrom(...INFIX_OPERATORS, MEMBER), left: tie('term'), right: tie('term') })
          .map(({ operator, left, right }) => infixCall(operator, NOWHERE, [left, right], 0, 0)),
        fc
          .tuple(tie('term'), tie('term'), tie('term'))
          .map((operands) => infixCall(MEMBER_WITH_KEY, NOWHERE, operands, 0, 0)),
      ),
      template: fc
        .array(
          fc.oneof(
            scalar,
            fc
              .record({ modifiers, term: fc.oneof(DEPTH, variableTerm, tie('ref'), tie('call')) })
              .map((parts) => ({ kind: 'term', ...NOWHERE, negated: false, ...parts }) as const),
          ),
          { maxLength: 4 },
        )
        .map((parts) => ({ kind: 'template', ...NOWHERE, parts }) as const),
      body: fc.array(tie('expression'), { minLength: 1, maxLength: 2, depthIdentifier: 'rego' }),
      logical: fc.oneof(
        fc
          .record({ modifiers, operand: tie('operand') })
          .map((parts): Expression => ({ kind: 'not', ...NOWHERE, modifiers: parts.modifiers, ...parts.operand })),
        fc
          .record({ kind: fc.constantFrom('and', 'or'), modifiers, left: tie('operand'), right: tie('operand') })
          .map((parts): Expression => ({ ...NOWHERE, ...parts })),
      ),
      operand: fc.oneof(
        DEPTH,
        tie('term').map((term): Operand => {
          return { body: [{ kind: 'term', ...NOWHERE, modifiers: [], negated: false, term }], braces: false };
        }),
        tie('body').map((body) => ({ body, braces: true })),
        tie('logical').map((each) => ({ body: [each], braces: false })),
      ),
      expression: fc.oneof(
        DEPTH,
        fc.record({ ...plain, term: tie('term') }).map((parts) => ({ kind: 'term', ...NOWHERE, ...parts }) as const),
        fc
          .record({ kind: fc.constantFrom('unify', 'assign'), ...plain, left: tie('term'), right: tie('term') })
          .map((parts) => ({ ...NOWHERE, ...parts })),
        fc
          .array(variableTerm, { minLength: 1, maxLength: 3 })
          .map((variables) => ({ kind: 'some', ...NOWHERE, modifiers: [], variables }) as const),
        fc.record({ modifiers, ...membership }).map(({ key, ...parts }): Expression => ({
          kind: 'someIn',
          ...NOWHERE,
          ...parts,
          ...(key === undefined ? {} : { key }),
        })),
        fc
          .record({
            modifiers,
            key: fc.option(variableTerm, { nil: undefined }),
            value: variableTerm,
            domain: tie('term'),
            body: tie('body'),
          })
          .map(({ key, ...parts }): Expression => ({
            kind: 'every',
            ...NOWHERE,
            ...parts,
            ...(key === undefined ? {} : { key }),
          })),
        ...(logical ? [tie('logical')] : []),
      ),
    };
  });
}

function arbitraryRule(version: RegoVersion, logical: boolean): Arbitrary<Rule> {
  const { term, body } = partsOf(version, logical);
  const given = fc.record({ assignment: fc.constantFrom(':=', '='), value: term });
  const branch = fc.record({ given, body });
  const named = name.map((each) => variable(each, NOWHERE));
  const ruleRef = (path: readonly Term[], head: Variable): RuleHead['ref'] => ({ ...ref(head, path), head });
  const rule = (head: RuleHead, parts: Partial<Rule> = {}): Rule => {
    return { ...NOWHERE, isDefault: false, head, body: [], alternatives: [], annotations: [], ...parts };
  };
  return fc.oneof(
    fc
      .record({
        head: named,
        path: fc.array(term, { maxLength: 2 }),
        given,
        body: fc.oneof(fc.constant<Body>([]), body),
      })
      .map((each) =>
        rule({ kind: 'value', ...NOWHERE, ref: ruleRef(each.path, each.head), ...each.given }, { body: each.body }),
      ),
    fc
      .record({
        head: named,
        parameters: fc.array(term, { minLength: 1, maxLength: 3 }),
        given,
        body,
        branches: fc.array(branch, { maxLength: 2 }),
        last: fc.option(given),
      })
      .map((each) =>
        rule(
          { kind: 'value', ...NOWHERE, ref: ruleRef([], each.head), parameters: each.parameters, ...each.given },
          {
            body: each.body,
            // Without a body only the last one may be.
            alternatives: [...each.branches, ...(each.last === null ? [] : [{ given: each.last, body: [] }])].map(
              (parts) => ({ ...NOWHERE, ...parts.given, body: parts.body }),
            ),
          },
        ),
      ),
    fc.record({ head: named, body }).map((each) =>
      rule(
        {
          kind: 'value',
          ...NOWHERE,
          ref: ruleRef([], each.head),
          value: { kind: 'boolean', ...NOWHERE, value: true },
        },
        { body: each.body },
      ),
    ),
    fc
      .record({ head: named, path: fc.array(term, { maxLength: version === 'v1' ? 2 : 0 }), member: term, body })
      .map((each) =>
        rule(
          { kind: 'contains', ...NOWHERE, ref: ruleRef(each.path, each.head), member: each.member },
          { body: each.body },
        ),
      ),
    fc
      .record({ head: named, value: scalar, assignment: fc.constantFrom(':=', '=') })
      .map(({ head, ...parts }) =>
        rule({ kind: 'value', ...NOWHERE, ref: ruleRef([], head), ...parts }, { isDefault: true }),
      ),
  );
}

const path = fc.tuple(name, fc.array(text, { maxLength: 2 })).map(([first, rest]) => [first, ...rest]);

const imported: Arbitrary<Import> = fc
  .record({ root: fc.constantFrom('data', 'input'), rest: path, alias: name })
  .map(({ root, rest, alias }) => ({ ...NOWHERE, path: [root, ...rest], alias }));

/** Without annotations. */
export const arbitraryModule: Arbitrary<Module> = fc
  .record({ regoVersion: fc.constantFrom<RegoVersion[]>('v0', 'v1'), logical: fc.boolean() })
  .chain(({ regoVersion, logical: wanted }) => {
    const logical = wanted && regoVersion === 'v1';
    // Without them, v0 has neither `in` nor `every`.
    const keywords: Import[] =
      regoVersion === 'v0' ? keywordImports('in', 'every') : logical ? keywordImports(undefined) : [];
    return fc
      .record({
        package: path.map((each) => ({ ...NOWHERE, path: each })),
        imports: fc.array(imported, { maxLength: 2 }).map((each) => [...keywords, ...each]),
        rules: fc.array(arbitraryRule(regoVersion, logical), { maxLength: 4 }),
      })
      .map((parts) => ({
        source: { file: '', text: '' },
        regoVersion,
        strict: regoVersion === 'v1',
        annotations: [],
        ...parts,
      }));
  });

function keywordImports(...words: readonly (string | undefined)[]): Import[] {
  return words.map((each) => ({ ...NOWHERE, path: ['future', 'keywords', ...(each === undefined ? [] : [each])] }));
}

const FRAGMENTS = [
  ...[
    'package x\n',
    'import future.keywords\n',
    'import rego.v1\n',
    'default ',
    'p ',
    'q[x] ',
    'f(x) ',
    'contains ',
    'if ',
    'else ',
  ],
  ...[
    '{',
    '}',
    '[',
    ']',
    '(',
    ')',
    ',',
    ';',
    ':',
    '.',
    ':= ',
    '= ',
    '== ',
    '| ',
    '& ',
    '- ',
    '+ ',
    'in ',
    'not ',
    'some ',
    'every ',
  ],
  ...[
    'with ',
    'as ',
    'input',
    'data',
    '_',
    'x',
    '1',
    '.5',
    '01',
    '1e',
    '"s"',
    '"\\',
    '`',
    '$"',
    '$`',
    '{x}',
    '\n',
    '\r\n',
    ' ',
    '#',
    'set()',
  ],
  ...[
    '# METADATA\n',
    '# scope: rule\n',
    '# - [\n',
    '\0',
    '\u{feff}',
    '\ud800',
    'é',
    '!',
    "'",
    'and ',
    'or ',
    'true',
    'null',
  ],
];

/** Near enough to Rego to come far into the parser. */
export const almostRego: Arbitrary<string> = fc
  .array(
    fc.oneof({ arbitrary: fc.constantFrom(...FRAGMENTS), weight: 12 }, fc.string({ unit: 'binary', maxLength: 4 })),
    { maxLength: 60 },
  )
  .map((pieces) => pieces.join(''));
