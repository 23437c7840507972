/** The types that validation gives to the parts of a policy, and what it knows to hold where they are evaluated. */
import { formatUid } from '../entity-uid.ts';
import type { Expression } from '../syntax.ts';
import type { CedarSchema, CedarType } from './cedar-schema.ts';

/** A type of the schema, or of a condition whose outcome is known; records may hold such. */
export type InferredType =
  | Exclude<CedarType, { kind: 'Set' | 'Record' }>
  | { readonly kind: 'True' | 'False' }
  | { readonly kind: 'Set'; readonly element: InferredType | undefined }
  | { readonly kind: 'Record'; readonly attributes: ReadonlyMap<string, InferredAttribute> };

export type InferredAttribute = { readonly type: InferredType; readonly required: boolean };

/** The attributes and tags that are known to be there, by `attributeKey` and `tagKey`. */
export type Capabilities = ReadonlySet<string>;

export const NO_CAPABILITIES: Capabilities = new Set();

/** Most add nothing, and copying what is known at every operand of a long chain would take the square of its length. */
export function together(a: Capabilities, b: Capabilities): Capabilities {
  if (b.size === 0) return a;
  return a.size === 0 ? b : a.union(b);
}

export const BOOLEAN: InferredType = { kind: 'Boolean' };
export const TRUE: InferredType = { kind: 'True' };
export const FALSE: InferredType = { kind: 'False' };

/** What an entity or a record of the type may have under the name. */
export function attributeOf(schema: CedarSchema, type: InferredType, name: string): InferredAttribute | undefined {
  if (type.kind === 'Record') return type.attributes.get(name);
  if (type.kind === 'Entity') return schema.entityTypes.get(type.name)?.shape.attributes.get(name);
  return undefined;
}

/** Of two types that strict validation found compatible: they differ only in which outcomes are known. */
export function leastUpperBound(a: InferredType, b: InferredType): InferredType {
  if (a.kind === 'Set' && b.kind === 'Set') {
    if (a.element === undefined || b.element === undefined) return a.element === undefined ? b : a;
    return { kind: 'Set', element: leastUpperBound(a.element, b.element) };
  }
  if (a.kind === 'Record' && b.kind === 'Record') {
    const attributes = [...a.attributes].map(([name, attribute]) => {
      const other = b.attributes.get(name) ?? attribute;
      const type = leastUpperBound(attribute.type, other.type);
      return [name, { type, required: attribute.required && other.required }] as const;
    });
    return { kind: 'Record', attributes: new Map(attributes) };
  }
  return isCondition(a) && a.kind !== b.kind ? BOOLEAN : a;
}

function isCondition({ kind }: InferredType): boolean {
  return kind === 'True' || kind === 'False' || kind === 'Boolean';
}

export function attributeKey(operand: Expression, path: readonly string[]): string {
  return expressionKey(operand) + path.map((name) => `.${JSON.stringify(name)}`).join('');
}

export function tagKey(operand: Expression, tag: Expression): string {
  return `${expressionKey(operand)}[${expressionKey(tag)}]`;
}

/** Equal for expressions that are the same but for their places, and for no others. */
function expressionKey(expression: Expression): string {
  switch (expression.kind) {
    case 'literal':
      return typeof expression.value === 'string' ? JSON.stringify(expression.value) : String(expression.value);
    case 'entity':
      return formatUid(expression.uid);
    case 'variable':
      return expression.name;
    case 'and':
    case 'or':
      return `${expression.kind}(${expression.operands.map(expressionKey).join(',')})`;
    case 'not':
    case 'negate':
    case 'isEmpty':
      return `${expression.kind}(${expressionKey(expression.operand)})`;
    case 'binary': {
      const { operator, left, right } = expression;
      // Cedar has `==`, `<` and `<=` alone: the others are their negations.
      const negated = { '!=': '==', '>': '<=', '>=': '<' }[operator as string];
      const key = `(${expressionKey(left)} ${negated ?? operator} ${expressionKey(right)})`;
      return negated === undefined ? key : `not(${key})`;
    }
    case 'if': {
      const parts = [expression.condition, expression.consequent, expression.alternate];
      return `if(${parts.map(expressionKey).join(',')})`;
    }
    case 'attribute':
      return attributeKey(expression.operand, [expression.name]);
    case 'has':
      return `has(${attributeKey(expression.operand, expression.path)})`;
    case 'like':
      return `like(${expressionKey(expression.operand)},${JSON.stringify(expression.pattern)})`;
    case 'is': {
      const is = `is(${expressionKey(expression.operand)},${expression.entityType})`;
      return expression.in === undefined ? is : `${is}in(${expressionKey(expression.in)})`;
    }
    case 'set':
      return `set(${expression.elements.map(expressionKey).join(',')})`;
    case 'record': {
      const fields = expression.fields.map(({ name, value }) => `${JSON.stringify(name)}:${expressionKey(value)}`);
      return `{${fields.sort().join(',')}}`;
    }
    case 'call':
      return `${expression.name}(${expression.arguments.map(expressionKey).join(',')})`;
  }
}
