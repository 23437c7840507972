/** Calls by name: which functions and methods there are, and what each becomes in the tree. */
import { nearestName } from '../../../kernel/nearest-name.ts';
import {
  EXTENSION_FUNCTIONS,
  type BinaryOperator,
  type Expression,
  type ExtensionFunction,
  type Span,
} from '../syntax.ts';
import { quote } from './quote.ts';

export type CallProblem = {
  readonly code: 'cedar/unknown-function' | 'cedar/wrong-call-style' | 'cedar/wrong-arity';
  readonly message: string;
  readonly hint?: string;
};

/** The methods of sets and of entities; all others belong to the extension types. */
const BINARY_METHODS: ReadonlySet<string> = new Set<BinaryOperator>([
  'contains',
  'containsAll',
  'containsAny',
  'hasTag',
  'getTag',
]);
const METHODS: readonly string[] = [...BINARY_METHODS, 'isEmpty', ...extensionsOfStyle('method')];
const FUNCTIONS: readonly string[] = extensionsOfStyle('function');

function extensionsOfStyle(style: 'function' | 'method'): string[] {
  return Object.entries(EXTENSION_FUNCTIONS).flatMap(([name, entry]) => (entry.style === style ? [name] : []));
}

export function isExtensionFunction(name: string): name is ExtensionFunction {
  return Object.hasOwn(EXTENSION_FUNCTIONS, name);
}

export function isBinaryMethod(name: string): name is BinaryOperator {
  return BINARY_METHODS.has(name);
}

/**
 * What is wrong with `name(…)`, if anything; `name` may be a path, which no function has. Cedar counts the arguments of
 * extension functions only when it validates or evaluates.
 */
export function problemOfFunctionCall(name: string): CallProblem | undefined {
  if (METHODS.includes(name)) {
    const hint = `write it as a method of its first argument: \`….${name}(…)\``;
    return { code: 'cedar/wrong-call-style', message: `${quote(name)} is a method, not a function`, hint };
  }
  return isExtensionFunction(name) ? undefined : unknown('function', name, FUNCTIONS);
}

/** What is wrong with `….name(…)`, if anything; what stands before the dot is not counted among the arguments. */
export function problemOfMethodCall(name: string, argumentCount: number): CallProblem | undefined {
  if (FUNCTIONS.includes(name)) {
    const hint = `write it as a function: \`${name}(…)\``;
    return { code: 'cedar/wrong-call-style', message: `${quote(name)} is a function, not a method`, hint };
  }
  if (isBinaryMethod(name)) return problemOfArity(name, 1, argumentCount);
  if (name === 'isEmpty') return problemOfArity(name, 0, argumentCount);
  return isExtensionFunction(name) ? undefined : unknown('method', name, METHODS);
}

/** The same for extension functions in the JSON form, where a method's object is the first of its arguments. */
export function problemOfJsonCall(name: ExtensionFunction, argumentCount: number): CallProblem | undefined {
  if (argumentCount > 0 || EXTENSION_FUNCTIONS[name].style === 'function') return undefined;
  return { code: 'cedar/wrong-arity', message: `${quote(name)} is a method, and was given nothing to be called on` };
}

function problemOfArity(name: string, wanted: number, found: number): CallProblem | undefined {
  if (found === wanted) return undefined;
  const count = wanted === 0 ? 'no arguments' : wanted === 1 ? 'one argument' : `${wanted} arguments`;
  return { code: 'cedar/wrong-arity', message: `${quote(name)} takes ${count}, and was given ${found}` };
}

function unknown(what: 'function' | 'method', name: string, known: readonly string[]): CallProblem {
  const nearest = nearestName(name, known);
  const hint = nearest === undefined ? `the ${what}s are ${known.join(', ')}` : `did you mean ${quote(nearest)}?`;
  return { code: 'cedar/unknown-function', message: `there is no ${what} ${quote(name)}`, hint };
}

/** The node of a call without problems; for a method the object is the first of `operands`. */
export function callNode(name: string, operands: readonly Expression[], span: Span): Expression | undefined {
  const [first, second] = operands;
  if (isExtensionFunction(name)) return { span, kind: 'call', name, arguments: operands };
  if (first === undefined) return undefined;
  if (name === 'isEmpty') return { span, kind: 'isEmpty', operand: first };
  if (second === undefined || !isBinaryMethod(name)) return undefined;
  return { span, kind: 'binary', operator: name, left: first, right: second };
}
