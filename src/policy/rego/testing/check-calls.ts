/** Tables of calls to built-ins for their tests. */
import assert from 'node:assert/strict';
import type { Builtin } from '../builtins/builtin.ts';
import { toText } from '../values/text.ts';
import type { RegoValue } from '../values/value.ts';
import { textOfCall } from './call-builtin.ts';

/** What a call must give: as a Rego term, `undefined`, or code and message of the error. */
export type Example = readonly [name: string, args: readonly RegoValue[], expected: string];

export function checkCalls(builtins: readonly Builtin[], examples: readonly Example[]): void {
  for (const [name, args, expected] of examples) {
    assert.equal(textOfCall(builtins, name, args), expected, `${name}(${args.map(toText).join(', ')})`);
  }
}
