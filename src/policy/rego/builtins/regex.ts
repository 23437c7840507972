/** Regular expressions: match, find, split and replace. */
import type { RegoValue } from '../values/value.ts';
import { quote } from '../values/text.ts';
import { bytesOfText } from '../values/bytes.ts';
import { BuiltinError, type Builtin, type BuiltinContext, type BuiltinOutcome } from './builtin.ts';
import { globsIntersect } from './glob-intersection.ts';
import { integerOperand } from './operand.ts';
import { operandTypeError } from './operand-error.ts';
import { compileRegex, quoteRegex, type Regex, type RegexMatch } from './regex-pattern.ts';
import type { RegoType } from './rego-type.ts';

function prepare(text: string): Regex | BuiltinError {
  const compiled = compileRegex(text);
  return typeof compiled === 'string' ? new BuiltinError(compiled) : compiled;
}

function regexOf(context: BuiltinContext, pattern: string): Regex | BuiltinError {
  return context.prepared.get('regex', pattern, prepare);
}

function match(context: BuiltinContext, pattern: RegoValue, text: RegoValue): BuiltinOutcome {
  if (typeof pattern !== 'string') return operandTypeError(1, pattern, 'string');
  if (typeof text !== 'string') return operandTypeError(2, text, 'string');
  const regex = regexOf(context, pattern);
  return regex instanceof BuiltinError ? regex : regex.test(text);
}

function isValid(context: BuiltinContext, pattern: RegoValue): BuiltinOutcome {
  return typeof pattern === 'string' && !(regexOf(context, pattern) instanceof BuiltinError);
}

function find(
  context: BuiltinContext,
  pattern: RegoValue,
  text: RegoValue,
  count: RegoValue,
  shape: (text: string, match: RegexMatch) => RegoValue,
): BuiltinOutcome {
  if (typeof pattern !== 'string') return operandTypeError(1, pattern, 'string');
  if (typeof text !== 'string') return operandTypeError(2, text, 'string');
  const most = integerOperand(3, count);
  if (typeof most !== 'number') return most;
  const regex = regexOf(context, pattern);
  return regex instanceof BuiltinError ? regex : regex.matches(text, most).map((found) => shape(text, found));
}

function groupOf(text: string, found: RegexMatch, group: number): string {
  const [from, to] = found[group] ?? [-1, -1];
  return from < 0 ? '' : text.slice(from, to);
}

function split(context: BuiltinContext, pattern: RegoValue, text: RegoValue): BuiltinOutcome {
  if (typeof pattern !== 'string') return operandTypeError(1, pattern, 'string');
  if (typeof text !== 'string') return operandTypeError(2, text, 'string');
  const regex = regexOf(context, pattern);
  if (regex instanceof BuiltinError) return regex;
  if (pattern !== '' && text === '') return [''];
  const parts: string[] = [];
  let [begin, end] = [0, 0];
  for (const found of regex.matches(text, -1)) {
    const [from, to] = found[0] ?? [0, 0];
    end = from;
    if (to !== 0) parts.push(text.slice(begin, end));
    begin = to;
  }
  if (end !== text.length) parts.push(text.slice(begin));
  return parts;
}

function replace(context: BuiltinContext, text: RegoValue, pattern: RegoValue, template: RegoValue): BuiltinOutcome {
  if (typeof text !== 'string') return operandTypeError(1, text, 'string');
  if (typeof pattern !== 'string') return operandTypeError(2, pattern, 'string');
  if (typeof template !== 'string') return operandTypeError(3, template, 'string');
  const regex = regexOf(context, pattern);
  if (regex instanceof BuiltinError) return regex;
  let [result, last] = ['', 0];
  for (const found of regex.matches(text, -1)) {
    const [from, to] = found[0] ?? [0, 0];
    result += text.slice(last, from) + expand(template, text, found, regex.names);
    last = to;
  }
  return result + text.slice(last);
}

const REFERENCE = /\$(?:(\$)|([\p{L}\p{Nd}_]+)|\{([\p{L}\p{Nd}_]+)\})/gu;

/** `$1`, `${1}`, `$name`, `${name}`; as long a name as there is, nothing where there is no such group; `$$` is `$`. */
function expand(template: string, text: string, found: RegexMatch, names: Readonly<Record<string, number>>): string {
  if (!template.includes('$')) return template;
  return template.replaceAll(REFERENCE, (_, dollar?: string, name?: string, braced?: string) => {
    if (dollar !== undefined) return '$';
    const reference = name ?? braced ?? '';
    if (/^\d+$/.test(reference)) return groupOf(text, found, Number(reference));
    return Object.hasOwn(names, reference) ? groupOf(text, found, names[reference] ?? -1) : '';
  });
}

/** A text with regular expressions in it, between two characters. */
function matchTemplate(
  context: BuiltinContext,
  template: RegoValue,
  text: RegoValue,
  start: RegoValue,
  end: RegoValue,
): BuiltinOutcome {
  if (typeof template !== 'string') return operandTypeError(1, template, 'string');
  if (typeof text !== 'string') return operandTypeError(2, text, 'string');
  if (typeof start !== 'string') return operandTypeError(3, start, 'string');
  if (typeof end !== 'string') return operandTypeError(4, end, 'string');
  const length = bytesOfText(start).length;
  if (length !== 1) {
    return new BuiltinError(`start delimiter has to be exactly one character long but is ${length} long`);
  }
  if (bytesOfText(end).length !== 1) {
    return new BuiltinError(`end delimiter has to be exactly one character long but is ${length} long`);
  }
  const pattern = patternOf(context, template, start, end);
  if (pattern instanceof BuiltinError) return pattern;
  const regex = regexOf(context, pattern);
  return regex instanceof BuiltinError ? regex : regex.test(text);
}

function patternOf(context: BuiltinContext, template: string, start: string, end: string): string | BuiltinError {
  const unbalanced = new BuiltinError(`unbalanced braces in ${quote(template)}`);
  let [pattern, last, level, open] = ['^', 0, 0, 0];
  for (let at = 0; at < template.length; at += 1) {
    const character = template[at];
    if (character === start) {
      level += 1;
      if (level === 1) open = at;
    } else if (character === end) {
      level -= 1;
      if (level < 0) return unbalanced;
      if (level > 0) continue;
      const inner = template.slice(open + 1, at);
      const part = regexOf(context, `^${inner}$`);
      if (part instanceof BuiltinError) return part;
      pattern += `${quoteRegex(template.slice(last, open))}(${inner})`;
      last = at + 1;
    }
  }
  return level === 0 ? `${pattern}${quoteRegex(template.slice(last))}$` : unbalanced;
}

function matchGlobs(a: RegoValue, b: RegoValue): BuiltinOutcome {
  if (typeof a !== 'string') return operandTypeError(1, a, 'string');
  if (typeof b !== 'string') return operandTypeError(2, b, 'string');
  const outcome = globsIntersect(a, b);
  return outcome.ok ? outcome.value : new BuiltinError(outcome.problem);
}

const TWO_STRINGS: readonly RegoType[] = ['string', 'string'];
const THREE_STRINGS: readonly RegoType[] = ['string', 'string', 'string'];
const TEXT_AND_COUNT: readonly RegoType[] = ['string', 'string', 'number'];

export const REGEX_BUILTINS: readonly Builtin[] = [
  { name: 'regex.match', parameters: TWO_STRINGS, result: 'boolean', call: match },
  { name: 're_match', parameters: TWO_STRINGS, result: 'boolean', call: match },
  { name: 'regex.is_valid', parameters: ['string'], result: 'boolean', call: isValid },
  {
    name: 'regex.find_n',
    parameters: TEXT_AND_COUNT,
    result: { array: 'string' },
    call: (context, a, b, c) => find(context, a, b, c, (text, found) => groupOf(text, found, 0)),
  },
  {
    name: 'regex.find_all_string_submatch_n',
    parameters: TEXT_AND_COUNT,
    result: { array: { array: 'string' } },
    call: (context, a, b, c) =>
      find(context, a, b, c, (text, found) => found.map((_, group) => groupOf(text, found, group))),
  },
  { name: 'regex.split', parameters: TWO_STRINGS, result: { array: 'string' }, call: split },
  { name: 'regex.replace', parameters: THREE_STRINGS, result: 'string', call: replace },
  {
    name: 'regex.template_match',
    parameters: [...THREE_STRINGS, 'string'],
    result: 'boolean',
    call: matchTemplate,
  },
  { name: 'regex.globs_match', parameters: TWO_STRINGS, result: 'boolean', call: (_, a, b) => matchGlobs(a, b) },
];
