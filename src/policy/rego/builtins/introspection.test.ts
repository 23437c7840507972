/** What a policy is told of its runtime. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { textOfCall } from '../testing/call-builtin.ts';
import { INTROSPECTION_BUILTINS } from './introspection.ts';

test('the runtime is told without credentials and keys', () => {
  const runtime = {
    env: { A: 'b' },
    config: {
      services: [{ name: 's', credentials: { token: 'secret' } }],
      keys: { k: { algorithm: 'RS256', key: 'secret', private_key: 'secret' } },
      labels: { key: 'kept' },
    },
  };
  const text = textOfCall(INTROSPECTION_BUILTINS, 'opa.runtime', [], { runtime });
  const config = '{"keys": {"k": {"algorithm": "RS256"}}, "labels": {"key": "kept"}, "services": [{"name": "s"}]}';
  assert.equal(text, `{"config": ${config}, "env": {"A": "b"}}`);
  assert.equal(textOfCall(INTROSPECTION_BUILTINS, 'opa.runtime', [], { runtime: {} }), '{}');
});

test('annotations are of rules alone', () => {
  const text = textOfCall(INTROSPECTION_BUILTINS, 'rego.metadata.rule', []);
  const wanted = 'the rego.metadata.rule function must only be called within the scope of a rule';
  assert.equal(text, `eval_builtin_error: ${wanted}`);
});
