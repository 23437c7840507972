/** Expressions that declare variables: `:=`, `some` and `every`. */
import { isRoot } from '../parse/terms.ts';
import { isWildcard } from '../parse/wildcards.ts';
import type { Span } from '../../source-position.ts';
import type { Local } from '../program.ts';
import type { EveryExpression, SomeExpression, SomeInExpression, Term, Variable } from '../syntax.ts';
import { isScalar } from '../values/value.ts';
import { arrayOf, objectOf } from './constants.ts';
import type { Resolution } from './resolution.ts';
import type { ResolvedTerm } from './resolved.ts';
import type { Occurrence } from './scopes.ts';

/** The right side has been resolved: it sees the variables that there were before. */
export function resolveAssignment(resolution: Resolution, left: Term, right: ResolvedTerm, { start, end }: Span): void {
  const assigned = resolveAssigned(resolution, left);
  const { modifiers } = resolution;
  resolution.emit({ kind: 'unify', start, end, modifiers, negated: false, left: assigned, right, assigned: true });
}

const NOTHING: ResolvedTerm = { kind: 'constant', value: null };

function resolveAssigned(resolution: Resolution, term: Term): ResolvedTerm {
  switch (term.kind) {
    case 'variable':
      return declare(resolution, term, 'assigned') ?? NOTHING;
    case 'array':
      return arrayOf(term.elements.map((element) => resolveAssigned(resolution, element)));
    case 'object':
      return objectOf(
        term.entries.map(({ key, value }) => ({
          key: resolution.term(key),
          value: resolveAssigned(resolution, value),
        })),
      );
    case 'ref':
      if (term.path.length === 0 && term.head.kind === 'variable') return assignRoot(resolution, term.head);
      return refuse(resolution, term);
    case 'null':
    case 'boolean':
    case 'number':
    case 'string':
    case 'call':
    case 'set':
    case 'arrayComprehension':
    case 'setComprehension':
    case 'objectComprehension':
    case 'template':
      return refuse(resolution, term);
  }
}

function assignRoot(resolution: Resolution, variable: Variable): ResolvedTerm {
  if (resolution.around.strict) {
    const message = `a variable cannot be called \`${variable.name}\``;
    resolution.report(variable, { code: 'rego/shadowed-root', message, hint: 'give it another name' });
    return NOTHING;
  }
  return declare(resolution, variable, 'assigned') ?? NOTHING;
}

function refuse(resolution: Resolution, term: Term): ResolvedTerm {
  const what = WORDS[term.kind];
  const hint = 'a variable stands on the left of `:=`, or an array or object of variables; `==` compares';
  resolution.report(term, { code: 'rego/bad-assignment', message: `nothing can be assigned to ${what}`, hint });
  return NOTHING;
}

const WORDS: Readonly<Record<Term['kind'], string>> = {
  null: '`null`',
  boolean: 'a boolean',
  number: 'a number',
  string: 'a string',
  variable: 'a variable',
  ref: 'a part of a document',
  call: 'a call',
  array: 'an array',
  set: 'a set',
  object: 'an object',
  arrayComprehension: 'a comprehension',
  setComprehension: 'a comprehension',
  objectComprehension: 'a comprehension',
  template: 'a template string',
};

function declare(resolution: Resolution, variable: Variable, occurrence: Occurrence): Local | undefined {
  const { name } = variable;
  const declared = resolution.scopes.declare(name, occurrence, variable);
  if (typeof declared !== 'string') return declared;
  const hint = declared === 'seen' ? 'declare it before its first use, or compare with `==`' : 'give it another name';
  const message = `the variable \`${name}\` ${STANDING[declared]}`;
  resolution.report(variable, { code: 'rego/redeclared', message, hint });
  return undefined;
}

const STANDING: Readonly<Record<Occurrence, string>> = {
  argument: 'is a parameter of the function already',
  assigned: 'has been assigned above',
  declared: 'has been declared above',
  seen: 'is used above, where it means something else',
};

export function resolveSome(resolution: Resolution, { variables }: SomeExpression): void {
  for (const variable of variables) declare(resolution, variable, 'declared');
}

/** The variables of `some k, v in xs`, which its modifiers see as well; false where that cannot be. */
export function declareElements(resolution: Resolution, { key, value, domain }: SomeInExpression): boolean {
  const inDomain = new Set(variablesOf(domain, { heads: true, keys: true }).map(({ name }) => name));
  const declared = [
    ...(key === undefined ? [] : variablesOf(key, { heads: false, keys: true })),
    ...variablesOf(value, { heads: false, keys: false }),
  ];
  const itself = declared.find(({ name }) => inDomain.has(name) && !isWildcard(name));
  if (itself !== undefined) {
    const message = `\`${itself.name}\` cannot be declared by what it goes through`;
    resolution.report(itself, { code: 'rego/redeclared', message, hint: 'give the variable another name' });
    return false;
  }
  const names = new Set<string>();
  for (const variable of declared) {
    if (!names.has(variable.name)) declare(resolution, variable, 'declared');
    names.add(variable.name);
  }
  return true;
}

/** `some k, v in xs` is `v = xs[k]`; its variables have been declared. */
export function resolveSomeIn(resolution: Resolution, expression: SomeInExpression): void {
  const { key, value, domain, start, end } = expression;
  const element = resolution.term(value);
  const container = resolution.term(domain);
  const index = key === undefined ? resolution.frame.fresh() : resolution.term(key);
  const from =
    container.kind === 'ref'
      ? { root: container.root, path: [...container.path, index] }
      : { root: container.kind === 'local' ? container : resolution.hoist(container, domain), path: [index] };
  const isUntyped = container.kind === 'constant' && isScalar(container.value);
  const ref = { kind: 'ref', start: domain.start, end: domain.end, ...from, isUntyped } as const;
  resolution.emitUnify(element, ref, { start, end });
}

/** Variables of a term, those of comprehensions left out; `heads`: what references begin with, `keys`: in objects. */
function variablesOf(term: Term, which: { readonly heads: boolean; readonly keys: boolean }): readonly Variable[] {
  switch (term.kind) {
    case 'variable':
      return [term];
    case 'array':
    case 'set':
      return term.elements.flatMap((element) => variablesOf(element, which));
    case 'object':
      return term.entries.flatMap(({ key, value }) => [
        ...(which.keys ? variablesOf(key, which) : []),
        ...variablesOf(value, which),
      ]);
    case 'ref':
      if (!which.heads && !which.keys) return [];
      return [
        ...(which.heads ? variablesOf(term.head, which) : []),
        ...term.path.flatMap((part) => variablesOf(part, which)),
      ];
    case 'call':
      return which.heads ? term.arguments.flatMap((argument) => variablesOf(argument, which)) : [];
    case 'null':
    case 'boolean':
    case 'number':
    case 'string':
    case 'arrayComprehension':
    case 'setComprehension':
    case 'objectComprehension':
    case 'template':
      return [];
  }
}

export function resolveEvery(resolution: Resolution, expression: EveryExpression): void {
  const { key, value, body, start, end } = expression;
  const domain = resolution.hoist(resolution.term(expression.domain), expression.domain);
  const names = new Set([value.name, ...(key === undefined ? [] : [key.name])]);
  const inner = resolution.hide(names, () =>
    resolution.scoped(() => {
      const keyLocal = key === undefined ? undefined : declareElement(resolution, key);
      const valueLocal = declareElement(resolution, value);
      const collected = resolution.collect(() => {
        resolution.body(body);
      });
      return { key: keyLocal, value: valueLocal, body: collected };
    }),
  );
  const { modifiers } = resolution;
  resolution.emit({ kind: 'every', start, end, modifiers, negated: false, domain, ...inner });
}

function declareElement(resolution: Resolution, variable: Variable): Local {
  if (isRoot(variable.name)) resolution.report(variable, ROOT_ELEMENT);
  return declare(resolution, variable, 'declared') ?? resolution.frame.fresh();
}

const ROOT_ELEMENT = {
  code: 'rego/shadowed-root',
  message: 'an element cannot be called `input` or `data`',
  hint: 'give it another name',
} as const;
