/** Expressions in Cedar's JSON form: objects with one member, whose name says what the expression is. */
import { nearestName } from '../../../kernel/nearest-name.ts';
import { type BinaryOperator, EXTENSION_FUNCTIONS, type Expression, type Pattern, type Variable } from '../syntax.ts';
import { isExtensionFunction, problemOfJsonCall } from './calls.ts';
import { chainNode } from './chain.ts';
import { type ExpressionReader, nothing } from './expression-reader.ts';
import { elementsOf, membersOf, refuseKind, stringOf, typeNameOf } from './json-members.ts';
import type { JsonMember, JsonNode } from './json-tree.ts';
import { readValue } from './json-value.ts';
import { isIdentifier } from './names.ts';
import { quote } from './quote.ts';

const BINARY: ReadonlySet<string> = new Set<BinaryOperator>([
  ...(['==', '!=', '<', '<=', '>', '>=', '+', '-', '*', 'in'] as const),
  ...(['contains', 'containsAll', 'containsAny', 'hasTag', 'getTag'] as const),
]);
const UNARY = { '!': 'not', neg: 'negate', isEmpty: 'isEmpty' } as const;
const CHAINS = { '&&': 'and', '||': 'or' } as const;
const OTHERS = ['Value', 'Var', '.', 'has', 'like', 'is', 'if-then-else', 'Set', 'Record'] as const;
const VARIABLES: readonly string[] = ['principal', 'action', 'resource', 'context'] satisfies Variable[];

type Special = (typeof OTHERS)[number];

/** `depth` is that of the node to be made, 1 for the root of a condition. */
export function readExpression(node: JsonNode, depth: number, reader: ExpressionReader): Expression {
  const { span } = node;
  const member = node.kind === 'object' && node.members.length === 1 ? node.members[0] : undefined;
  if (member === undefined) {
    refuseKind(node, 'an expression', 'an object with one field, such as `{ "Var": "principal" }`', reader.report);
    return nothing(span);
  }
  if (!reader.allows(depth, span)) return nothing(span);
  const { name, value } = member;
  if (isOwn(CHAINS, name)) return readChain(node, name, depth, reader);
  if (BINARY.has(name)) return readBinary(name as BinaryOperator, value, node, depth, reader);
  if (isOwn(UNARY, name)) {
    const members = membersOf(value, quote(name), ['arg'], reader.report);
    if (members === undefined) return nothing(span);
    return { span, kind: UNARY[name], operand: readExpression(members.arg, depth + 1, reader) };
  }
  if (isExtensionFunction(name)) {
    const given = elementsOf(value, `the arguments of ${quote(name)}`, reader.report);
    const problem = problemOfJsonCall(name, given.length);
    if (problem !== undefined) reader.report(problem.code, problem.message, span);
    return {
      span,
      kind: 'call',
      name,
      arguments: given.map((argument) => readExpression(argument, depth + 1, reader)),
    };
  }
  if (isSpecial(name)) return readSpecial(name, value, node, depth, reader);
  return refuseName(member, reader);
}

function isOwn<T extends object>(table: T, name: string): name is keyof T & string {
  return Object.hasOwn(table, name);
}

function isSpecial(name: string): name is Special {
  return (OTHERS as readonly string[]).includes(name);
}

function refuseName({ name, nameSpan }: JsonMember, { report }: ExpressionReader): Expression {
  if (name === 'Slot') {
    report('cedar/misplaced-slot', 'a slot cannot stand in a condition', nameSpan, 'slots stand in the scope');
    return nothing(nameSpan);
  }
  const known = [...OTHERS, ...BINARY, ...Object.keys({ ...UNARY, ...CHAINS, ...EXTENSION_FUNCTIONS })];
  const nearest = nearestName(name, known);
  const hint = nearest === undefined ? undefined : `did you mean ${quote(nearest)}?`;
  report('cedar/unknown-function', `there is no operator or function ${quote(name)}`, nameSpan, hint);
  return nothing(nameSpan);
}

/** However `&&` or `||` nest in each other, to the left or to the right and how deep: without recursion. */
function readChain(root: JsonNode, name: keyof typeof CHAINS, depth: number, reader: ExpressionReader): Expression {
  const operands: Expression[] = [];
  const waiting: JsonNode[] = [root];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    const member = node.kind === 'object' && node.members.length === 1 ? node.members[0] : undefined;
    if (member?.name !== name) operands.push(readExpression(node, depth + 1, reader));
    else {
      const members = membersOf(member.value, quote(name), ['left', 'right'], reader.report);
      if (members !== undefined) waiting.push(members.right, members.left);
    }
  }
  return chainNode(CHAINS[name], operands, root.span);
}

function readBinary(
  operator: BinaryOperator,
  value: JsonNode,
  { span }: JsonNode,
  depth: number,
  reader: ExpressionReader,
): Expression {
  const members = membersOf(value, quote(operator), ['left', 'right'], reader.report);
  if (members === undefined) return nothing(span);
  const left = readExpression(members.left, depth + 1, reader);
  return { span, kind: 'binary', operator, left, right: readExpression(members.right, depth + 1, reader) };
}

function readSpecial(
  name: Special,
  value: JsonNode,
  { span }: JsonNode,
  depth: number,
  reader: ExpressionReader,
): Expression {
  const { report } = reader;
  const read = (node: JsonNode): Expression => readExpression(node, depth + 1, reader);
  switch (name) {
    case 'Value':
      return { ...readValue(value, depth, reader), span };
    case 'Var': {
      const variable = stringOf(value, 'a variable', report);
      if (isVariable(variable)) return { span, kind: 'variable', name: variable };
      const hint = 'the variables are principal, action, resource and context';
      report('cedar/unknown-variable', `there is no variable ${quote(variable)}`, value.span, hint);
      return nothing(span);
    }
    case '.': {
      const members = membersOf(value, '`.`', ['left', 'attr'], report);
      if (members === undefined) return nothing(span);
      const attribute = stringOf(members.attr, 'the name of an attribute', report);
      return { span, kind: 'attribute', operand: read(members.left), name: attribute };
    }
    case 'has': {
      const members = membersOf(value, '`has`', ['left', 'attr'], report);
      if (members === undefined) return nothing(span);
      const path = readPath(members.attr, reader);
      // Each name is asked of what the one before it leads to, one level deeper.
      if (!reader.allows(depth + path.length - 1, span)) return nothing(span);
      return { span, kind: 'has', operand: read(members.left), path };
    }
    case 'like': {
      const members = membersOf(value, '`like`', ['left', 'pattern'], report);
      if (members === undefined) return nothing(span);
      return { span, kind: 'like', operand: read(members.left), pattern: readPattern(members.pattern, reader) };
    }
    case 'is': {
      const members = membersOf(value, '`is`', ['left', 'entity_type'], report, ['in']);
      if (members === undefined) return nothing(span);
      const entityType = typeNameOf(members.entity_type, report);
      const ancestor = members.in === undefined ? {} : { in: read(members.in) };
      return { span, kind: 'is', operand: read(members.left), entityType, ...ancestor };
    }
    case 'if-then-else': {
      const members = membersOf(value, '`if-then-else`', ['if', 'then', 'else'], report);
      if (members === undefined) return nothing(span);
      const [condition, consequent, alternate] = [read(members.if), read(members.then), read(members.else)];
      return { span, kind: 'if', condition, consequent, alternate };
    }
    case 'Set':
      return { span, kind: 'set', elements: elementsOf(value, '`Set`', report).map(read) };
    case 'Record':
      if (value.kind !== 'object') refuseKind(value, '`Record`', 'an object', report);
      return {
        span,
        kind: 'record',
        fields:
          value.kind === 'object'
            ? value.members.map((member) => ({ name: member.name, value: read(member.value) }))
            : [],
      };
  }
}

function isVariable(name: string): name is Variable {
  return VARIABLES.includes(name);
}

/** One name, which may be any; or several, which are identifiers, as they are in the text form. */
function readPath(node: JsonNode, { report }: ExpressionReader): readonly string[] {
  if (node.kind !== 'array') return [stringOf(node, 'the name of an attribute', report)];
  const path = node.elements.map((element) => stringOf(element, 'the name of an attribute', report));
  if (path.length === 0) report('cedar/bad-json', 'the names of `has` are an empty array', node.span);
  const other = path.length > 1 ? path.find((name) => !isIdentifier(name)) : undefined;
  if (other !== undefined) {
    const hint = 'test one name after the other, joined by `&&`';
    report('cedar/bad-json', `${quote(other)} cannot stand in \`has\` with several names`, node.span, hint);
  }
  return path;
}

function readPattern(node: JsonNode, { report }: ExpressionReader): Pattern {
  const pattern: (string | null)[] = [];
  for (const element of elementsOf(node, 'a pattern', report)) {
    const last = pattern.at(-1);
    if (element.kind === 'string' && element.value === 'Wildcard') pattern.push(null);
    else {
      const members = membersOf(element, 'an element of a pattern, if not `"Wildcard"`,', ['Literal'], report);
      const literal = members === undefined ? '' : stringOf(members.Literal, 'a literal of a pattern', report);
      if (typeof last === 'string') pattern[pattern.length - 1] = last + literal;
      else if (literal !== '') pattern.push(literal);
    }
  }
  return pattern;
}
