/** The tree in the JSON form of OPA's parser, which policies can see (`rego.parse_module`); comments are left out. */
import { parseNumber } from '../values/number.ts';
import type { PlainObject, RegoValue } from '../values/value.ts';
import type {
  Alternative,
  Annotations,
  AnnotationValue,
  Body,
  Expression,
  Import,
  Module,
  Ref,
  Rule,
  RuleHead,
  Term,
  With,
} from '../syntax.ts';

type Json = { [name: string]: RegoValue };

export function moduleJson(module: Module): PlainObject {
  const path = ['data', ...module.package.path];
  return {
    package: { path: path.map((part, index) => leaf(index === 0 ? 'var' : 'string', part)) },
    ...listed('imports', module.imports.map(importJson)),
    ...listed('annotations', module.annotations.map(annotationsJson)),
    ...listed('rules', module.rules.map(ruleJson)),
  };
}

function listed(name: string, values: readonly RegoValue[]): Json {
  return values.length === 0 ? {} : { [name]: values };
}

function leaf(type: string, value: RegoValue): Json {
  return { type, value };
}

function importJson({ path, alias }: Import): Json {
  const parts = path.map((part, index) => leaf(index === 0 ? 'var' : 'string', part));
  return { path: leaf('ref', parts), ...(alias === undefined ? {} : { alias }) };
}

function ruleJson({ isDefault, head, body, alternatives, annotations }: Rule): Json {
  return {
    ...(isDefault ? { default: true } : {}),
    head: headJson(head),
    body: ruleBodyJson(body),
    ...elseJson(head, alternatives),
    ...listed('annotations', annotations.map(annotationsJson)),
  };
}

/** Each `else` stands within the one before it, with the head of the rule. */
function elseJson(head: RuleHead, [first, ...rest]: readonly Alternative[]): Json {
  if (first === undefined) return {};
  const { value, assignment, body } = first;
  const { assign, ...shared } = headJson(head);
  // An `else` without a value of its own keeps what was said of the head's.
  const isAssigned = assignment === undefined ? assign === true : assignment === ':=';
  const own = { ...shared, value: termJson(value), ...(isAssigned ? { assign: true } : {}) };
  return { else: { head: own, body: ruleBodyJson(body), ...elseJson(head, rest) } };
}

function headJson(head: RuleHead): Json {
  const { ref, parameters } = head;
  return {
    ...(ref.path.length === 0 ? { name: ref.head.name } : {}),
    ...(parameters === undefined ? {} : { args: parameters.map(termJson) }),
    ref: refParts(ref),
    ...(head.kind === 'contains' ? { key: termJson(head.member) } : { value: termJson(head.value) }),
    ...(head.kind === 'value' && head.assignment === ':=' ? { assign: true } : {}),
  };
}

function ruleBodyJson(body: Body): RegoValue {
  return body.length === 0 ? [{ index: 0, generated: true, terms: leaf('boolean', true) }] : bodyJson(body);
}

export function bodyJson(body: Body): readonly RegoValue[] {
  return body.map((expression, index) => ({ index, ...expressionJson(expression) }));
}

function expressionJson(expression: Expression): Json {
  const { modifiers } = expression;
  const negated = 'negated' in expression && expression.negated ? { negated: true } : {};
  return { ...negated, terms: termsJson(expression), ...listed('with', modifiers.map(withJson)) };
}

function withJson({ target, value }: With): Json {
  return { target: termJson(target), value: termJson(value) };
}

function termsJson(expression: Expression): RegoValue {
  switch (expression.kind) {
    case 'term': {
      const { term } = expression;
      return term.kind === 'call' ? [termJson(term.operator), ...term.arguments.map(termJson)] : termJson(term);
    }
    case 'unify':
      return [operatorJson('eq'), termJson(expression.left), termJson(expression.right)];
    case 'assign':
      return [operatorJson('assign'), termJson(expression.left), termJson(expression.right)];
    case 'some':
      return { symbols: expression.variables.map(termJson) };
    case 'someIn': {
      const { key, value, domain } = expression;
      const operands = key === undefined ? [value, domain] : [key, value, domain];
      const operator = operatorJson('internal', `member_${operands.length}`);
      return { symbols: [leaf('call', [operator, ...operands.map(termJson)])] };
    }
    case 'every': {
      const { key, value, domain, body } = expression;
      return {
        key: key === undefined ? null : termJson(key),
        value: termJson(value),
        domain: termJson(domain),
        body: bodyJson(body),
      };
    }
    case 'not':
      return { type: 'not', body: bodyJson(expression.body), explicit_body: expression.braces };
    case 'and':
    case 'or': {
      const { kind, left, right } = expression;
      const lhs = bodyJson(left.body);
      const rhs = bodyJson(right.body);
      const explicitLeft = left.braces ? { explicit_lhs: true } : {};
      return { type: kind, lhs, rhs, ...explicitLeft, ...(right.braces ? { explicit_rhs: true } : {}) };
    }
  }
}

function operatorJson(name: string, ...path: readonly string[]): Json {
  return leaf('ref', [leaf('var', name), ...path.map((part) => leaf('string', part))]);
}

function refParts(ref: Ref): readonly RegoValue[] {
  return [ref.head, ...ref.path].map(termJson);
}

export function termJson(term: Term): Json {
  switch (term.kind) {
    case 'null':
      return leaf('null', {});
    case 'boolean':
    case 'string':
      return leaf(term.kind, term.value);
    case 'number':
      return leaf('number', parseNumber(term.text.replace(/^(-?)\./u, '$10.')) ?? 0);
    case 'variable':
      return leaf('var', term.name);
    case 'ref':
      return leaf('ref', refParts(term));
    case 'call': {
      // A call of a name alone has that name as a reference.
      return leaf('call', [leaf('ref', refParts(term.operator)), ...term.arguments.map(termJson)]);
    }
    case 'array':
    case 'set':
      return leaf(term.kind, term.elements.map(termJson));
    case 'object':
      return leaf(
        'object',
        term.entries.map(({ key, value }) => [termJson(key), termJson(value)]),
      );
    case 'arrayComprehension':
    case 'setComprehension':
      return leaf(term.kind.toLowerCase(), { term: termJson(term.element), body: bodyJson(term.body) });
    case 'objectComprehension': {
      const { key, value, body } = term;
      return leaf('objectcomprehension', { key: termJson(key), value: termJson(value), body: bodyJson(body) });
    }
    case 'template': {
      const parts = term.parts.map((part) =>
        part.kind === 'term' ? { index: 0, ...expressionJson(part) } : termJson(part),
      );
      return leaf('templatestring', { parts: parts.length === 0 ? null : parts, multi_line: false });
    }
  }
}

function annotationsJson(annotations: Annotations): Json {
  const { scope, title, description, entrypoint, organizations, relatedResources, authors, custom, labels } =
    annotations;
  return {
    scope,
    ...(title === undefined ? {} : { title }),
    ...(entrypoint ? { entrypoint } : {}),
    ...(description === undefined ? {} : { description }),
    ...listed('organizations', organizations),
    ...listed(
      'related_resources',
      relatedResources.map((each) => ({ ...each })),
    ),
    ...listed(
      'authors',
      authors.map((each) => ({ name: '', ...each })),
    ),
    ...listed('schemas', annotations.schemas.map(schemaJson)),
    ...compileJson(annotations.compile),
    ...(custom === undefined ? {} : { custom: valueJson(custom) }),
    ...(labels === undefined ? {} : { labels: valueJson(labels) }),
  };
}

function schemaJson(schema: Annotations['schemas'][number]): Json {
  const path = refParts(schema.path);
  if (schema.kind === 'reference') return { path, schema: refParts(schema.schema) };
  return { path, definition: valueJson(schema.definition) };
}

function compileJson(compile: Annotations['compile']): Json {
  if (compile === undefined) return {};
  const unknowns = listed('unknowns', compile.unknowns.map(refParts));
  return {
    compile: { ...unknowns, ...(compile.maskRule === undefined ? {} : { mask_rule: refParts(compile.maskRule) }) },
  };
}

/** What YAML gave is a Rego value already: integers beyond 2^53 are bigint in both. */
function valueJson(value: AnnotationValue): RegoValue {
  return value;
}
