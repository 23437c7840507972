/** Literal values in Cedar's JSON form: JSON's own types, and `__entity` and `__extn` for what JSON has not. */
import { longOf } from '../long.ts';
import type { Expression } from '../syntax.ts';
import { isExtensionFunction, problemOfJsonCall } from './calls.ts';
import { elementsOf, entityOf, membersOf, refuseKind, stringOf } from './json-members.ts';
import type { JsonNode } from './json-tree.ts';
import { quote } from './quote.ts';
import { nothing, type ExpressionReader } from './expression-reader.ts';

/** `depth` is that of the node to be made, 1 for the root of a condition. */
export function readValue(node: JsonNode, depth: number, reader: ExpressionReader): Expression {
  const { span } = node;
  if (!reader.allows(depth, span)) return nothing(span);
  switch (node.kind) {
    case 'boolean':
    case 'string':
      return { span, kind: 'literal', value: node.value };
    case 'number':
      return readInteger(node.text, node, reader);
    case 'null':
      refuseKind(node, 'a value', 'a boolean, an integer, a string, an array or an object', reader.report);
      return nothing(span);
    case 'array':
      return { span, kind: 'set', elements: node.elements.map((element) => readValue(element, depth + 1, reader)) };
    case 'object': {
      const [only] = node.members;
      if (node.members.length === 1 && only !== undefined) {
        if (only.name === '__entity') return { span, kind: 'entity', uid: entityOf(node, reader.report) };
        if (only.name === '__extn') return readExtension(only.value, depth, reader);
        if (only.name === '__expr') return refuseExpr(node, reader);
      }
      const fields = node.members.map(({ name, value }) => ({ name, value: readValue(value, depth + 1, reader) }));
      return { span, kind: 'record', fields };
    }
  }
}

/** No more digits than any 64-bit integer has, and its sign. */
const MAX_LENGTH = 20;

function readInteger(text: string, { span }: JsonNode, { report }: ExpressionReader): Expression {
  if (!/^-?[0-9]+$/u.test(text)) {
    report('cedar/bad-json', `${quote(text)} is not an integer`, span, 'fractions are of the type decimal');
    return nothing(span);
  }
  const value = text.length > MAX_LENGTH ? undefined : longOf(BigInt(text));
  if (value !== undefined) return { span, kind: 'literal', value };
  const hint = 'integers go from -9223372036854775808 to 9223372036854775807';
  report('cedar/integer-overflow', `${quote(text)} does not fit in 64 bits`, span, hint);
  return nothing(span);
}

function readExtension(node: JsonNode, depth: number, reader: ExpressionReader): Expression {
  const { span } = node;
  const { report } = reader;
  const members = membersOf(node, 'an extension value', ['fn'], report, ['arg', 'args']);
  if (members === undefined) return nothing(span);
  const { fn, arg, args } = members;
  if ((arg === undefined) === (args === undefined)) {
    report('cedar/bad-json', 'an extension value has either `arg` or `args`', span);
    return nothing(span);
  }
  const name = stringOf(fn, 'the function of an extension value', report);
  if (!isExtensionFunction(name)) {
    report('cedar/unknown-function', `there is no function ${quote(name)}`, fn.span);
    return nothing(span);
  }
  const given = args === undefined ? [arg ?? node] : elementsOf(args, 'the arguments of an extension value', report);
  const problem = problemOfJsonCall(name, given.length);
  if (problem !== undefined) report(problem.code, problem.message, span);
  return { span, kind: 'call', name, arguments: given.map((value) => readValue(value, depth + 1, reader)) };
}

function refuseExpr({ span }: JsonNode, { report }: ExpressionReader): Expression {
  const hint = 'write an entity as `__entity`, an extension value as `__extn`';
  report('cedar/bad-json', 'Cedar has no `__expr` any more', span, hint);
  return nothing(span);
}
