/** `json.patch`: RFC 6902 on any value, with sets and keys of any kind added. */
import { get } from '../values/access.ts';
import { equal } from '../values/equal.ts';
import { toText } from '../values/text.ts';
import { isArray, isObject, typeOf, type RegoValue } from '../values/value.ts';
import { BuiltinError, type Builtin, type BuiltinOutcome } from './builtin.ts';
import { DocumentEditor, EditError } from './document-editor.ts';
import { parsePath, type JsonPath } from './json-path.ts';
import { operandTypeError } from './operand-error.ts';
import type { RegoType } from './rego-type.ts';

function patch(document: RegoValue, operations: RegoValue): BuiltinOutcome {
  if (!isArray(operations)) return operandTypeError(2, operations, 'array');
  const editor = new DocumentEditor(document);
  for (const operation of operations) {
    const problem = apply(editor, operation);
    if (problem !== undefined) return problem;
  }
  return editor.root;
}

function apply(editor: DocumentEditor, operation: RegoValue): BuiltinError | undefined {
  if (!isObject(operation)) {
    return new BuiltinError('must be an array of JSON-Patch objects, but at least one element is not an object');
  }
  const place = get(operation, 'path');
  if (place === undefined) return missing('path');
  const name = get(operation, 'op');
  if (name === undefined) return missing('op');
  if (typeof name !== 'string') return new BuiltinError(`attribute 'op' must be a string but found: ${typeOf(name)}`);
  const path = parsePath(place);
  if (path instanceof BuiltinError) return path;
  const outcome = applyNamed(editor, name, operation, path);
  return outcome instanceof EditError ? new BuiltinError(outcome.message) : outcome;
}

function missing(attribute: string): BuiltinError {
  return new BuiltinError(`missing required attribute '${attribute}'`);
}

type Failure = BuiltinError | EditError | undefined;

function applyNamed(editor: DocumentEditor, name: string, operation: RegoValue, path: JsonPath): Failure {
  const value = get(operation, 'value');
  switch (name) {
    case 'add':
      return value === undefined ? missing('value') : editor.insert(path, value);
    case 'remove':
      return editor.remove(path);
    case 'replace':
      return editor.remove(path) ?? (value === undefined ? missing('value') : editor.insert(path, value));
    case 'move':
    case 'copy':
      return transfer(editor, operation, path, name === 'move');
    case 'test':
      return value === undefined ? missing('value') : test(editor, path, value);
    default:
      return new BuiltinError(`unrecognized op: '${name}'`);
  }
}

function transfer(editor: DocumentEditor, operation: RegoValue, path: JsonPath, moves: boolean): Failure {
  const place = get(operation, 'from');
  if (place === undefined) return missing('from');
  const from = parsePath(place);
  if (from instanceof BuiltinError) return from;
  const value = editor.share(from);
  if (value instanceof EditError) return value;
  return (moves ? editor.remove(from) : undefined) ?? editor.insert(path, value);
}

function test(editor: DocumentEditor, path: JsonPath, value: RegoValue): Failure {
  const found = editor.at(path);
  if (found instanceof EditError || equal(found, value)) return found instanceof EditError ? found : undefined;
  const [expected, actual] = [toText(value), toText(found)];
  return new BuiltinError(`value from EditTree != patch value.\n\nExpected: ${expected}\n\nFound: ${actual}`);
}

const PATCHES: RegoType = { array: { object: { fields: { op: 'string', path: 'any' }, keys: 'any', values: 'any' } } };

export const JSON_PATCH_BUILTINS: readonly Builtin[] = [
  { name: 'json.patch', parameters: ['any', PATCHES], result: 'any', call: (_, a, b) => patch(a, b) },
];
