/** Printing: what is printed parses back to the tree that was printed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import { arbitraryModule } from '../testing/arbitrary-modules.ts';
import { parseModule } from './parse-module.ts';
import { printModule } from './print.ts';
import type { Module, RegoVersion } from '../syntax.ts';

/** The tree without places, and with one name for all wildcards. */
function shape(module: Module): unknown {
  const text = JSON.stringify({ ...module, source: '' }, (key, value: unknown) => {
    if (key === 'start' || key === 'end') return undefined;
    return key === 'name' && typeof value === 'string' && value.startsWith('$') ? '$' : value;
  });
  return JSON.parse(text) as unknown;
}

function parsed(text: string, regoVersion: RegoVersion): Module {
  const result = parseModule({ file: 'x.rego', text }, { regoVersion });
  assert.ok(result.ok, `${JSON.stringify(result)}\n${text}`);
  return result.value;
}

test('any tree that is printed parses back to itself', () => {
  fc.assert(
    fc.property(arbitraryModule, (module) => {
      const text = printModule(module);
      assert.deepEqual(shape(parsed(text, module.regoVersion)), shape(module), text);
    }),
    { numRuns: 500 },
  );
});

test('a rule of v0 that is called like a keyword keeps the bracket that makes it a name', () => {
  for (const keywords of ['', 'import future.keywords\n\n']) {
    for (const rule of ['true["a"]', 'if["a"] { input.x }', 'null[x] { x := 1 } else { true }']) {
      const text = `package p\n\n${keywords}${rule}\n`;
      const result = parseModule({ file: 'x.rego', text }, { regoVersion: 'v0' });
      if (result.ok) assert.deepEqual(shape(parsed(printModule(result.value), 'v0')), shape(result.value), text);
      else assert.ok(rule.includes('else'), text);
    }
  }
});
