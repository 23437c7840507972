/** A schema as text in SpiceDB's canonical form; what is printed parses back to the same schema. */
import { printCel } from '../caveat/cel-expression.ts';
import { showCaveatType } from '../caveat/show-type.ts';
import type { CaveatDefinition, ObjectDefinition, RelationSchema, SetExpression } from './schema.ts';
import { showSubject } from './show-subject.ts';

/** SpiceDB's bound of a comment that stands on one line. */
const MAX_COMMENT_ON_LINE = 70;

/** The flags it needs, then the caveats, then the definitions, each by name. */
export function printSchema(schema: RelationSchema): string {
  return [
    ...flagsOf(schema).map((flag) => `use ${flag}`),
    ...byName(schema.caveats).map(printCaveat),
    ...byName(schema.definitions).map(printDefinition),
  ].join('\n\n');
}

function byName<T>(named: ReadonlyMap<string, T>): readonly T[] {
  return [...named].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
}

/** CEL is printed from its tree, so comments in it are lost, as in SpiceDB. */

function printCaveat({ name, comments, parameters, expression }: CaveatDefinition): string {
  const shown = [...parameters]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([parameter, type]) => `${parameter} ${showCaveatType(type)}`);
  return `${comments.map((comment) => printComment(comment, '')).join('')}caveat ${name}(${shown.join(', ')}) {\n\t${printCel(expression.text)}\n}`;
}

function printDefinition(definition: ObjectDefinition): string {
  const head = `${definition.comments.map((comment) => printComment(comment, '')).join('')}definition ${definition.name} {`;
  if (definition.order.length === 0) return `${head}}`;
  let text = `${head}\n`;
  for (const [index, name] of definition.order.entries()) {
    const comments = (definition.relations.get(name) ?? definition.permissions.get(name))?.comments ?? [];
    if (index > 0 && comments.length > 0) text += '\n';
    text += comments.map((comment) => printComment(comment, '\t')).join('');
    text += `\t${printMember(definition, name)}\n`;
  }
  return `${text}}`;
}

function printMember({ relations, permissions }: ObjectDefinition, name: string): string {
  const relation = relations.get(name);
  if (relation !== undefined) return `relation ${name}: ${relation.allowed.map(showSubject).join(' | ')}`;
  const permission = permissions.get(name);
  if (permission === undefined) throw new Error('INVARIANT (order): it names relations and permissions only');
  const types = permission.types.length > 0 ? `: ${permission.types.join(' | ')}` : '';
  return `permission ${name}${types} = ${printExpression(permission.expression)}`;
}

function printExpression(expression: SetExpression): string {
  switch (expression.kind) {
    case 'union':
      return expression.operands.map(printOperand).join(' + ');
    case 'intersection':
      return expression.operands.map(printOperand).join(' & ');
    case 'exclusion':
      return `${printOperand(expression.base)} - ${printOperand(expression.excluded)}`;
    case 'computed':
      return expression.name;
    case 'arrow':
      if (expression.every) return `${expression.relation}.all(${expression.target})`;
      if (expression.any) return `${expression.relation}.any(${expression.target})`;
      return `${expression.relation}->${expression.target}`;
    case 'nil':
    case 'self':
      return expression.kind;
  }
}

/** A union needs no parentheses anywhere, since `+` binds tightest. */
function printOperand(expression: SetExpression): string {
  const text = printExpression(expression);
  return expression.kind === 'intersection' || expression.kind === 'exclusion' ? `(${text})` : text;
}

function printComment(comment: string, indent: string): string {
  if (comment.startsWith('//')) return `${indent}// ${comment.slice(2).trim()}\n`.replace(/ \n$/u, '\n');
  const [, open = '/*', body = ''] = /^(?<open>\/\*\*?(?!\/))(?<body>.*?)(?:\*\/)?$/su.exec(comment) ?? [];
  const text = body.trim();
  if (text.length <= MAX_COMMENT_ON_LINE && !text.includes('\n')) {
    return `${indent}${open} ${text.replace(/^\*/u, '').trim()} */\n`;
  }
  const lines = text.split('\n').map((line) => `${indent} * ${line.trim().replace(/^\*/u, '').trim()}`);
  return `${[`${indent}${open}`, ...lines, `${indent} */`].join('\n')}\n`;
}

function flagsOf({ definitions }: RelationSchema): readonly string[] {
  const flags = new Set<string>();
  const visit = (expression: SetExpression): void => {
    if (expression.kind === 'self') flags.add('self');
    if (expression.kind === 'union' || expression.kind === 'intersection') expression.operands.forEach(visit);
    if (expression.kind === 'exclusion') [expression.base, expression.excluded].forEach(visit);
  };
  for (const { relations, permissions } of definitions.values()) {
    for (const { allowed } of relations.values()) if (allowed.some(({ expires }) => expires)) flags.add('expiration');
    for (const { types, expression } of permissions.values()) {
      if (types.length > 0) flags.add('typechecking');
      visit(expression);
    }
  }
  return [...flags].toSorted().toReversed();
}
