/** `json.verify_schema` and `json.match_schema`: documents held against JSON schemas of drafts 4, 6 and 7. */
import { err, type Result } from '../../../kernel/result.ts';
import { formatJson, parseJson } from '../values/json.ts';
import { isArray, isObject, type RegoValue } from '../values/value.ts';
import { BuiltinError, type Builtin, type BuiltinContext, type BuiltinOutcome } from './builtin.ts';
import { ANY_OBJECT, type RegoType } from './rego-type.ts';
import { compileSchema } from './schema-compile.ts';
import { matchSchema } from './schema-match.ts';
import type { SchemaNode } from './schema-node.ts';

const NO_DOCUMENT = 'wrong type, expected string or object';

function isDocument(value: RegoValue): boolean {
  return typeof value === 'string' || isArray(value) || isObject(value);
}

/** What a text, an object or an array is as JSON: a value without sets and keys that are no strings. */
function jsonOf(value: RegoValue): Result<RegoValue, string> {
  if (!isDocument(value)) return err(NO_DOCUMENT);
  const json = parseJson(typeof value === 'string' ? value : formatJson(value));
  return json.ok ? json : err('invalid JSON string');
}

function schemaOf(context: BuiltinContext, value: RegoValue): Result<SchemaNode, string> {
  if (!isDocument(value)) return err(NO_DOCUMENT);
  const text = typeof value === 'string' ? value : formatJson(value);
  return context.prepared.get('json schema', text, (json) => {
    const document = jsonOf(json);
    return document.ok ? compileSchema(document.value) : document;
  });
}

function verify(context: BuiltinContext, a: RegoValue): BuiltinOutcome {
  const schema = schemaOf(context, a);
  return schema.ok ? [true, null] : [false, `jsonschema: ${schema.problem}`];
}

function match(context: BuiltinContext, a: RegoValue, b: RegoValue): BuiltinOutcome {
  const document = jsonOf(a);
  if (!document.ok) return new BuiltinError(document.problem);
  const schema = schemaOf(context, b);
  if (!schema.ok) return new BuiltinError(schema.problem);
  const mismatches = matchSchema(schema.value, document.value);
  if (mismatches === undefined)
    return new BuiltinError('the schema refers to itself without end, or the document is nested too deeply');
  return [mismatches.length === 0, mismatches];
}

const DOCUMENT: RegoType = { anyOf: ['string', ANY_OBJECT] };
const MISMATCH: RegoType = { object: { fields: { desc: 'string', error: 'string', field: 'string', type: 'string' } } };

export const JSON_SCHEMA_BUILTINS: readonly Builtin[] = [
  {
    name: 'json.verify_schema',
    parameters: [DOCUMENT],
    result: { tuple: ['boolean', { anyOf: ['null', 'string'] }] },
    nondeterministic: true,
    call: verify,
  },
  {
    name: 'json.match_schema',
    parameters: [DOCUMENT, DOCUMENT],
    result: { tuple: ['boolean', { array: MISMATCH }] },
    nondeterministic: true,
    call: match,
  },
];
