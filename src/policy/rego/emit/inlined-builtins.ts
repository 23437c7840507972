/** Built-in functions that are operators of JavaScript, as long as their arguments are what most arguments are. */
import type { Pattern } from '../program.ts';

/** Where the condition holds, the value is the result; elsewhere the built-in is called. */
export type Inlined = { readonly condition: string; readonly value: string };

export function inlined(name: string, given: readonly Pattern[], values: readonly string[]): Inlined | undefined {
  // Each is written twice: what is built must be built once.
  if (!given.every(({ kind }) => kind === 'local' || kind === 'constant')) return undefined;
  const [a = '', b = ''] = values;
  const isWithText = given.some((pattern) => pattern.kind === 'constant' && typeof pattern.value === 'string');
  const areNumbers = [...numberTest(given[0], a), ...numberTest(given[1], b)].join(' && ') || 'true';
  const areStrings = [...stringTest(given[0], a), ...stringTest(given[1], b)].join(' && ') || 'true';
  switch (name) {
    case 'equal':
      if (isWithText) return { condition: 'true', value: `${a} === ${b}` };
      return { condition: `${a} === ${b}`, value: 'true' };
    case 'neq':
      return { condition: isWithText ? 'true' : areStrings, value: `${a} !== ${b}` };
    case 'lt':
      return { condition: areNumbers, value: `${a} < ${b}` };
    case 'lte':
      return { condition: areNumbers, value: `${a} <= ${b}` };
    case 'gt':
      return { condition: areNumbers, value: `${a} > ${b}` };
    case 'gte':
      return { condition: areNumbers, value: `${a} >= ${b}` };
    case 'startswith':
      return { condition: areStrings, value: `${a}.startsWith(${b})` };
    case 'endswith':
      return { condition: areStrings, value: `${a}.endsWith(${b})` };
    case 'contains':
      return { condition: areStrings, value: `${a}.includes(${b})` };
    default:
      return undefined;
  }
}

function numberTest(pattern: Pattern | undefined, value: string): readonly string[] {
  return pattern?.kind === 'constant' && typeof pattern.value === 'number' ? [] : [`typeof ${value} === 'number'`];
}

function stringTest(pattern: Pattern | undefined, value: string): readonly string[] {
  return pattern?.kind === 'constant' && typeof pattern.value === 'string' ? [] : [`typeof ${value} === 'string'`];
}
