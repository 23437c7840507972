/** Text to a function. Constants and what the text calls are captured; nothing of a policy is part of the text. */
import type { RuleFunction } from '../evaluate/evaluation.ts';
import { RUNTIME } from './runtime.ts';
import type { Writer } from './writer.ts';

export function instantiate(
  writer: Writer,
  parameters: readonly string[],
  rules: readonly RuleFunction[],
): (...given: never[]) => unknown {
  const body = writer.text();
  const used = Object.keys(RUNTIME).filter((name) => body.includes(name));
  const captured = [
    ...used.map((name) => `const ${name} = R.${name};`),
    ...writer.constants.map((_, index) => `const k${index} = K[${index}];`),
  ];
  const source = `"use strict";
${captured.join('\n')}
return (${['e', ...parameters].join(', ')}) => {
const budget = e.budget;
${body}
};`;
  // oxlint-disable-next-line no-new-func, no-implied-eval -- this is what the back end is: the source holds our own words only
  const make = new Function('K', 'R', 'rules', source) as (
    constants: readonly unknown[],
    runtime: typeof RUNTIME,
    rules: readonly RuleFunction[],
  ) => (...given: never[]) => unknown;
  return make(writer.constants, RUNTIME, rules);
}
