/** The mistake of a v0 module in v1: a body without `if`. */
import type { Mistake } from './problem-list.ts';

export function missingIf(start: number, end: number, isFunction: boolean): Mistake {
  const what = isFunction ? 'function' : 'rule';
  return {
    code: 'rego/if-missing',
    message: `\`if\` is missing before the body of the ${what}`,
    hint: 'write `if {`; modules from before OPA 1.0 are loaded with `regoVersion: v0`',
    opa: `\`if\` keyword is required before ${what} body`,
    start,
    end,
  };
}
