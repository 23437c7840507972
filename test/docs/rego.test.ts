/** docs/rego.md: its policies compile, its configuration is one, and its library example says what it should. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { promisify } from 'node:util';

import { HOST_FUNCTIONS } from '../../src/decision/rego-host.ts';
import { parseDeclaration } from '../../src/inventory/declaration.ts';
import { REGO_LAYER_FIELDS } from '../../src/inventory/rego-layers.ts';
import { compileRego } from '../../src/policy/rego/compile.ts';

const run = promisify(execFile);
const text = readFileSync(new URL('../../docs/rego.md', import.meta.url), 'utf8');

function blocks(language: string): readonly string[] {
  const found = [...text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gmu)].filter(([, name]) => name === language);
  assert.ok(found.length > 0, `no block in ${language}`);
  return found.map(([, , block = '']) => block);
}

test('its policies compile', () => {
  for (const block of blocks('rego')) {
    const policy = compileRego({ modules: [{ file: 'docs.rego', text: block }], functions: HOST_FUNCTIONS });
    assert.ok(policy.ok, JSON.stringify(policy));
  }
});

test('its configuration is one, and each field of a layer is told of', () => {
  for (const block of blocks('yaml')) {
    const parsed = parseDeclaration('countersign.yaml', `trustDomain: shop.example\nworkloads: {}\n${block}`);
    assert.ok(parsed.ok, JSON.stringify(parsed));
  }
  for (const field of REGO_LAYER_FIELDS) assert.match(text, new RegExp(`^\\| .*\`${field}\`.* \\|`, 'mu'));
});

test('its library example decides as it reads', async () => {
  const library = new URL('../../src/policy/rego/library.ts', import.meta.url).href;
  const [example = ''] = blocks('js');
  const words = ['--input-type=module', '--eval', example.replace("'countersign/rego'", `'${library}'`)];
  assert.equal((await run(process.execPath, words)).stdout, 'true\nfalse\n');
});
