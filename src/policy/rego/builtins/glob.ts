/** `glob.match`: paths and names against patterns with wildcards. */
import { codePoints } from './string-shapes.ts';
import { isArray, type RegoValue } from '../values/value.ts';
import { BuiltinError, type Builtin, type BuiltinContext, type BuiltinOutcome } from './builtin.ts';
import { compileGlob, type GlobMatcher } from './glob-matcher.ts';
import { parseGlob, type GlobNode } from './glob-pattern.ts';
import { wrongElement } from './operand.ts';
import { operandTypeError } from './operand-error.ts';

const NONE: readonly string[] = [];
const DOT: readonly string[] = ['.'];

/** None for null; the dot where the list is empty. */
function separatorsOf(value: RegoValue): readonly string[] | BuiltinError {
  if (value === null) return NONE;
  if (!isArray(value)) return operandTypeError(2, value, 'array', 'null');
  for (const element of value) {
    if (typeof element !== 'string') return wrongElement(2, value, element, 'string');
    if (element.length !== 1 && codePoints(element).length !== 1) return wrongElement(2, value, element, 'rune');
  }
  return value.length === 0 ? DOT : (value as readonly string[]);
}

/** A pattern with the matchers that it has become, by their separators. */
type Glob = { readonly nodes: readonly GlobNode[]; readonly matchers: Map<string, GlobMatcher> };

function prepare(text: string): Glob | BuiltinError {
  const parsed = parseGlob(text);
  return parsed.ok ? { nodes: parsed.value, matchers: new Map() } : new BuiltinError(parsed.problem);
}

/** Separators come with the policy, and not with requests: more are not kept. */
const MAX_MATCHERS = 16;

function matcherOf(glob: Glob, separators: readonly string[]): GlobMatcher {
  const key = separators.length === 1 ? (separators[0] ?? '') : separators.join('');
  const known = glob.matchers.get(key);
  if (known !== undefined) return known;
  const matcher = compileGlob(glob.nodes, separators);
  if (glob.matchers.size < MAX_MATCHERS) glob.matchers.set(key, matcher);
  return matcher;
}

function match(context: BuiltinContext, pattern: RegoValue, separators: RegoValue, text: RegoValue): BuiltinOutcome {
  if (typeof pattern !== 'string') return operandTypeError(1, pattern, 'string');
  const chosen = separatorsOf(separators);
  if (chosen instanceof BuiltinError) return chosen;
  if (typeof text !== 'string') return operandTypeError(3, text, 'string');
  const glob = context.prepared.get('glob', pattern, prepare);
  return glob instanceof BuiltinError ? glob : matcherOf(glob, chosen)(text);
}

function quoteMeta(text: RegoValue): BuiltinOutcome {
  if (typeof text !== 'string') return operandTypeError(1, text, 'string');
  return text.replaceAll(/[*?\\[\]{}]/g, String.raw`\$&`);
}

export const GLOB_BUILTINS: readonly Builtin[] = [
  {
    name: 'glob.match',
    parameters: ['string', { anyOf: ['null', { array: 'string' }] }, 'string'],
    result: 'boolean',
    call: match,
  },
  { name: 'glob.quote_meta', parameters: ['string'], result: 'string', call: (_, a) => quoteMeta(a) },
];
